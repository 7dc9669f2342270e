/// The scheduler of the tests' application, which sends `orders.tasks.tidy` every ``PilitoApp/beatInterval`` seconds.
final class CeleryBeat: Sendable {
  private let process: LoggedProcess

  /// Starts the scheduler; its first task is due after one interval.
  init(_ app: PilitoApp) throws {
    // The schedule is kept in memory: a file would let the next start catch up.
    let arguments = ["beat", "--scheduler", "celery.beat:Scheduler", "--loglevel", "info"]
    process = try LoggedProcess(app.celery(arguments), environment: app.environment) { $0.contains("beat: Starting") }
  }

  /// Ends it at once and deletes its log. Call it when the test is over, in `defer` or `deinit`.
  func end() {
    process.end()
  }
}
