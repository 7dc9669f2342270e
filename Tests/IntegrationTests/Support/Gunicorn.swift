import Foundation

/// A real gunicorn that serves the tests' application on a free loopback port.
final class Gunicorn: Sendable {
  struct Options: Sendable {
    var workers = 2
    var threads = 4
    /// Where its metrics go: `HOST:PORT` or `unix:///PATH`.
    var statsdHost = ""
    var statsdPrefix = ""
    /// `NAME:VALUE,...`, added to each metric.
    var dogstatsdTags = ""
  }

  let port: Int
  private let process: LoggedProcess

  /// Starts the server; returns when it accepts connections, without having asked it anything.
  init(_ app: PilitoApp, _ options: Options = Options()) throws {
    port = try Scratch.port()
    let settings = [
      "GUNICORN_BIND": "127.0.0.1:\(port)", "GUNICORN_WORKERS": "\(options.workers)",
      "GUNICORN_THREADS": "\(options.threads)", "STATSD_HOST": options.statsdHost,
      "STATSD_PREFIX": options.statsdPrefix, "DOGSTATSD_TAGS": options.dogstatsdTags,
    ]
    let command = [
      try PythonEnvironment.program("gunicorn"), "--chdir", PilitoApp.directory,
      "--config", "\(PilitoApp.directory)/gunicorn.conf.py",
    ]
    process = try LoggedProcess(command, environment: app.environment.merging(settings) { $1 }) {
      $0.contains("Listening at")
    }
  }

  /// The master's process id; its children are the workers.
  var pid: Int32 { process.pid }

  func get(_ target: String) throws -> HTTPResponse {
    try HTTPClient.get(target, port: port)
  }

  /// Sends one of the tasks in `orders/tasks.py` to Celery, and returns the ids.
  ///
  /// - Parameter options: JSON with arguments of `apply_async`, and `count`: how many to send.
  @discardableResult
  func enqueue(_ task: String, _ options: String = "{}") throws -> [String] {
    let answer = try HTTPClient.request("POST", "/tasks/\(task)", at: .loopback(port), body: options)
    guard answer.status == 202 else { throw TestbedError("/tasks/\(task): \(answer.status) \(answer.text)") }
    return try JSONDecoder().decode([String: [String]].self, from: Data(answer.body))["ids"] ?? []
  }

  /// The state of a task that was sent, and what it returned when that was a string.
  func result(_ id: String) throws -> (state: String?, value: String?) {
    let answer = try JSONDecoder().decode([String: String?].self, from: Data(get("/results/\(id)").body))
    return (answer["state"] ?? nil, answer["result"] ?? nil)
  }

  /// Waits until all of the tasks are in that state: `SUCCESS`, `FAILURE`, `RETRY`, `REVOKED`.
  func wait(for tasks: [String], toBe state: String, within limit: Duration = .seconds(20)) throws {
    try eventually(within: limit, every: .milliseconds(50), "\(state) of \(tasks.count) tasks") {
      try tasks.allSatisfy { try result($0).state == state }
    }
  }

  /// Ends it at once and deletes its log. Call it when the test is over, in `defer` or `deinit`.
  func end() {
    process.end()
  }
}
