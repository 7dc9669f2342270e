import EventLoop
import Foundation
import Health
import TestSupport

@testable import Postgres

/// A real server in a directory of its own, on a free port and a unix socket in that directory.
final class PostgresServer: Sendable {
  let directory: String
  let port: UInt16
  private let holder: Holder

  /// The server that tests share which do not harm it.
  static let shared = Task { try await PostgresServer() }

  /// Starts a server and waits until it answers; with `isStandby` it stays in the state of starting up for ever.
  init(isStandby: Bool = false) async throws {
    let template = try PostgresServer.template.get()
    directory = try PostgresServer.makeDirectory()
    try PostgresServer.run(["cp", "-a", "\(template.directory)/.", directory])
    if isStandby { try PostgresServer.run(["touch", "\(directory)/standby.signal"]) }
    let port = try FreePort.next()
    self.port = port
    let settings = [
      "port=\(port)", "unix_socket_directories=\(directory)", "listen_addresses=127.0.0.1", "fsync=off",
      "dynamic_shared_memory_type=mmap", "ssl=on",
      "max_connections=100", "hot_standby=\(isStandby ? "off" : "on")",
    ]
    let server = ["\(PostgresServer.binaries)/postgres", "-D", directory] + settings.flatMap { ["-c", $0] }
    let command = (PostgresServer.asPostgres + server).joined(separator: " ")
    holder = try Holder(running: "\(command) 2>\(directory)/log", removing: directory)
    try await untilAnswering(isStandby: isStandby)
  }

  /// A URL of this server.
  func url(user: String = "postgres", password: String? = nil, database: String = "postgres", _ query: String = "")
    throws -> ConnectionString
  {
    let login = password.map { "\(user):\($0)" } ?? user
    return try ConnectionString("postgresql://\(login)@127.0.0.1:\(port)/\(database)?\(query)")
  }

  func connector(_ string: ConnectionString? = nil, on loop: EventLoop) throws -> Connector {
    try Connector(string ?? url(), on: loop, resolver: Resolver(on: loop))
  }

  /// Ends the server as a crash would.
  ///
  /// Its processes end once they miss it, when its port is closed.
  func crash() { kill(holder.pid, SIGKILL) }

  /// Sends `signal` to the server and to its processes.
  func signal(_ signal: Int32) {
    let pid = holder.pid
    let children = try? String(contentsOfFile: "/proc/\(pid)/task/\(pid)/children", encoding: .utf8)
    for child in children?.split(separator: " ").compactMap({ pid_t($0) }) ?? [] { kill(child, signal) }
    kill(pid, signal)
  }

  func stop() {
    crash()
    holder.end()
  }

  private func untilAnswering(isStandby: Bool) async throws {
    try await onLoop { loop in
      let deadline = Instant.inSeconds(30)
      while true {
        let connector = try self.connector(on: loop)
        do throws(PostgresError) {
          return try await connector.connect(before: deadline).close()
        } catch {
          if isStandby, error.reason == .starting { return }
          guard Instant.now < deadline else { throw error }
          await loop.sleep(until: .inSeconds(0.02))
        }
      }
    }
  }

  // MARK: Files

  private static let binaries = "/usr/lib/postgresql/15/bin"
  /// PostgreSQL refuses to run as root.
  private static let asPostgres =
    geteuid() == 0 ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] : []

  /// A database directory with the roles and the certificate that the tests use, made once.
  private static let template = Result<(directory: String, holder: Holder), any Error> {
    let directory = try makeDirectory()
    let holder = try Holder(running: "true", removing: directory)
    try run(
      asPostgres + ["\(binaries)/initdb", "-D", directory, "-U", "postgres", "-A", "trust", "--no-sync", "-E", "UTF8"])
    try run(
      asPostgres + [
        "openssl", "req", "-new", "-x509", "-nodes", "-days", "2", "-subj", "/CN=db.example", "-newkey", "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-keyout", "\(directory)/server.key", "-out", "\(directory)/server.crt",
      ])
    try run(asPostgres + ["chmod", "0600", "\(directory)/server.key"])
    let access = """
      local all all trust
      host all keeper 127.0.0.1/32 scram-sha-256
      host all stranger 127.0.0.1/32 reject
      host all all 127.0.0.1/32 trust

      """
    try access.write(toFile: "\(directory)/pg_hba.conf", atomically: false, encoding: .utf8)
    let roles =
      "CREATE ROLE keeper LOGIN PASSWORD 's3cret'; CREATE ROLE stranger LOGIN; CREATE ROLE one LOGIN CONNECTION LIMIT 1;"
    try run(asPostgres + ["\(binaries)/postgres", "--single", "-j", "-D", directory, "postgres"], input: roles)
    return (directory, holder)
  }

  private static func makeDirectory() throws -> String {
    let directory = "\(NSTemporaryDirectory())vitals-postgres-\(UUID().uuidString.prefix(8))"
    try run(
      ["install", "-d", "-m", "0700"] + (geteuid() == 0 ? ["-o", "postgres", "-g", "postgres"] : []) + [directory])
    return directory
  }

  private static func run(_ command: [String], input: String = "") throws {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = command
    process.currentDirectoryURL = URL(filePath: "/")
    let pipe = Pipe()
    process.standardInput = pipe
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    pipe.fileHandleForWriting.write(Data(input.utf8))
    try pipe.fileHandleForWriting.close()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw CommandFailed(command: command.joined(separator: " ")) }
  }

  private struct CommandFailed: Error {
    var command: String
  }
}
