import EventLoop
import Glibc
package import Health

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

  /// Shows that the loop gets its work done, until the task ends with the loop.
  func beat() async {
    while true {
      heartbeat = loop.now
      await loop.sleep(until: loop.now + .seconds(1))
    }
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
