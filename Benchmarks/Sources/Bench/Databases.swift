import Foundation

/// A private PostgreSQL and a private Redis on free ports.
struct Databases {
  let postgres: Child
  let postgresURL: String
  let redisURL: String

  init(in workspace: Workspace) throws {
    let core = workspace.cores.databases
    let postgresPort = try Connection.freePort()
    let data = workspace.path("postgres")
    try FileManager.default.createDirectory(atPath: data, withIntermediateDirectories: false)
    // PostgreSQL refuses to run as root.
    if geteuid() == 0 { try workspace.run(["chown", "postgres", data]) }
    try workspace.run(
      ["initdb", "--pgdata", data, "--username", "vitals", "--auth", "trust", "--no-sync"], user: "postgres")
    postgres = try workspace.start(
      "postgres",
      [
        "postgres", "-D", data, "-p", "\(postgresPort)", "-h", "127.0.0.1", "-c", "unix_socket_directories=",
        "-c", "max_connections=200",
      ],
      core: core, stopSignal: SIGQUIT, user: "postgres")
    postgresURL = "postgresql://vitals@127.0.0.1:\(postgresPort)/postgres?sslmode=disable"

    let redisPort = try Connection.freePort()
    _ = try workspace.start(
      "redis",
      [
        "redis-server", "--bind", "127.0.0.1", "--port", "\(redisPort)", "--save", "", "--dir", workspace.directory,
      ],
      core: core)
    redisURL = "redis://127.0.0.1:\(redisPort)/0"

    try poll(for: "PostgreSQL") {
      (try? workspace.run(["pg_isready", "-h", "127.0.0.1", "-p", "\(postgresPort)"])) != nil
    }
    try poll(for: "Redis") { (try? workspace.run(["redis-cli", "-p", "\(redisPort)", "ping"])) != nil }
  }
}
