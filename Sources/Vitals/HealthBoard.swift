import EventLoop
import Glibc
package import Health
import Metrics

/// What the service knows of its health: workers write it, routes read it, all on the loop's thread.
final class HealthBoard: @unchecked Sendable {
  /// A loop that is late by more than this with work that is due each second is stuck.
  ///
  /// It matters to whoever restarts containers, so it is far above what a busy machine causes.
  private static let heartbeatBound = Duration.seconds(10)

  let info: ServiceInfo
  private let loop: EventLoop
  private(set) var checks: [CheckState]
  private(set) var lifecycle = Lifecycle.starting
  /// Changes whenever anything here does but the time.
  private(set) var generation = 0
  private var heartbeat: Instant
  private var container = ContainerProbe()
  /// How late the heartbeat's timer ran, in seconds.
  private let lag = Histogram(bounds: [0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5])

  init(_ checks: [CheckState], info: ServiceInfo, on loop: EventLoop) {
    self.checks = checks
    self.info = info
    self.loop = loop
    heartbeat = loop.now
  }

  /// Changes what is known of one check.
  func update(_ index: Int, _ body: (inout CheckState) -> Void) {
    body(&checks[index])
    generation += 1
    // The container's probe latches at the moment of readiness, not at the next time somebody asks.
    _ = containerAnswer()
  }

  /// Moves on in the service's life.
  func enter(_ lifecycle: Lifecycle) {
    self.lifecycle = lifecycle
    generation += 1
    _ = containerAnswer()
  }

  /// Shows that the loop gets its work done and measures how late it is, until the task ends with the loop.
  func beat() async {
    while true {
      let due = loop.now + .seconds(1)
      await loop.sleep(until: due)
      heartbeat = .now
      lag.observe((heartbeat - due).inSeconds)
    }
  }

  /// How late timers run, which is how long a request may wait for the loop.
  func lagFamilies() -> [Family] {
    var family = Family(
      "vitals_event_loop_lag_seconds", .histogram,
      help: "How late a timer ran that is due each second; timers are rounded up to a millisecond.", unit: "seconds")
    family.add(lag)
    return [family]
  }

  // MARK: Answers

  func report() -> Report {
    Report(checks, service: info, lifecycle: lifecycle, now: loop.now, wall: .now)
  }

  func report(single index: Int) -> Report {
    Report(single: checks[index], service: info, now: loop.now, wall: .now)
  }

  func liveAnswer() -> ProbeAnswer {
    Probe.live(heartbeatAge: loop.now - heartbeat, bound: HealthBoard.heartbeatBound)
  }

  func readyAnswer() -> ProbeAnswer { Probe.ready(report()) }

  func containerAnswer() -> ProbeAnswer { container.answer(ready: readyAnswer(), live: liveAnswer()) }
}

extension WallTime {
  /// The present.
  package static var now: WallTime {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return WallTime(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
  }
}
