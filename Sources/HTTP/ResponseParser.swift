/// Reads the response to one request, whatever the pieces in which it comes (RFC 9112).
///
/// Interim responses are skipped, but for 101, after which the connection speaks another protocol. Lines end in CRLF.
package struct ResponseParser: Sendable {
  package enum Event: Equatable, Sendable {
    case head(ResponseHead)
    /// The next bytes of the body, its chunked coding removed, as offsets into the piece.
    case data(Range<Int>)
    /// The response is complete.
    ///
    /// What follows in the piece is not of it.
    case end
  }

  private enum Phase {
    case head, length(Int), chunked(ChunkedDecoder), untilClose, done
  }

  /// The largest head, interim responses included, in bytes.
  package static let maximumHead = 64 * 1024

  private let method: Method
  private var phase = Phase.head
  private var heads = ResponseHeadReader()

  /// Reads the response to a request with this method, which decides whether it has a body.
  package init(to method: Method) {
    self.method = method
  }

  /// The next event in `bytes` from `offset` on, which is moved behind it; nil once all of `bytes` is used up.
  ///
  /// After `end` it returns nil and leaves `offset` alone.
  package mutating func next(_ bytes: UnsafeRawBufferPointer, from offset: inout Int) throws(Rejection) -> Event? {
    switch phase {
    case .head:
      guard let head = try heads.read(bytes, from: &offset, method: method) else { return nil }
      switch head.body {
      case .none: phase = .length(0)
      case .length(let length): phase = .length(length)
      case .chunked: phase = .chunked(ChunkedDecoder())
      case .untilClose: phase = .untilClose
      }
      return .head(head)
    case .length(0):
      phase = .done
      return .end
    case .length(let remaining):
      guard offset < bytes.count else { return nil }
      let data = offset..<offset + min(remaining, bytes.count - offset)
      phase = .length(remaining - data.count)
      offset = data.upperBound
      return .data(data)
    case .chunked(var decoder):
      let event = try decoder.next(bytes, from: &offset)
      phase = event == .end ? .done : .chunked(decoder)
      switch event {
      case .data(let data): return .data(data)
      case .end: return .end
      case nil: return nil
      }
    case .untilClose:
      guard offset < bytes.count else { return nil }
      defer { offset = bytes.count }
      return .data(offset..<bytes.count)
    case .done:
      return nil
    }
  }

  /// Tells that the peer has closed the connection.
  ///
  /// Returns `end` where that ends the body, nil where it had ended before.
  ///
  /// Throws `noResponse` where not a byte came, which is how a server closes an idle connection, and `truncated` where
  /// the response is not complete.
  package mutating func finish() throws(Rejection) -> Event? {
    switch phase {
    case .done: return nil
    case .untilClose, .length(0):
      phase = .done
      return .end
    case .head where heads.isUntouched: throw .noResponse
    case .head, .length, .chunked: throw .truncated
    }
  }
}
