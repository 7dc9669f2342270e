/// What a path answers that has no details to give: a status and, where it does not pass, why.
package struct ProbeAnswer: Hashable, Sendable {
  package var status: Status
  /// In one line why; `nil` on a pass.
  package var output: String?

  package init(status: Status, output: String? = nil) {
    self.status = status
    self.output = output
  }

  /// The status code of the answer: 200, or 503 on `fail`.
  package var code: Int { status.code }

  /// Appends the body of the answer.
  package func write(_ format: BodyFormat, into out: inout [UInt8]) {
    switch format {
    case .json, .healthJSON:
      JSONWriter.append(to: &out) { json in
        json.beginObject()
        json.key("status")
        json.value(status.rawValue)
        if let output {
          json.key("output")
          json.value(output)
        }
        json.endObject()
      }
    case .text:
      out.append(contentsOf: status.rawValue.utf8)
      out.append("\n")
      if let output {
        out.append(contentsOf: output.utf8)
        out.append("\n")
      }
    }
  }
}

/// The questions that an orchestrator asks, each answered from what is known already.
package enum Probe {
  /// Whether to leave the process running rather than restart it.
  ///
  /// It looks at no dependency, because restarting this process mends none.
  ///
  /// - Parameters:
  ///   - heartbeatAge: how long ago the event loop last did its periodic work.
  ///   - bound: from when on it is taken for stuck.
  /// - Returns: `pass` or `fail`.
  package static func live(heartbeatAge: Duration, bound: Duration) -> ProbeAnswer {
    heartbeatAge <= bound ? ProbeAnswer(status: .pass) : ProbeAnswer(status: .fail, output: "event loop is stuck")
  }

  /// Whether to route requests to the process.
  package static func ready(_ report: Report) -> ProbeAnswer {
    ProbeAnswer(status: report.status, output: report.output)
  }
}

/// The single probe that Docker Swarm has for a container, which has to serve as start-up gate and liveness probe both.
///
/// It fails until the service has been ready once, so that Swarm sends it no traffic before. From then on it is the
/// liveness probe: a container that Swarm finds unhealthy is killed, and an outage of the database must not kill every
/// replica.
package struct ContainerProbe: Sendable {
  /// Whether the service has been ready once.
  package private(set) var hasBeenReady = false

  package init() {}

  /// The answer, given those of the other two.
  package mutating func answer(ready: ProbeAnswer, live: ProbeAnswer) -> ProbeAnswer {
    if ready.status != .fail { hasBeenReady = true }
    return hasBeenReady ? live : ready
  }
}
