/// How much of a request is read before it is refused.
///
/// All sizes are bytes.
package struct Limits: Equatable, Sendable {
  /// The request line, all field lines and the empty line after them.
  ///
  /// Beyond it the answer is 431.
  package var headerBlock = 16 * 1024
  /// The request target.
  ///
  /// Beyond it the answer is 414.
  package var target = 8 * 1024
  /// The content, after a chunked coding is removed.
  ///
  /// Beyond it the answer is 413.
  package var body = 8 * 1024
  /// The number of field lines.
  ///
  /// Beyond it the answer is 431.
  package var fields = 100

  package init() {}
}
