package import EventLoop
internal import Health
package import Metrics

/// Asks a server about itself on a connection of its own, which is kept.
///
/// It lives on the loop's thread. One refresh at a time.
package final class MetricsCollector: @unchecked Sendable {
  /// What a refresh came to.
  package struct Answer: Sendable {
    package var families: [Family] = []
    /// What the server did not tell, by the command's name, and why.
    package var refusals: [(name: String, error: RedisError)] = []
  }

  private let keeper: ConnectionKeeper<Connection, RedisError>
  private let server: String?
  /// A Sentinel knows none of the other commands.
  private var isSentinel = false

  /// A collector that has asked nothing yet.
  ///
  /// `server` is the label of every series, nil for none.
  package init(_ connector: Connector, server: String?) {
    keeper = ConnectionKeeper(connect: connector.connect)
    self.server = server
  }

  /// Asks everything, but for the commands of these names.
  ///
  /// A command that is refused leaves out its own families and no others.
  ///
  /// - Parameter now: seconds since 1970.
  /// - Throws: where there is no connection, or its server does not answer INFO in time.
  package func refresh(before deadline: Instant, without names: Set<String>, now: Double) async throws(RedisError)
    -> Answer
  {
    try await keeper.use(before: deadline) { connection throws(RedisError) in
      try await ask(connection, before: deadline, without: names, now: now)
    }
  }

  /// Closes the connection; the next refresh opens another.
  package func close() { keeper.close() }

  private func ask(_ connection: Connection, before deadline: Instant, without names: Set<String>, now: Double)
    async throws(RedisError) -> Answer
  {
    let questions = isSentinel ? [] : Question.all.filter { !names.contains($0.name) }
    var replies = try await connection.pipeline([["INFO", "ALL"]] + questions.map(\.command), before: deadline)
    guard case .bulk(let bytes) = try connection.accepted(replies.removeFirst()) else {
      throw RedisError(.protocol, "the reply to INFO is no text")
    }
    let info = Info(bytes)
    var set = FamilySet(server: server)
    var answer = Answer()
    for (question, reply) in zip(questions, replies) {
      do throws(RedisError) {
        question.add(try connection.accepted(reply), &set)
      } catch {
        answer.refusals.append((question.name, error))
      }
    }
    isSentinel = info["redis_mode"] == "sentinel"
    if isSentinel {
      try await askSentinel(connection, before: deadline, set: &set)
      answer.refusals = []
    }
    // A server has 16 unless it is told otherwise, which is of no use to a cluster.
    let databases = isSentinel ? 0 : info["cluster_enabled"] == "1" ? 1 : set.databases ?? 16
    info.add(to: &set, databases: databases, now: now)
    if names.contains("config|get") || answer.refusals.contains(where: { $0.name == "config|get" }) {
      info.addLimits(to: &set)
    }
    answer.families = set.families
    return answer
  }

  private func askSentinel(_ connection: Connection, before deadline: Instant, set: inout FamilySet)
    async throws(RedisError)
  {
    let masters = SentinelMaster.all(in: try await connection.command(["SENTINEL", "MASTERS"], before: deadline))
    guard !masters.isEmpty else { return }
    let replies = try await connection.pipeline(masters.flatMap(\.commands), before: deadline)
    for (index, master) in masters.enumerated() { master.add(replies[(index * 3)..<(index * 3 + 3)], to: &set) }
  }
}
