import Foundation
import Glibc

/// A private PostgreSQL on a loopback port and a unix socket, with data that nobody minds losing.
///
/// Over the unix socket every role is trusted; over TCP the ``Options/authentication`` counts.
final class PostgresServer: Sendable {
  struct Options: Sendable {
    /// The method of pg_hba.conf for TCP: `trust`, `scram-sha-256`, `reject`.
    var authentication = "scram-sha-256"
    var maxConnections = 50
    /// Further settings of postgresql.conf.
    var settings: [String: String] = [:]
    /// The primary that a standby is made of, with a replication slot of its own there.
    var primary: PostgresServer?
  }

  /// How `stop` asks the server to end, see pg_ctl(1).
  enum StopMode {
    case smart, fast, immediate
  }

  static let superuser = "postgres"
  static let superuserPassword = "sesame"

  let port: Int
  let directory: String
  private let options: Options
  private let process = Monitor<Subprocess?>(nil)
  private let cleanup: CrashGuard.Token

  /// Starts a server; returns when it accepts connections.
  init(_ options: Options = Options()) throws {
    self.options = options
    port = try Scratch.port()
    directory = try Scratch.directory("pg")
    let segment = "awk 'NR == 7 { print $2 }' \(directory)/data/postmaster.pid 2>/dev/null"
    cleanup = CrashGuard.shared.add("ipcrm --shmem-id \"$(\(segment))\" 2>/dev/null")
    if let primary = options.primary {
      try primary.copy(to: data, slot: "standby\(port)")
    } else {
      try Subprocess.run(["cp", "-a", Self.template.get(), data])
    }
    let rules = """
      local all all trust
      host all all 127.0.0.1/32 \(options.authentication)
      host replication all 127.0.0.1/32 trust

      """
    try rules.write(toFile: "\(data)/pg_hba.conf", atomically: false, encoding: .utf8)
    if geteuid() == 0 { try Subprocess.run(["chown", "-R", "postgres:", directory]) }
    try start()
  }

  /// A connection URL over TCP.
  func url(
    user: String = superuser, password: String? = superuserPassword, database: String = "postgres"
  ) -> String {
    "postgresql://\(user)\(password.map { ":\($0)" } ?? "")@127.0.0.1:\(port)/\(database)"
  }

  /// A connection URL over the unix socket.
  func socketURL(user: String = superuser, database: String = "postgres") -> String {
    "postgresql:///\(database)?host=\(directory)&port=\(port)&user=\(user)"
  }

  /// The postmaster's process id; its descendants are the backends.
  var pid: pid_t? { process.withLock { $0?.pid } }

  /// Runs SQL as the superuser and returns the rows as psql prints them: unaligned, without a header.
  @discardableResult
  func psql(_ query: String, database: String = "postgres") throws -> String {
    let command = ["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", socketURL(database: database)]
    return try Subprocess.run(command, input: query).trimmingCharacters(in: .whitespacesAndNewlines)
  }

  /// A session of the superuser's that goes on while its process runs.
  func session(_ statements: [String], database: String = "postgres") throws -> Subprocess {
    let commands = (statements + ["\\! sleep 600"]).flatMap { ["-c", $0] }
    return try Subprocess(["psql", "-XAtq", "-d", socketURL(database: database)] + commands)
  }

  /// Creates a role that may log in.
  func createRole(_ name: String, password: String, attributes: String = "") throws {
    try psql("CREATE ROLE \"\(name)\" LOGIN \(attributes) PASSWORD '\(password)'")
  }

  func createDatabase(_ name: String, owner: String = superuser) throws {
    try psql("CREATE DATABASE \"\(name)\" OWNER \"\(owner)\"")
  }

  /// Starts a server that was stopped or killed again: same data, same port.
  func start() throws {
    guard process.withLock({ $0?.exit != nil || $0 == nil }) else { throw TestbedError("PostgreSQL runs already") }
    let settings = [
      "listen_addresses": "127.0.0.1", "port": "\(port)", "unix_socket_directories": directory,
      "max_connections": "\(options.maxConnections)", "shared_buffers": "8MB", "fsync": "off", "jit": "off",
      "logging_collector": "off",
      // Files in the data directory: nothing stays behind in /dev/shm after a SIGKILL.
      "dynamic_shared_memory_type": "mmap",
    ].merging(options.settings) { $1 }
    let command = try Self.asOwner(["postgres", "-D", data] + settings.flatMap { ["-c", "\($0)=\($1)"] })
    let server = try Subprocess(command, output: .file(log), lastSignal: "QUIT")
    process.withLock { $0 = server }
    try eventually(within: .seconds(30), "start of PostgreSQL") {
      if let exit = server.exit { throw TestbedError.final("ended with \(exit): \(logText)") }
      let ready = ["pg_isready", "-q", "-h", directory, "-p", "\(port)"]
      return try Subprocess.outcome(ready).exit == .code(0)
    }
  }

