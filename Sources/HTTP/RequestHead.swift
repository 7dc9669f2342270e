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
  package var target: Range<Int> { extents.target.range ?? 0..<0 }

  /// Whether the client expects to send another request on the connection (RFC 9112 section 9.3).
  package internal(set) var keepsAlive = true

  package internal(set) var body = Body.none

  /// Whether the client waits for a 100 before it sends the body.
  ///
  /// Never so in HTTP/1.0.
  package internal(set) var expectsContinue = false

  // The values of single fields, without the white space around them. Of a field that is repeated the first one counts.
  package var host: Range<Int>? { extents.host.range }
  package var accept: Range<Int>? { extents.accept.range }
  package var acceptEncoding: Range<Int>? { extents.acceptEncoding.range }
  package var authorization: Range<Int>? { extents.authorization.range }
  /// The value of `X-Prometheus-Scrape-Timeout-Seconds`.
  package var scrapeTimeout: Range<Int>? { extents.scrapeTimeout.range }

  var extents = Extents()

  /// The ranges as they are stored.
  struct Extents: Equatable, Sendable {
    var target = Extent()
    var host = Extent()
    var accept = Extent()
    var acceptEncoding = Extent()
    var authorization = Extent()
    var scrapeTimeout = Extent()
  }
}

/// A range of a buffer, or none, in a third of the room of a `Range<Int>?`: a head is copied for every request.
struct Extent: Equatable, Sendable {
  private var start: UInt32 = 0
  /// 0 for none: nothing of a head that is kept ends at its first byte.
  private var end: UInt32 = 0

  @inline(__always) var range: Range<Int>? {
    end == 0 ? nil : Range(uncheckedBounds: (Int(start), Int(end)))
  }

  /// Keeps `range` where there is none yet.
  @inline(__always) mutating func setIfNone(_ range: Range<Int>) {
    guard end == 0 else { return }
    start = UInt32(truncatingIfNeeded: range.lowerBound)
    end = UInt32(truncatingIfNeeded: range.upperBound)
  }
}
