import Foundation

/// One round of wrk against one server, and what it cost the server.
struct Load: Encodable {
  let requests: Int
  let seconds: Double
  let p50: Double
  let p99: Double
  /// User and system time of the server and its children, in seconds.
  let serverCPU: Double
  /// The same of wrk: near `seconds`, it was the generator that limited the round.
  let generatorCPU: Double
  /// What all else on the machine used meanwhile: the databases, and what disturbs the round.
  let othersCPU: Double
  /// Answers other than 2xx and 3xx.
  let refused: Int
  let socketErrors: Int

  var rate: Double { Double(requests) / seconds }
  /// Microseconds of server time a request.
  var cpu: Double { serverCPU * 1e6 / Double(requests) }

  /// What wrk is to send.
  struct Plan {
    var connections = 32
    var seconds: Int
    var headers: [String] = []
    /// Whether answers like 503 are part of what is measured.
    var expectsRefusals = false
  }

  /// Latencies are in microseconds, `p50` and `p99` of all requests of the round.
  ///
  /// - Throws: ``Failure`` when wrk does not run, or the answers are not what the plan expects.
  static func run(_ path: String, of server: Server, _ plan: Plan, in bench: Bench) throws -> Load {
    let tree = ProcessTree(root: server.child.pid)
    let before = tree.cpuSeconds
    let machineBefore = Machine.cpuSeconds
    let headers = plan.headers.flatMap { ["--header", $0] }
    let (output, exit) = try bench.workspace.run(
      ["wrk", "--threads", "1", "--connections", "\(plan.connections)", "--duration", "\(plan.seconds)s"] + headers
        + ["--script", "\(bench.options.peers)/report.lua", "http://127.0.0.1:\(server.port)\(path)"])
    let load = try Load(
      output, serverCPU: tree.cpuSeconds - before, generatorCPU: exit.cpuSeconds,
      machineCPU: Machine.cpuSeconds - machineBefore)
    guard load.requests > 0, load.socketErrors == 0, plan.expectsRefusals || load.refused == 0 else {
      throw Failure(
        "\(server.name) \(path): \(load.requests) requests, \(load.refused) refused, \(load.socketErrors) socket errors"
      )
    }
    return load
  }

  /// Reads the line that `report.lua` writes.
  private init(_ output: String, serverCPU: Double, generatorCPU: Double, machineCPU: Double) throws {
    guard let line = output.split(separator: "\n").last(where: { $0.hasPrefix("result ") }) else {
      throw Failure("wrk gave no result: \(output)")
    }
    var values: [Substring: Int] = [:]
    for field in line.split(separator: " ").dropFirst() {
      let pair = field.split(separator: "=")
      values[pair[0]] = pair.count == 2 ? Int(pair[1]) : nil
    }
    requests = values["requests", default: 0]
    seconds = Double(values["duration", default: 0]) / 1e6
    p50 = Double(values["p50", default: 0])
    p99 = Double(values["p99", default: 0])
    refused = values["status", default: 0]
    socketErrors = values["socket", default: 0]
    self.serverCPU = serverCPU
    self.generatorCPU = generatorCPU
    othersCPU = max(0, machineCPU - serverCPU - generatorCPU)
  }
}
