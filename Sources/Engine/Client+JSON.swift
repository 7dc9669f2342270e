package import EventLoop
import FoundationEssentials

extension Client {
  /// The answer to a GET, decoded.
  ///
  /// - Throws: as `get`, and `malformed` where the answer is not a `Value`.
  package func object<Value: Decodable>(
    _ type: Value.Type, at path: String, query: KeyValuePairs<String, String> = [:],
    before deadline: Instant = .distantFuture
  ) async throws(EngineError) -> Value {
    let body = try await get(path, query: query, before: deadline)
    do {
      return try JSONDecoder().decode(type, from: Data(body))
    } catch {
      throw malformed("\(error)", path)
    }
  }

  /// Reads a list and hands over one element after the other, so that a list of any length takes the memory of one element.
  ///
  /// The parameters are those of `stream`, and so is what it throws, with `malformed` where the answer is not an array of `Element`.
  package func forEach<Element: Decodable>(
    _ type: Element.Type, at path: String, query: KeyValuePairs<String, String> = [:], before deadline: Instant,
    silence: Duration? = nil, _ body: (Element) -> Void
  ) async throws(EngineError) {
    let decoder = JSONDecoder()
    var splitter = JSONArraySplitter()
    try await stream(path, query: query, before: deadline, silence: silence) { piece throws(EngineError) in
      do {
        var offset = 0
        while let element = try splitter.next(piece, from: &offset) {
          switch element {
          case .inPiece(let range):
            body(try decoder.decode(type, from: UnsafeRawBufferPointer(rebasing: piece[range])))
          case .carried:
            body(try splitter.carried.withUnsafeBytes { try decoder.decode(type, from: $0) })
          }
        }
      } catch {
        throw malformed("\(error)", path)
      }
    }
    do {
      try splitter.finish()
    } catch {
      throw malformed("\(error)", path)
    }
  }

  private func malformed(_ text: String, _ path: String) -> EngineError {
    EngineError(.malformed("unexpected JSON: \(text)"), "GET \(path)", host: host.description)
  }
}

extension JSONDecoder {
  /// Decodes bytes where they are.
  fileprivate func decode<Value: Decodable>(_ type: Value.Type, from bytes: UnsafeRawBufferPointer) throws -> Value {
    guard let start = bytes.baseAddress else { return try decode(type, from: Data()) }
    // The decoder only reads, and keeps nothing of its input.
    let data = Data(bytesNoCopy: UnsafeMutableRawPointer(mutating: start), count: bytes.count, deallocator: .none)
    return try decode(type, from: data)
  }
}
