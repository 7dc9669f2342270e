import Glibc

/// A server under measurement, on the server's core.
struct Server {
  let name: String
  let child: Child
  let port: UInt16

  /// Starts a program and waits until it answers `path` with 200.
  ///
  /// `arguments` is given the port to listen on.
  init(
    _ name: String, answers path: String, environment: [String: String] = [:], stopSignal: Int32 = SIGKILL,
    in bench: Bench, _ arguments: (UInt16) throws -> [String]
  ) throws {
    self.name = name
    port = try Connection.freePort()
    child = try bench.workspace.start(
      name, try arguments(port), environment: environment, core: bench.workspace.cores.server, stopSignal: stopSignal)
    do {
      try Connection.awaitReady(path, port: port, child: child)
    } catch {
      bench.workspace.stop(child)
      throw error
    }
  }

  var tree: ProcessTree { ProcessTree(root: child.pid) }
}
