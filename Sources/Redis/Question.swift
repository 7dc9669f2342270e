internal import Metrics

/// A command whose reply becomes families, and that a server may refuse without harm to the others.
struct Question: Sendable {
  /// By Redis' own name for rules of access: `slowlog|len`.
  let name: String
  let command: [String]
  let add: @Sendable (Reply, inout FamilySet) -> Void

  /// What is asked beside INFO.
  ///
  /// CONFIG GET takes only one name before Redis 7.
  static let all: [Question] =
    ["maxclients", "maxmemory", "io-threads"].map { setting in
      Question(name: "config|get", command: ["CONFIG", "GET", setting]) { reply, set in
        let name = "config_\(setting.replacing("-", with: "_"))"
        set.add(.gauge, name, reply.pairs[setting].flatMap { Double($0) }, "The setting \(setting).")
      }
    } + [
      Question(name: "config|get", command: ["CONFIG", "GET", "databases"]) { reply, set in
        set.databases = reply.pairs["databases"].flatMap { Int($0) }
      },
      Question(name: "slowlog|len", command: ["SLOWLOG", "LEN"]) { reply, set in
        set.add(.gauge, "slowlog_length", reply.number, "Entries in the log of slow commands.")
      },
      Question(name: "slowlog|get", command: ["SLOWLOG", "GET", "1"]) { reply, set in
        guard let entries = reply.elements else { return }
        // An entry is its id, its time, how many microseconds the command took, the command, ...
        let entry = entries.isEmpty ? [.integer(0), .integer(0), .integer(0)] : entries[0].elements ?? []
        guard entry.count > 2 else { return }
        set.add(.gauge, "slowlog_last_id", entry[0].number, "The id of the newest entry in that log.")
        set.add(
          .gauge, "last_slow_execution_duration_seconds", entry[2].number.map { $0 / 1e6 },
          "How long the command of that entry took.")
      },
      Question(name: "latency|latest", command: ["LATENCY", "LATEST"]) { reply, set in
        for event in reply.elements ?? [] {
          // Its name, when it was last, how many milliseconds it took then, and at most.
          guard let parts = event.elements, parts.count >= 4, let name = parts[0].text else { continue }
          let labels = [("event_name", name)]
          set.add(.gauge, "latency_spike_last", parts[1].number, labels: labels, "When an event was slow last.")
          set.add(
            .gauge, "latency_spike_duration_seconds", parts[2].number.map { $0 / 1000 }, labels: labels,
            "How long the event took then.")
        }
      },
    ]
}

extension Reply {
  var number: Double? { integer.map(Double.init) }

  /// An array of names and values in turn as a dictionary.
  var pairs: [String: String] {
    let texts = (elements ?? []).map { $0.text ?? "" }
    return Dictionary(
      stride(from: 0, to: texts.count - 1, by: 2).map { (texts[$0], texts[$0 + 1]) },
      uniquingKeysWith: { _, last in last })
  }
}
