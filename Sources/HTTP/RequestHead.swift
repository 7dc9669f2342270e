/// What a request says before its body.
///
/// Ranges are offsets into the buffer that was parsed, valid as long as its bytes are.
package struct RequestHead: Equatable, Sendable {
  /// How the bytes after the head are delimited (RFC 9112 section 6).
  package enum Body: Equatable, Sendable {
    case none
    /// So many bytes, at least one and at most `Limits.body`.
    case length(Int)
    /// Chunks, for a `ChunkedDecoder`.
    case chunked
  }

  package internal(set) var method = Method.get
  package internal(set) var version = Version.http11

  /// The target as sent: visible ASCII, well-formed percent-escapes, for `RequestTarget`.
  package internal(set) var target = 0..<0

  /// Whether the client expects to send another request on the connection (RFC 9112 section 9.3).
  package internal(set) var keepsAlive = true

  package internal(set) var body = Body.none

  /// Whether the client waits for a 100 before it sends the body.
  ///
  /// Never so in HTTP/1.0.
  package internal(set) var expectsContinue = false

  // The values of single fields, without the white space around them. Of a field that is repeated the first one counts.
  package internal(set) var host: Range<Int>?
  package internal(set) var accept: Range<Int>?
  package internal(set) var acceptEncoding: Range<Int>?
  package internal(set) var authorization: Range<Int>?
  /// The value of `X-Prometheus-Scrape-Timeout-Seconds`.
  package internal(set) var scrapeTimeout: Range<Int>?
}
