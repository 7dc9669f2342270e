import EventLoop
import Redis

/// Asks all workers, and leaves nothing behind.
final class Inquirer: @unchecked Sendable {
  private let keys: Keyspace
  private let loop: EventLoop
  private let wall: () -> Double
  private let answerTime: Duration
  /// Asked, and not yet cleaned up after.
  private var open: Question?
  /// Whether all workers have answered it.
  private var isAnswered = false

  /// - Parameters:
  ///   - wall: the present, in seconds since 1970.
  ///   - answerTime: how long the workers may take for their answers.
  init(_ keys: Keyspace, on loop: EventLoop, wall: @escaping () -> Double, answerTime: Duration) {
    self.keys = keys
    self.loop = loop
    self.wall = wall
    self.answerTime = answerTime
  }

  /// What is left to do when there is no time to ask any more.
  var cleanUpCommands: [[String]] { open?.cleanUp(isAnswered: isAnswered) ?? [] }

  /// Asks all workers, and returns what those answered who did in time.
  func ask(
    _ methods: [Question.Method], on connection: Connection, before deadline: Instant
  ) async throws(RedisError) -> Census {
    let question = Question(methods, keys, at: wall())
    open = question
    isAnswered = false
    var expected = 0
    for reply in try await connection.pipeline(question.commands, before: deadline).enumerated() {
      let accepted = try connection.accepted(reply.element)
      if reply.offset >= question.commands.count - methods.count { expected += Int(accepted.integer ?? 0) }
    }
    isAnswered = try await wait(for: expected, to: question, on: connection, before: deadline)
    let pages = try await connection.pipeline(question.read(expected), before: deadline)
    try await cleanUp(on: connection, before: deadline)
    var census = Census()
    for page in pages {
      for case .bulk(let reply) in try connection.accepted(page).elements ?? [] where !reply.isEmpty {
        census.take(reply)
        await Task.yield()
      }
    }
    return census
  }

  /// Waits until so many replies are there, or the workers have had their time.
  ///
  /// A monitor that subscribes to everything is counted among the workers, and never answers.
  ///
  /// - Returns: whether all replies are there.
  private func wait(
    for expected: Int, to question: Question, on connection: Connection, before deadline: Instant
  ) async throws(RedisError) -> Bool {
    let end = min(loop.now + answerTime, deadline)
    var pause = Duration.milliseconds(2)
    while expected > 0, loop.now < end {
      await loop.sleep(until: min(loop.now + pause, end))
      pause = min(pause * 2, .milliseconds(50))
      let count = try await connection.reply(to: question.count, before: deadline).integer ?? 0
      if count > expected { return true }
    }
    return expected == 0
  }

  /// Cleans up after a question, also one that broke off.
  func cleanUp(on connection: Connection, before deadline: Instant) async throws(RedisError) {
    guard open != nil else { return }
    for reply in try await connection.pipeline(cleanUpCommands, before: deadline) { _ = try connection.accepted(reply) }
    open = nil
  }

  /// Removes the bindings of services that were killed as they asked.
  func cleanUpAfterOthers(on connection: Connection, before deadline: Instant) async throws(RedisError) {
    let bindings = try await connection.reply(to: Question.bindings(keys), before: deadline)
    guard let stale = Question.cleanUp(after: bindings, keys, at: wall()) else { return }
    _ = try await connection.reply(to: stale, before: deadline)
  }
}
