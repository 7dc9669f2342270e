/// The protocol versions that are spoken.
///
/// A later HTTP/1 is read as 1.1, which RFC 9110 section 2.5 asks for.
package enum Version: Sendable {
  case http10
  case http11
}
