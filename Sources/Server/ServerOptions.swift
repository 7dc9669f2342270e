package import HTTP

/// The bounds that a server keeps its clients in.
package struct ServerOptions: Sendable {
  package var limits = Limits()
  /// From a request's first byte to its last; then 408.
  ///
  /// Counts from the first byte, so that one byte a second gains nothing.
  package var requestTimeout = Duration.seconds(5)
  /// Without a request on an open connection; then it is closed without a word.
  package var idleTimeout = Duration.seconds(30)
  /// Without the client taking a byte of a response.
  package var writeTimeout = Duration.seconds(30)
  /// Open connections; one more is answered 503 and closed.
  package var maximumConnections = 10_000
  /// So many more for clients on this machine.
  package var reservedConnections = 8
  /// The value of `Retry-After` on that 503, in seconds.
  package var retryAfter = 1

  package init() {}
}
