import Engine
package import EventLoop

/// The objects of a swarm that have a name and are made and removed, never half of them.
package enum ObjectKind: String, Sendable {
  case configs, secrets, services, networks, volumes
}

/// A config, a secret, a network or a volume.
package struct NamedObject: Equatable, Sendable {
  /// Empty for volumes, which have none.
  package var id: String
  package var name: String
  package var labels: [String: String]
  /// All that the engine says of it.
  package var value: JSONValue

  init(_ value: JSONValue) {
    // Networks and volumes have at the top what the others have in their specification.
    let spec = value["Spec"] == .null ? value : value["Spec"]
    id = value["ID"].text ?? value["Id"].text ?? ""
    name = spec["Name"].text ?? ""
    labels = spec["Labels"].members.compactMapValues(\.text)
    self.value = value
  }
}

extension Manager {
  /// All objects of a kind, in the order of their names.
  package func objects(_ kind: ObjectKind, before deadline: Instant) async throws(OperationError) -> [NamedObject] {
    let answer = try await object("/\(kind.rawValue)", before: deadline)
    // Volumes come in an object with warnings.
    let elements = kind == .volumes ? answer["Volumes"].elements : answer.elements
    return elements.map(NamedObject.init).sorted { $0.name < $1.name }
  }

  /// Makes an object from its specification.
  ///
  /// - Returns: its id.
  /// - Throws: `failed` where the engine refuses, also where the name is taken.
  @discardableResult
  package func create(
    _ kind: ObjectKind, _ specification: JSONValue, registryAuth: String? = nil, before deadline: Instant
  ) async throws(OperationError) -> String {
    let answer = try await post(
      "/\(kind.rawValue)/create", registryAuth: registryAuth, content: specification, before: deadline)
    return answer["ID"].text ?? answer["Id"].text ?? answer["Name"].text ?? ""
  }

  /// Removes an object.
  ///
  /// - Returns: false where there was none.
  @discardableResult
  package func remove(
    _ kind: ObjectKind, _ id: String, before deadline: Instant
  ) async throws(OperationError) -> Bool {
    try await delete("/\(kind.rawValue)/\(id)", before: deadline)
  }

  /// Removes what has this path.
  ///
  /// - Returns: false where there was nothing.
  @discardableResult
  func delete(
    _ path: String, query: KeyValuePairs<String, String> = [:], before deadline: Instant
  ) async throws(OperationError) -> Bool {
    do throws(EngineError) {
      try await control.delete(path, query: query, before: deadline)
      return true
    } catch {
      if case .status(404, _) = error.reason { return false }
      throw OperationError(error)
    }
  }
}
