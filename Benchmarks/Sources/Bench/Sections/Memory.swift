/// Anonymous resident memory: after many requests, and of connections that are only open.
enum Memory {
  static let connections = 5000
  /// What counts as none, in KiB: some pages come and go, and a leak of one byte a request would be a thousand.
  private static let growth = 64.0

  static func run(in bench: Bench, report: inout Report) throws {
    let vitals = try Vitals.start(in: bench)
    defer { bench.workspace.stop(vitals.child) }
    let nginx = try Nginx.start(sameAs: vitals, in: bench)
    defer { bench.workspace.stop(nginx.child) }

    let requests = bench.options.memoryRequests
    let first = try anonymous(of: vitals, after: requests, in: bench)
    let second = try anonymous(of: vitals, after: requests, in: bench)
    let count = requests < 1_000_000 ? "\(requests / 1000) k" : "\(requests / 1_000_000) M"
    report.add(
      .init(figure: "anonymous memory after \(count) requests", vitals: first / 1e6, unit: "MB", target: .atMost(6)))
    report.add(
      .init(
        figure: "its growth over as many again", vitals: (second - first) / 1024, unit: "KiB",
        target: .atMost(growth)))

    progress("\(connections) idle connections")
    let ours = try idle(at: vitals)
    let theirs = try idle(at: nginx)
    report.add(
      .init(
        figure: "memory an idle connection", vitals: ours / 1024, unit: "KiB", peerName: nginx.name,
        peer: theirs / 1024, ratio: ours / theirs, target: .atMost(4)))
  }

  private static func anonymous(of server: Server, after requests: Int, in bench: Bench) throws -> Double {
    var sent = 0
    while sent < requests {
      progress("\(sent) of \(requests) requests")
      sent += try Load.run("/health/", of: server, .init(seconds: bench.options.isQuick ? 1 : 5), in: bench).requests
    }
    return server.tree.anonymousBytes
  }

  /// Bytes a connection that has had an answer and stays open.
  private static func idle(at server: Server) throws -> Double {
    let before = server.tree.anonymousBytes
    let open = try (0..<connections).map { _ in
      let connection = try Connection(port: server.port)
      guard try connection.get("/health/live").status == 200 else {
        throw Failure("\(server.name) refused a connection")
      }
      return connection
    }
    return withExtendedLifetime(open) { (server.tree.anonymousBytes - before) / Double(connections) }
  }
}
