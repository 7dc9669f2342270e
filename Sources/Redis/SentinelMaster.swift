internal import Metrics

/// A master as a Sentinel tells of it in SENTINEL MASTERS.
struct SentinelMaster: Equatable, Sendable {
  let name: String
  let address: String

  /// The masters in a reply; none where it is a refusal.
  static func all(in reply: Reply) -> [SentinelMaster] {
    (reply.elements ?? []).compactMap { master in
      let fields = master.pairs
      guard let name = fields["name"], let host = fields["ip"], let port = fields["port"] else { return nil }
      return SentinelMaster(name: name, address: "\(host):\(port)")
    }
  }

  /// What to ask about the master.
  var commands: [[String]] { ["CKQUORUM", "SENTINELS", "SLAVES"].map { ["SENTINEL", $0, name] } }

  /// Adds what `commands` were answered.
  func add(_ replies: ArraySlice<Reply>, to set: inout FamilySet) {
    guard replies.count == 3, let quorum = replies.first else { return }
    let message: String? = if case .error(let text) = quorum { text } else { quorum.text }
    set.add(
      .gauge, "sentinel_master_ckquorum_status", quorum.text == nil ? 0 : 1,
      labels: [("master_name", name), ("message", message ?? "")], "Whether enough Sentinels are there for a failover.")
    let labels = [("master_name", name), ("master_address", address)]
    let (sentinels, replicas) = (replies[replies.startIndex + 1], replies[replies.startIndex + 2])
    if let count = SentinelMaster.usable(sentinels) {
      set.add(
        .gauge, "sentinel_master_ok_sentinels", Double(count + 1), labels: labels,
        "Sentinels of a master that are up, this one included.")
    }
    if let count = SentinelMaster.usable(replicas) {
      set.add(.gauge, "sentinel_master_ok_slaves", Double(count), labels: labels, "Replicas of a master that are up.")
    }
  }

  /// How many instances of a list are not held to be down; nil for a refusal.
  private static func usable(_ reply: Reply) -> Int? {
    reply.elements?.count { instance in
      guard let flags = instance.pairs["flags"] else { return false }
      return !flags.split(separator: ",").contains { $0 == "s_down" || $0 == "o_down" }
    }
  }
}
