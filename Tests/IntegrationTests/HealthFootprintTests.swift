import Foundation
import Testing

/// What an outage leaves behind in the process: nothing.
@Suite(.timeLimit(.minutes(10)))
struct HealthFootprintTests {
  @Test func `fifty outages cost no thread, no descriptor and no memory`() throws {
    let redis = try RedisServer(.init(password: "hunter2"))
    let postgres = try PostgresServer()
    let peer = try FailurePeer(.silent)
    defer {
      redis.stop()
      postgres.stop()
      peer.stop()
    }
    let vitals = try VitalsProcess(
      serve: ["--interval", "100ms", "--redis-url", redis.url()]
        + ["--database-url", postgres.url(), "--check", "web=http://\(peer.address)/,critical=false,timeout=50ms"])
    defer { vitals.kill() }
    try vitals.waitForHealth(200)
    let descriptors = vitals.descriptorCount

    var memory = 0
    for round in 1...50 {
      redis.kill()
      try eventually(within: .seconds(10), every: .milliseconds(2), "failure") {
        try vitals.get("/health/checks/redis").status == 503
      }
      if round.isMultiple(of: 5) {
        try postgres.psql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'vitals'")
      }
      try redis.start()
      try eventually(within: .seconds(10), every: .milliseconds(2), "recovery") {
        try vitals.get("/health/").status == 200
      }
      if round == 10 { memory = vitals.anonymousMemory }
    }
    let growth = vitals.anonymousMemory - memory
    print("growth in 40 outages: \(growth / 1024) KiB of \(memory / 1024) KiB")
    #expect(growth < 512 * 1024)
    try eventually("one thread") { vitals.threadCount == 1 }
    // The check of the peer has one while it runs.
    try eventually(within: .seconds(10), "descriptors as before") { vitals.descriptorCount <= descriptors }
    #expect(try vitals.metric("health_check_transitions_total{check=\"redis\",to=\"fail\"}") == 50)
    #expect(try vitals.metric("health_check_reconnects_total{check=\"redis\"}") ?? 0 >= 50)
  }

  @Test func `a name is resolved beside the loop, and the thread for it is gone afterwards`() throws {
    let vitals = try VitalsProcess(
      serve: ["--interval", "100ms", "--check", "a=tcp://no-such-host.invalid:1", "--check", "b=tcp://localhost:1"],
      environment: ["RES_OPTIONS": "attempts:1"])
    defer { vitals.kill() }
    try vitals.waitForAllResults()
    #expect(try vitals.reason("a") == "dns")
    #expect(try vitals.reason("b") == "refused")
    try eventually(within: .seconds(10), "one thread") { vitals.threadCount == 1 }
  }
}
