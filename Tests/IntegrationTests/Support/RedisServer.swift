import Foundation
import Glibc

/// A private Redis on a loopback port and a unix socket.
final class RedisServer: Sendable {
  struct Options: Sendable {
    /// The password of the user `default`; nil lets everybody in.
    var password: String?
    /// Rules of further users, such as `worker on >secret ~* +ping`, see the manual's ACL page.
    var users: [String] = []
    /// Further lines of redis.conf.
    var settings: [String] = []
    /// What else the command says: `--sentinel`.
    var arguments: [String] = []
  }

  let port: Int
  let directory: String
  private let options: Options
  private let process = Monitor<Subprocess?>(nil)

  /// Starts a server; returns when it answers.
  init(_ options: Options = Options()) throws {
    self.options = options
    port = try Scratch.port()
    directory = try Scratch.directory("redis")
    try start()
  }

  /// A connection URL over TCP.
  func url(user: String? = nil, password: String? = nil, database: Int? = nil) -> String {
    let secret = password ?? options.password
    let credentials = secret.map { "\(user ?? ""):\($0)@" } ?? ""
    return "redis://\(credentials)127.0.0.1:\(port)\(database.map { "/\($0)" } ?? "")"
  }

  var socketPath: String { "\(directory)/redis.sock" }

  var pid: pid_t? { process.withLock { $0?.pid } }

  /// Runs redis-cli as the user `default` and returns what it prints.
  @discardableResult
  func cli(_ arguments: String..., input: String = "") throws -> String {
    try cli(arguments, input: input)
  }

  @discardableResult
  func cli(_ arguments: [String], input: String = "") throws -> String {
    let result = try outcome(arguments, input: input)
    guard result.exit == .code(0) else {
      throw TestbedError("\(arguments.joined(separator: " ")): \(result.errorOutput)\(result.output)")
    }
    return result.output.trimmingCharacters(in: .whitespacesAndNewlines)
  }

  /// Starts a server that was stopped or killed again, on the same port; returns when it answers.
  func start(settings: [String] = []) throws {
    try launch(settings)
    try eventually(within: .seconds(20), "start of Redis") {
      if let exit = process.withLock({ $0?.exit }) { throw TestbedError.final("ended with \(exit): \(logText)") }
      return try cli("ping") == "PONG"
    }
  }

  /// Restarts the server with data whose loading takes about `duration`; returns while it still loads.
  ///
  /// It answers commands with `-LOADING` in that time, exactly as after a crash with a large data set.
  func restartLoading(for duration: Duration) throws {
    let keys = 200
    try cli("debug", "populate", "\(keys)", "slow", "2048")
    try cli("save")
    kill()
    let microseconds = Int(duration.seconds * 1e6) / keys
    try launch(["key-load-delay \(microseconds)", "loading-process-events-interval-bytes 1024", "rdbcompression no"])
    try eventually(within: .seconds(10), "loading") {
      let ping = try outcome(["ping"])
      return (ping.output + ping.errorOutput).contains("LOADING")
    }
  }

  /// Kills the server at once.
  func kill() {
    process.withLock { $0 }?.kill()
  }

  func restart() throws {
    kill()
    try start()
  }

  /// Freezes the server: connections stay open and nobody answers.
  func pause() throws {
    if let pid { try ProcessTree.pause(pid) }
  }

  func resume() {
    if let pid { ProcessTree.resume(pid) }
  }

  /// Ends the server and deletes its data. Call it when the test is over, in `defer` or `deinit`.
  func stop() {
    kill()
    Scratch.remove(directory)
  }

  /// What the server has logged.
  var logText: String { (try? String(contentsOfFile: "\(directory)/log", encoding: .utf8)) ?? "" }

  private func outcome(
    _ arguments: [String], input: String = ""
  ) throws -> (exit: Subprocess.Exit, output: String, errorOutput: String) {
    var environment = ProcessInfo.processInfo.environment
    environment["REDISCLI_AUTH"] = options.password
    let command = ["redis-cli", "-e", "-s", socketPath] + arguments
    return try Subprocess.outcome(command, environment: environment, input: input)
  }

  private func launch(_ settings: [String]) throws {
    guard process.withLock({ $0?.exit != nil || $0 == nil }) else { throw TestbedError("Redis runs already") }
    var lines = [
      "bind 127.0.0.1", "port \(port)", "unixsocket \(socketPath)", "dir \(directory)", "save \"\"", "daemonize no",
      "enable-debug-command yes",
    ]
    if let password = options.password { lines.append("requirepass \(password)") }
    lines += options.users.map { "user \($0)" } + options.settings + settings
    let file = "\(directory)/redis.conf"
    try (lines.joined(separator: "\n") + "\n").write(toFile: file, atomically: false, encoding: .utf8)
    let server = try Subprocess(["redis-server", file] + options.arguments, output: .file("\(directory)/log"))
    process.withLock { $0 = server }
  }
}
