package import HTTP

/// A request as its handler sees it, valid until the handler returns.
package struct Request {
  package let head: RequestHead
  /// The bytes that the ranges of `head` are offsets into.
  package let bytes: UnsafeRawBufferPointer
  package let target: RequestTarget

  package init(head: RequestHead, bytes: UnsafeRawBufferPointer) {
    self.head = head
    self.bytes = bytes
    target = RequestTarget(UnsafeRawBufferPointer(rebasing: bytes[head.target]))
  }

  /// The value of a field that `head` knows, empty where it was not sent.
  package func value(_ range: Range<Int>?) -> UnsafeRawBufferPointer {
    guard let range else { return UnsafeRawBufferPointer(start: nil, count: 0) }
    return UnsafeRawBufferPointer(rebasing: bytes[range])
  }
}
