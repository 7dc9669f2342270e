package import Engine
package import EventLoop
package import Swarm

/// A manager of the swarm, as the operator's commands see it.
///
/// Each call takes the deadline of the whole command and throws an `OperationError` that says what to do.
package struct Manager: Sendable {
  let control: Control
  var client: Client { control.client }

  /// - Parameter patience: how long the engine may take for one answer; one without a quorum needs 20 s to say so.
  package init(_ host: Host, on loop: EventLoop, patience: Duration = .seconds(25)) {
    var options = Client.Options()
    options.timeout = patience
    control = Control(Client(host, on: loop, resolver: Resolver(on: loop), options: options))
  }

  // MARK: Questions

  /// Asks until the end of `deadline` whether this engine can act for the swarm.
  ///
  /// - Throws: `noManager` where it can't, with the reason; `failed` where it is too old.
  package func check(before deadline: Instant) async throws(OperationError) {
    try await mapped { () throws(EngineError) in
      try await client.ping(before: deadline)
    }
    if let told = client.swarm.flatMap(SwarmState.init(ping:)), told != .manager { throw OperationError(told) }
    // Engines before 23.0 don't tell in the ping, and no engine tells there that it has lost the quorum.
    _ = try await nodes(before: deadline)
    // After a question, as engines before 19.03 don't tell their version in the ping.
    try require(.manager)
  }

  package func nodes(before deadline: Instant) async throws(OperationError) -> [Node] {
    try await list(Node.self, at: "/nodes", before: deadline)
  }

  /// The services of `stack`, or all of them.
  package func services(of stack: String? = nil, before deadline: Instant) async throws(OperationError) -> [Service] {
    let all = try await list(Service.self, at: "/services", query: ["status": "true"], before: deadline)
    return stack.map { stack in all.filter { $0.stack == stack } } ?? all
  }

  /// All tasks, also those of the history.
  package func tasks(before deadline: Instant) async throws(OperationError) -> [ServiceTask] {
    try await list(ServiceTask.self, at: "/tasks", before: deadline)
  }

  /// An object of the swarm or of the engine, whole.
  package func object(
    _ path: String, query: KeyValuePairs<String, String> = [:], before deadline: Instant
  ) async throws(OperationError) -> JSONValue {
    try await mapped { () throws(EngineError) in
      try await client.object(JSONValue.self, at: path, query: query, before: deadline)
    }
  }

  func list<Element: Decodable>(
    _ type: Element.Type, at path: String, query: KeyValuePairs<String, String> = [:], before deadline: Instant
  ) async throws(OperationError) -> [Element] {
    try await mapped { () throws(EngineError) in
      var elements: [Element] = []
      try await client.forEach(type, at: path, query: query, before: deadline) { elements.append($0) }
      return elements
    }
  }

  // MARK: Changes

  /// Reads the specification of an object, lets `change` alter it, and sends it back.
  ///
  /// The engine refuses where somebody else has changed the object meanwhile; then all is done again, a few times.
  ///
  /// - Parameters:
  ///   - path: `/nodes/ID` or `/services/ID`.
  ///   - rollback: whether to go back to the previous specification instead.
  ///   - registryAuth: the header X-Registry-Auth, by which the nodes pull an image.
  ///   - change: returns false where there is nothing to do.
  /// - Returns: whether something was changed.
  @discardableResult
  package func update(
    _ path: String, rollback: Bool = false, registryAuth: String? = nil, before deadline: Instant,
    _ change: (inout JSONValue) throws(OperationError) -> Bool
  ) async throws(OperationError) -> Bool {
    var attempts = 3
    while true {
      let object = try await object(path, before: deadline)
      var specification = object["Spec"]
      guard try change(&specification) else { return false }
      let version = "\(object["Version"]["Index"].integer ?? 0)"
      var query: KeyValuePairs<String, String> = ["version": version]
      if rollback { query = ["version": version, "rollback": "previous"] }
      do throws(EngineError) {
        _ = try await control.post(
          "\(path)/update", query: query, headers: headers(registryAuth), content: try content(specification),
          before: deadline)
        return true
      } catch {
        attempts -= 1
        guard case .status(_, let message) = error.reason, message.contains("out of sequence"), attempts > 0 else {
          throw OperationError(error)
        }
      }
    }
  }

  /// Sends what an action needs, once.
  ///
  /// - Parameters:
  ///   - registryAuth: the header X-Registry-Auth, by which the nodes pull an image.
  ///   - content: nil for none.
  /// - Returns: the answer, null where it has no body.
  @discardableResult
  package func post(
    _ path: String, query: KeyValuePairs<String, String> = [:], registryAuth: String? = nil, content: JSONValue? = nil,
    before deadline: Instant
  ) async throws(OperationError) -> JSONValue {
    try await mapped { () throws(EngineError) in
      try await postOnce(path, query: query, registryAuth: registryAuth, content: content, before: deadline)
    }
  }

  func postOnce(
    _ path: String, query: KeyValuePairs<String, String> = [:], registryAuth: String? = nil, content: JSONValue? = nil,
    before deadline: Instant
  ) async throws(EngineError) -> JSONValue {
    var bytes: [UInt8]?
    if let content { bytes = try self.content(content) }
    let answer = try await control.post(
      path, query: query, headers: headers(registryAuth), content: bytes, before: deadline)
    guard !answer.isEmpty else { return .null }
    do {
      return try JSONValue(answer)
    } catch {
      throw EngineError(.malformed("the answer is no JSON"), "POST \(path)", host: client.host.description)
    }
  }

  private func headers(_ registryAuth: String?) -> KeyValuePairs<String, String> {
    registryAuth.map { ["X-Registry-Auth": $0] } ?? [:]
  }

  private func content(_ value: JSONValue) throws(EngineError) -> [UInt8] {
    do {
      return try value.bytes()
    } catch {
      throw EngineError(.malformed("\(error)"), "write JSON", host: client.host.description)
    }
  }

  func mapped<Value>(_ body: () async throws(EngineError) -> Value) async throws(OperationError) -> Value {
    do throws(EngineError) {
      return try await body()
    } catch {
      throw OperationError(error)
    }
  }
}
