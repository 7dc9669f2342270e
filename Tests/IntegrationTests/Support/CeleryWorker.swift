/// A real Celery worker of the tests' application.
final class CeleryWorker: Sendable {
  struct Options: Sendable {
    /// The part of the hostname before `@pilito`.
    var name = "w1"
    /// Whether it sends events of its tasks: the flag `-E`.
    var sendsTaskEvents = true
    var concurrency = 2
    var queues = ["celery", "bulk"]
    /// Further arguments of `celery worker`.
    var arguments: [String] = []
  }

  /// By what name events and replies know it.
  let hostname: String
  private let process: LoggedProcess

  /// Starts a worker; returns when it takes tasks and answers commands.
  init(_ app: PilitoApp, _ options: Options = Options()) throws {
    hostname = "\(options.name)@pilito"
    let arguments = [
      "worker", "--hostname", hostname, "--concurrency", "\(options.concurrency)", "--loglevel", "info",
      "--queues", options.queues.joined(separator: ","),
    ]
    let command = try app.celery(arguments + (options.sendsTaskEvents ? ["--task-events"] : []) + options.arguments)
    // The last thing before its event loop, after the subscription to commands.
    process = try LoggedProcess(command, environment: app.environment) { [hostname] in $0.contains("\(hostname) ready.")
    }
  }

  var logText: String { process.logText }

  /// Lets it finish what it has begun, then end: a warm shutdown.
  func stop() throws {
    try process.terminate()
  }

  /// Kills it with its pool.
  func kill() {
    process.kill()
  }

  /// Freezes it with its pool: no heartbeat, no reply, its connections stay open.
  func pause() throws {
    try process.pause()
  }

  /// Freezes the pool alone: what it has begun does not end, and the worker goes on telling and answering.
  func pausePool() throws {
    try process.pauseChildren()
  }

  func resume() {
    process.resume()
  }

  /// Ends it at once and deletes its log. Call it when the test is over, in `defer` or `deinit`.
  func end() {
    process.end()
  }
}
