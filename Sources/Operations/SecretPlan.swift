/// Which secrets have to be made, and of what.
///
/// The values are never shown.
package struct SecretPlan: Sendable {
  package enum Source: String, Sendable {
    case file, value, template, generated
  }

  package struct Entry: Sendable, CustomStringConvertible, CustomDebugStringConvertible {
    package var name: String
    package var source: Source
    package var value: [UInt8]

    /// Without the value, whoever prints it.
    package var description: String { "\(name) (\(source.rawValue))" }
    package var debugDescription: String { description }
  }

  /// In the order in which they are made: what others are made of comes first.
  package private(set) var entries: [Entry] = []
  /// Names of secrets that the swarm has already.
  package private(set) var present: [String] = []
  /// Those of `present` for which a value was given, which can't be used.
  package private(set) var unused: [String] = []

  /// - Parameters:
  ///   - secrets: what the stack needs.
  ///   - existing: the names of the swarm's secrets; their values can't be read.
  ///   - given: values by name or key.
  ///   - generate: makes a value.
  /// - Throws: `usage` where a template has parts whose values are not known, or where a value is given for no secret.
  package init(
    _ secrets: [StackNeeds.Secret], existing: Set<String>, given: [String: [UInt8]],
    generate: () -> [UInt8]
  ) throws(OperationError) {
    try SecretPlan.check(given, secrets)
    var values: [String: [UInt8]] = [:]
    var missing: [(secret: StackNeeds.Secret, template: SecretTemplate)] = []
    for secret in secrets {
      let value = given[secret.name] ?? given[secret.key]
      if let value { values[secret.key] = value }
      if existing.contains(secret.name) {
        present.append(secret.name)
        if value != nil { unused.append(secret.name) }
      } else if let value {
        entries.append(Entry(name: secret.name, source: .file, value: value))
      } else {
        switch secret.origin {
        case .generated:
          let made = generate()
          values[secret.key] = made
          entries.append(Entry(name: secret.name, source: .generated, value: made))
        case .value(let text):
          values[secret.key] = Array(text.utf8)
          entries.append(Entry(name: secret.name, source: .value, value: Array(text.utf8)))
        case .template(let text):
          missing.append((secret, try SecretTemplate(text)))
        }
      }
    }
    try checkMade(secrets)
    try fill(missing, &values, secrets)
  }

  /// A part that is generated anew would not be the one that a secret of the swarm was made of.
  private func checkMade(_ secrets: [StackNeeds.Secret]) throws(OperationError) {
    for secret in secrets where present.contains(secret.name) {
      guard case .template(let text) = secret.origin else { continue }
      let parts = Set(try SecretTemplate(text).names)
      guard
        let part = secrets.first(where: { part in
          parts.contains(part.key) && entries.contains { $0.name == part.name && $0.source == .generated }
        })
      else { continue }
      throw OperationError(
        .usage, "the secret \(part.name) is missing, and \(secret.name), which the swarm has, was made of it",
        advice:
          "Give the same value again (--secret \(part.name)=FILE), or remove \(secret.name) to have both made anew.")
    }
  }

  /// Makes templates whose parts are known until none is left; a template may be a part of another one.
  private mutating func fill(
    _ templates: [(secret: StackNeeds.Secret, template: SecretTemplate)], _ values: inout [String: [UInt8]],
    _ secrets: [StackNeeds.Secret]
  ) throws(OperationError) {
    var left = templates
    while !left.isEmpty {
      let ready = left.filter { entry in entry.template.names.allSatisfy { values[$0] != nil } }
      guard !ready.isEmpty else { throw SecretPlan.unknownParts(of: left, values, secrets, present) }
      for (secret, template) in ready {
        let value = template.filled { values[$0] }
        values[secret.key] = value
        entries.append(Entry(name: secret.name, source: .template, value: value))
      }
      left.removeAll { entry in ready.contains { $0.secret == entry.secret } }
    }
  }

  private static func check(_ given: [String: [UInt8]], _ secrets: [StackNeeds.Secret]) throws(OperationError) {
    for name in given.keys.sorted() {
      guard secrets.contains(where: { $0.name == name || $0.key == name }) else {
        throw OperationError(
          .usage, "the stack has no external secret \(name)",
          advice: Suggestion(for: name, among: Array(Set(secrets.flatMap { [$0.key, $0.name] }))).text)
      }
      if given[name]?.isEmpty == true { throw OperationError(.usage, "the value of the secret \(name) is empty") }
    }
  }

  private static func unknownParts(
    of templates: [(secret: StackNeeds.Secret, template: SecretTemplate)], _ values: [String: [UInt8]],
    _ secrets: [StackNeeds.Secret], _ present: [String]
  ) -> OperationError {
    let (secret, template) = templates[0]
    let parts = template.names.filter { values[$0] == nil }
    if let strange = parts.first(where: { part in !secrets.contains { $0.key == part } }) {
      return OperationError(
        .usage, "the secret \(secret.name) is made of \(strange), which is no external secret of the stack",
        advice: Suggestion(for: strange, among: secrets.map(\.key)).text)
    }
    let unreadable = parts.filter { part in secrets.contains { $0.key == part && present.contains($0.name) } }
    guard !unreadable.isEmpty else {
      return OperationError(.usage, "the secrets \(parts.joined(separator: ", ")) are made of each other")
    }
    let names = unreadable.joined(separator: ", ")
    let flags = unreadable.map { "--secret \($0)=FILE" }.joined(separator: " ")
    return OperationError(
      .usage, "the secret \(secret.name) is made of \(names), which the swarm has already and does not give away",
      advice: "Give what it is made of (\(flags)), or the secret itself (--secret \(secret.name)=FILE), or remove "
        + "\(names) to have all of them made anew, if nothing uses it yet.")
  }
}
