/// Where things are at a broker: the keys and channels that kombu, Celery's messaging library, uses on Redis.
struct Keyspace: Equatable, Sendable {
  /// Kombu's `global_keyprefix`, which stands before every key and channel.
  var prefix = ""
  /// The database's number, which is part of the channels' names: channels belong to no database.
  var database = 0

  init(prefix: String = "", database: Int = 0) {
    self.prefix = prefix
    self.database = database
  }

  /// What kombu puts between the parts of a name.
  static let separator = "\u{06}\u{16}"

  /// The priorities of messages, of which kombu uses 0, 3, 6 and 9 unless its option `priority_steps` says otherwise.
  static let priorities = 0...9

  /// The lists that a queue consists of, one for each priority; a list that kombu does not use is empty.
  func lists(of queue: String) -> [String] {
    Keyspace.priorities.map { prefix + queue + ($0 == 0 ? "" : Keyspace.separator + String($0)) }
  }

  /// The hash of what workers have taken and not acknowledged.
  var unacked: String { prefix + "unacked" }

  /// The same by the time at which it was taken.
  var unackedIndex: String { prefix + "unacked_index" }

  /// The set of an exchange's queues.
  func bindings(of exchange: String) -> String { prefix + "_kombu.binding." + exchange }

  /// The pattern of the names of all such sets.
  var bindingPattern: String { Keyspace.escaped(prefix) + "_kombu.binding.*" }

  /// The exchange of a set that the pattern has found.
  func exchange(ofBindings key: String) -> String? {
    let start = bindings(of: "")
    return key.hasPrefix(start) ? String(key.dropFirst(start.count)) : nil
  }

  /// The pattern of the channels on which workers and clients tell what happens.
  var eventPattern: String { Keyspace.escaped(prefix) + "/\(database).celeryev/*" }

  /// The channel on which all workers listen for questions.
  var controlChannel: String { prefix + "/\(database).celery.pidbox" }

  /// A text as a pattern that matches it alone.
  private static func escaped(_ text: String) -> String {
    text.reduce(into: "") { escaped, character in
      if "*?[]\\".contains(character) { escaped.append("\\") }
      escaped.append(character)
    }
  }
}