  /// Kills the server with all backends, as the kernel does when memory runs out.
  func kill() {
    process.withLock { $0 }?.kill()
  }

  /// Stops the server as an operator would.
  func stop(_ mode: StopMode) throws {
    let signals: [StopMode: Int32] = [.smart: SIGTERM, .fast: SIGINT, .immediate: SIGQUIT]
    guard let server = process.withLock({ $0 }), let signal = signals[mode] else { return }
    server.signal(signal)
    guard server.wait(within: .seconds(20)) != nil else { throw TestbedError("PostgreSQL does not stop") }
  }

  /// Stops and starts the server.
  func restart() throws {
    try stop(.fast)
    try start()
  }

  /// Restarts the server with checksums of its pages.
  func enableChecksums() throws {
    try stop(.fast)
    try Subprocess.run(Self.asOwner(["pg_checksums", "--enable", "--no-sync", "-D", data]), within: .seconds(60))
    try start()
  }

  /// Makes a copy of the running server that goes on as its standby.
  private func copy(to data: String, slot: String) throws {
    let parent = URL(fileURLWithPath: data).deletingLastPathComponent().path
    if geteuid() == 0 { try Subprocess.run(["chown", "postgres:", parent]) }
    let command = [
      "pg_basebackup", "-D", data, "-h", "127.0.0.1", "-p", "\(port)", "-U", Self.superuser, "--write-recovery-conf",
      "--wal-method", "stream", "--create-slot", "--slot", slot, "--checkpoint", "fast", "--no-sync",
    ]
    try Subprocess.run(Self.asOwner(command), within: .seconds(120))
  }

  /// Freezes the server with all backends: connections stay open and nobody answers.
  func pause() throws {
    if let pid { try ProcessTree.pause(pid) }
  }

  func resume() {
    if let pid { ProcessTree.resume(pid) }
  }

  /// Ends the server and deletes its data. Call it when the test is over, in `defer` or `deinit`.
  func stop() {
    resume()
    try? stop(.immediate)
    kill()
    removeSharedMemory()
    cleanup.remove()
    Scratch.remove(directory)
  }

  /// What the server has logged.
  var logText: String { (try? String(contentsOfFile: log, encoding: .utf8)) ?? "" }

  private var data: String { "\(directory)/data" }
  private var log: String { "\(directory)/log" }

  /// A killed server leaves a small System V segment behind, whose id is the last word of line 7 in its pid file.
  private func removeSharedMemory() {
    let lines = try? String(contentsOfFile: "\(data)/postmaster.pid", encoding: .utf8).split(separator: "\n")
    guard let words = lines?.dropFirst(6).first?.split(separator: " "), let id = words.last.flatMap({ Int32($0) })
    else { return }
    shmctl(id, IPC_RMID, nil)
  }

  /// One initdb per test run: copying its result takes a tenth of the time.
  private static let template = Result {
    let directory = try Scratch.directory("pgtemplate")
    let password = "\(directory)/password"
    try superuserPassword.write(toFile: password, atomically: false, encoding: .utf8)
    if geteuid() == 0 { try Subprocess.run(["chown", "-R", "postgres:", directory]) }
    let command = [
      "initdb", "-D", "\(directory)/data", "-U", superuser, "--pwfile", password, "-A", "scram-sha-256", "-N",
      "-E", "UTF8", "--locale=C.UTF-8",
    ]
    try Subprocess.run(asOwner(command), within: .seconds(120))
    return "\(directory)/data"
  }

  /// PostgreSQL refuses to run as root.
  private static func asOwner(_ command: [String]) throws -> [String] {
    guard geteuid() == 0 else { return command }
    let program = try Tool.path(command[0])
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", program] + command.dropFirst()
  }
}
