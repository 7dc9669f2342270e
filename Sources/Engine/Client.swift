package import EventLoop
import HTTP

/// Reads from an engine over one connection that is kept and made again when it has gone.
///
/// It can do no harm: GET and HEAD are all that it sends, unless it is given to a `Control`. One request at a time; it lives on its loop's thread.
package final class Client: @unchecked Sendable {
  package struct Options: Sendable {
    /// How long a request may take; for a streamed one, how long the engine may say nothing.
    package var timeout = Duration.seconds(3)
    /// The newest version of the API that is spoken where the engine leaves the choice.
    package var newestVersion = APIVersion(major: 1, minor: 47)
    /// The largest body that `get` takes, in bytes.
    package var maximumBody = 16 * 1024 * 1024

    package init() {}
  }

  package let host: Host
  package let options: Options
  /// The version of the API in use, nil before the first request.
  package private(set) var version: APIVersion?
  /// What the engine said of its part in a swarm when the connection was made, or at the last `ping`.
  ///
  /// `inactive`, `pending`, `error`, `locked`, `active/worker` or `active/manager`; nil for engines before 23.0.
  package private(set) var swarm: String?
  package let loop: EventLoop
  private let resolver: Resolver
  private var connection: Connection?

  package init(_ host: Host, on loop: EventLoop, resolver: Resolver, options: Options = Options()) {
    self.host = host
    self.loop = loop
    self.resolver = resolver
    self.options = options
  }

  /// Connects anew, which asks whether the engine is there and sets `swarm` and `version`.
  package func ping(before deadline: Instant = .distantFuture) async throws(EngineError) {
    _ = try await connect(before: min(deadline, .now + options.timeout))
  }

  /// The body of the answer to a GET.
  ///
  /// - Parameter headers: header fields besides those that every request has.
  /// - Throws: `status` where the answer is not a 200, `malformed` where it is larger than `maximumBody`.
  package func get(
    _ path: String, query: KeyValuePairs<String, String> = [:], headers: KeyValuePairs<String, String> = [:],
    before deadline: Instant = .distantFuture
  ) async throws(EngineError) -> [UInt8] {
    var whole: [UInt8] = []
    let limit = min(deadline, .now + options.timeout)
    let patience = Connection.Patience(deadline: limit, silence: options.timeout)
    try await request(path, query, headers, patience) { piece throws(EngineError) in
      guard whole.count + piece.count <= options.maximumBody else {
        throw EngineError(.malformed("the answer is too large"), "GET \(path)", host: host.description)
      }
      whole.append(contentsOf: piece)
    }
    return whole
  }

  /// Sends a GET and hands the body of a 200 over as it arrives, in pieces of at most 32 KiB.
  ///
  /// Other tasks of the loop run between the pieces. Where `body` throws, the answer is abandoned.
  ///
  /// - Parameters:
  ///   - path: what is asked for, without the version: `/tasks`.
  ///   - query: its parameters, not encoded.
  ///   - deadline: when the whole answer has to be there.
  ///   - silence: how long the engine may say nothing, unless as long as the options say.
  ///   - body: takes the bytes, which are valid until it returns.
  package func stream(
    _ path: String, query: KeyValuePairs<String, String> = [:], before deadline: Instant, silence: Duration? = nil,
    _ body: (UnsafeRawBufferPointer) throws(EngineError) -> Void
  ) async throws(EngineError) {
    try await request(path, query, [:], .init(deadline: deadline, silence: silence ?? options.timeout), body)
  }

  // MARK: Requests

  /// Sends a request that changes something: once, on a connection made for it, as an engine that hangs up may have begun.
  ///
  /// - Returns: the body of the answer.
  /// - Throws: as `get`, `status` for every answer that is no success.
  func change(
    _ method: Method, _ path: String, query: KeyValuePairs<String, String>,
    headers: KeyValuePairs<String, String> = [:],
    content: [UInt8]?, before deadline: Instant
  ) async throws(EngineError) -> [UInt8] {
    let connection = try await connect(before: min(deadline, .now + options.timeout))
    let path = "/v\(version ?? options.newestVersion)\(path)"
    let operation = "\(method.name) \(path)"
    var body: [UInt8] = []
    // An engine that does much, as a manager that joins, says nothing meanwhile.
    let patience = Connection.Patience(deadline: deadline, silence: .seconds(3600))
    let head = try await connection.exchange(
      method, Target(path, query).text, headers: headers, content: content, operation: operation, patience: patience
    ) { _, piece throws(EngineError) in
      guard body.count + piece.count <= options.maximumBody else {
        throw EngineError(.malformed("the answer is too large"), operation, host: host.description)
      }
      body.append(contentsOf: piece)
    }
    guard (200..<300).contains(head.status) else {
      throw EngineError(.status(head.status, ErrorMessage(body).text), operation, host: host.description)
    }
    return body
  }

  /// Sends a POST after which the connection carries bytes of no protocol; it is made for it.
  ///
  /// - Returns: the connection, and the bytes that have come already.
  func upgrade(
    _ path: String, content: [UInt8], _ patience: Connection.Patience
  ) async throws(EngineError) -> (connection: Connection, received: [UInt8]) {
    let limit = min(patience.deadline, .now + options.timeout)
    if version == nil { _ = try await connect(before: limit) }
    let path = "/v\(version ?? options.newestVersion)\(path)"
    let connection = try await Connection(to: host, on: loop, resolver: resolver, before: limit)
    let received = try await connection.upgrade(path, content: content, operation: "POST \(path)", patience: patience)
    return (connection, received)
  }

  private func request(
    _ path: String, _ query: KeyValuePairs<String, String>, _ headers: KeyValuePairs<String, String>,
    _ patience: Connection.Patience, _ body: (UnsafeRawBufferPointer) throws(EngineError) -> Void
  ) async throws(EngineError) {
    let wasReused = connection?.isReusable ?? false
    do {
      return try await attempt(path, query, headers, patience, body)
    } catch {
      switch error.reason {
      case .status(400, let message):
        guard let demanded = APIVersion.demanded(by: message), demanded != version else { throw error }
        version = demanded
      case .unreachable:
        // The engine had closed the connection that it kept.
        guard wasReused, connection?.hasAnswered == false else { throw error }
      default: throw error
      }
    }
    // Nothing of an answer had been handed over: of a refusal because no body is, of a dead connection because there was none.
    try await attempt(path, query, headers, patience, body)
  }

  private func attempt(
    _ path: String, _ query: KeyValuePairs<String, String>, _ headers: KeyValuePairs<String, String>,
    _ patience: Connection.Patience, _ body: (UnsafeRawBufferPointer) throws(EngineError) -> Void
  ) async throws(EngineError) {
    let connection = try await usable(before: min(patience.deadline, .now + options.timeout))
    let path = "/v\(version ?? options.newestVersion)\(path)"
    let operation = "GET \(path)"
    var refusal: [UInt8] = []
    let head = try await connection.exchange(
      .get, Target(path, query).text, headers: headers, operation: operation, patience: patience
    ) { head, piece throws(EngineError) in
      if head.status == 200 {
        try body(piece)
      } else if refusal.count < ErrorMessage.longest {
        refusal.append(contentsOf: piece)
      }
    }
    guard head.status == 200 else {
      throw EngineError(.status(head.status, ErrorMessage(refusal).text), operation, host: host.description)
    }
  }

  // MARK: Connections

  private func usable(before deadline: Instant) async throws(EngineError) -> Connection {
    if let connection, connection.isReusable { return connection }
    return try await connect(before: deadline)
  }

  private func connect(before deadline: Instant) async throws(EngineError) -> Connection {
    self.connection = nil
    var connection = try await Connection(to: host, on: loop, resolver: resolver, before: deadline)
    // Anew on each connection: what is behind it may have been upgraded meanwhile.
    try await negotiate(on: connection, before: deadline)
    if !connection.isReusable {
      // A proxy that takes one request a connection.
      connection = try await Connection(to: host, on: loop, resolver: resolver, before: deadline)
    }
    self.connection = connection
    return connection
  }

  private func negotiate(on connection: Connection, before deadline: Instant) async throws(EngineError) {
    let operation = "HEAD /_ping"
    let head = try await connection.exchange(
      .head, "/_ping", operation: operation, patience: .init(deadline: deadline, silence: options.timeout)
    ) { _, _ in }
    // A proxy may refuse the ping and let other requests pass. One that has lost its engine answers with a 502 or 503.
    guard head.status < 500 else {
      throw EngineError(.status(head.status, "no answer to a ping"), operation, host: host.description)
    }
    swarm = head["swarm"]
    version = head["api-version"].flatMap { APIVersion($0) }.map { min($0, options.newestVersion) }
  }
}
