import EventLoop
package import FoundationEssentials

/// What was deployed, by whom and when: a config of the swarm, so that every manager and every operator has it.
///
/// There is one for each deploy that succeeded; the newest is what the next deploy compares with.
package struct ReleaseRecord: Codable, Equatable, Sendable {
  /// How many a stack keeps.
  package static let kept = 10

  /// From 1.
  package var number: Int
  package var stack: String
  package var time: Date
  /// Who deployed: `user@host`.
  package var user: String
  /// The stack's file as `StackFile.document` has it, without secrets' contents.
  package var document: JSONValue
  /// What the engine had of each service afterwards, by names without the stack's.
  package var specifications: [String: JSONValue]

  package init(
    number: Int, stack: String, time: Date, user: String, document: JSONValue, specifications: [String: JSONValue]
  ) {
    self.number = number
    self.stack = stack
    self.time = time
    self.user = user
    self.document = document
    self.specifications = specifications
  }

  package var name: String { "\(ReleaseRecord.prefix)\(stack)-\(number)" }
  private static let prefix = "vitals-release-"

  /// The stack and the number that the name of a record's config tells; nil for another config's.
  static func parse(name: String) -> (stack: String, number: Int)? {
    guard name.hasPrefix(prefix), let dash = name.lastIndex(of: "-"),
      let number = Int(name[name.index(after: dash)...])
    else { return nil }
    return (String(name[..<dash].dropFirst(prefix.count)), number)
  }

  /// Reads a record from the config that holds it, nil where the config is something else.
  package init?(_ config: NamedObject, stack: String) {
    guard let (owner, number) = ReleaseRecord.parse(name: config.name), owner == stack,
      let text = config.value["Spec"]["Data"].text, let data = Data(base64Encoded: text)
    else { return nil }
    let decoder = JSONDecoder()
    decoder.dateDecodingStrategy = .iso8601
    guard let record = try? decoder.decode(ReleaseRecord.self, from: data), record.stack == stack else { return nil }
    self = record
    self.number = number
  }

  /// What a config is made from that holds the record.
  package func specification() throws(OperationError) -> JSONValue {
    let encoder = JSONEncoder.ordered
    encoder.dateEncodingStrategy = .iso8601
    let data: Data
    do {
      data = try encoder.encode(self)
    } catch {
      throw OperationError(.failed, "the record of this release: \(error)")
    }
    return .object([
      "Name": .string(name),
      "Labels": .object([
        "vitals.release.stack": .string(stack), "vitals.release.user": .string(user),
        "vitals.release.time": .string(time.formatted(.iso8601)),
      ]),
      "Data": .string(data.base64EncodedString()),
    ])
  }

  /// The records among configs, the oldest first.
  package static func all(of stack: String, among configs: [NamedObject]) -> [ReleaseRecord] {
    configs.compactMap { ReleaseRecord($0, stack: stack) }.sorted { $0.number < $1.number }
  }
}
