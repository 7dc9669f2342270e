import Foundation
import Testing

/// A blip is no outage: only failures in a row count.
@Suite(.timeLimit(.minutes(10)))
struct HealthFlapTests {
  @Test func `every other run may time out, and the service stays healthy`() throws {
    let isDead = Monitor(false)
    let peer = try FailurePeer { number in
      number.isMultiple(of: 2) && !isDead.withLock(\.self) ? .http(200) : .silent
    }
    defer { peer.stop() }
    let vitals = try VitalsProcess(
      serve: ["--interval", "100ms", "--timeout", "150ms", "--failures", "3", "--check", "web=http://\(peer.address)/"])
    defer { vitals.kill() }
    try vitals.waitForHealth(200)
    let watcher = try HealthWatcher(vitals.address)
    defer { watcher.stop() }

    // F, OK, F, OK, F, OK, F, OK, F, OK: five failures in all, each alone.
    try eventually(within: .seconds(20), "ten more runs") { peer.accepted > 11 }
    let seen = watcher.observations
    #expect(seen.allSatisfy { $0.code == 200 }, "\(seen)")
    #expect(seen.filter { $0.output == "web timeout" }.count >= 4)
    #expect(seen.filter { $0.status == "pass" }.count >= 4)

    // Three in a row are one.
    isDead.withLock { $0 = true }
    let failure = try watcher.first("failure") { $0.code == 503 }
    #expect(failure.output == "web timeout")
    #expect(try vitals.health().body["web"]?.consecutiveFailures ?? 0 >= 3)
    isDead.withLock { $0 = false }
    // One success is enough.
    _ = try watcher.first("recovery", since: failure.time) { $0.status == "pass" }
  }
}
