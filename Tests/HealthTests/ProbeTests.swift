import EventLoop
import Health
import Testing

@Suite struct ProbeTests {
  private func body(_ answer: ProbeAnswer, _ format: BodyFormat = .json) -> String {
    var bytes: [UInt8] = []
    answer.write(format, into: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  @Test func `live looks at the heartbeat alone`() {
    #expect(Probe.live(heartbeatAge: .seconds(3), bound: .seconds(3)).code == 200)
    let stuck = Probe.live(heartbeatAge: .seconds(4), bound: .seconds(3))
    #expect(stuck.code == 503)
    #expect(body(stuck) == #"{"status":"fail","output":"event loop is stuck"}"#)
  }

  @Test func `ready is the service's verdict`() {
    var redis = Timeline()
    redis.pass(at: 0)
    #expect(Probe.ready(report([redis], at: 1)) == ProbeAnswer(status: .pass))
    #expect(Probe.ready(report([redis], .draining, at: 1)) == ProbeAnswer(status: .fail, output: "draining"))
    #expect(Probe.ready(report([redis], .starting, at: 1)) == ProbeAnswer(status: .fail, output: "pending"))
    redis.fail(.timeout, at: 1)
    #expect(Probe.ready(report([redis], at: 1)) == ProbeAnswer(status: .warn, output: "redis timeout"))
    redis.fail(.refused, at: 1)
    let answer = Probe.ready(report([redis], at: 1))
    #expect(answer.code == 503)
    #expect(body(answer) == #"{"status":"fail","output":"redis refused"}"#)
    #expect(body(answer, .text) == "fail\nredis refused\n")
  }

  /// Whether the service is ready and live at each probe, and what the container's probe says.
  @Test(arguments: [
    ([(false, true), (false, true)], [503, 503]),
    ([(false, true), (true, true), (false, true)], [503, 200, 200]),
    ([(true, true), (false, false), (false, true)], [200, 503, 200]),
    ([(true, false), (false, true)], [503, 200]),
    ([(false, false)], [503]),
  ])
  func `the container's probe waits for ready once and then is liveness`(probes: [(Bool, Bool)], codes: [Int]) {
    var container = ContainerProbe()
    let answers = probes.map { ready, live in
      container.answer(
        ready: ProbeAnswer(status: ready ? .warn : .fail, output: "why"),
        live: ProbeAnswer(status: live ? .pass : .fail))
    }
    #expect(answers.map(\.code) == codes)
  }
}
