package import EventLoop
import HTTP

/// Changes what an engine has: the part of the API that `vitals serve` never has in its hands.
package struct Control: Sendable {
  /// What reads from the same engine.
  package let client: Client

  package init(_ client: Client) { self.client = client }

  /// Sends a POST.
  ///
  /// It is sent once: whoever repeats it looks first what it has done.
  ///
  /// - Parameters:
  ///   - headers: header fields besides those that every request has.
  ///   - content: a JSON document, nil for none.
  /// - Returns: the body of the answer.
  /// - Throws: `status` where the engine refuses, with its message.
  package func post(
    _ path: String, query: KeyValuePairs<String, String> = [:], headers: KeyValuePairs<String, String> = [:],
    content: [UInt8]? = nil, before deadline: Instant
  ) async throws(EngineError) -> [UInt8] {
    // A POST without a body still says so, or a proxy may wait for one.
    try await client.change(.post, path, query: query, headers: headers, content: content ?? [], before: deadline)
  }

  /// Sends a DELETE.
  ///
  /// - Throws: as `post`.
  package func delete(
    _ path: String, query: KeyValuePairs<String, String> = [:], before deadline: Instant
  ) async throws(EngineError) {
    _ = try await client.change(.delete, path, query: query, content: nil, before: deadline)
  }
}
