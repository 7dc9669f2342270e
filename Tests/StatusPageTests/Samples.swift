import EventLoop
import Health

@testable import StatusPage

/// Pages of made-up services.
enum Sample {
  static let now = Instant(nanoseconds: 7_200_000_000_000)
  static let wall = WallTime(milliseconds: 1_795_430_918_000)

  static func time(_ secondsAgo: Int64) -> WallTime { WallTime(milliseconds: wall.milliseconds - secondsAgo * 1000) }

  /// A check that has run each 5 s for `minutes`, and failed for `reason` where `fails` says so, by the seconds ago.
  static func check(
    _ name: String, policy: CheckPolicy = CheckPolicy(), minutes: Int64 = 75, latency: Double = 0.4,
    reason: Reason = .refused, fails: (Int64) -> Bool = { _ in false }
  ) -> CheckState {
    var state = CheckState(name: name, componentType: .datastore, policy: policy)
    var noise: UInt64 = UInt64(name.utf8.reduce(7) { ($0 &* 31 &+ Int($1)) & 0xffff })
    for ago in stride(from: minutes * 60, through: 2, by: -5) {
      noise = noise &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let random = Double(noise >> 40) / Double(1 << 24)
      let spike = random > 0.97 ? 4.0 : 1
      let duration = Duration.microseconds(Int64(latency * (0.7 + 0.6 * random) * spike * 1000))
      let outcome: Result<Duration, CheckFailure> = fails(ago) ? .failure(CheckFailure(reason)) : .success(duration)
      state.record(outcome, at: Instant(nanoseconds: now.nanoseconds - ago * 1_000_000_000), wall: time(ago))
    }
    return state
  }

  static func report(_ checks: [CheckState], _ lifecycle: Lifecycle = .serving) -> Report {
    let info = ServiceInfo(
      releaseID: "0.1.0", serviceID: "vitals-1", started: Instant(nanoseconds: now.nanoseconds - 4_512_000_000_000))
    return Report(checks, service: info, lifecycle: lifecycle, now: now, wall: wall)
  }

  static func page(_ checks: [CheckState], _ overview: Overview = Overview(), _ lifecycle: Lifecycle = .serving)
    -> String
  {
    String(decoding: Page(report(checks, lifecycle), overview).render(), as: UTF8.self)
  }

  /// A swarm in which all is well.
  static var swarm: Overview.Swarm {
    var swarm = Overview.Swarm(state: "manager")
    swarm.taken = time(4)
    swarm.runningTasks = 17
    let names = [
      ("web", 3), ("worker", 2), ("beat", 1), ("postgres", 1), ("redis", 1), ("prometheus", 1), ("grafana", 1),
    ]
    swarm.services = names.map { name, replicas in
      var service = Overview.Service(name: "pilito_\(name)", desired: replicas, running: replicas)
      service.stack = "pilito"
      return service
    }
    swarm.services[4].lastFailure = .init(.exit, exitCode: 1, time: time(266_000))
    var job = Overview.Service(name: "pilito_migrate", desired: 0, running: 0)
    (job.stack, job.isJob, job.completed) = ("pilito", true, (1, 1))
    swarm.services.append(job)
    swarm.nodes = [
      .init(name: "worker1", state: "ready", availability: "active", runningTasks: 4),
      .init(
        name: "node2", state: "ready", availability: "active", manager: .init(isLeader: false, isReachable: true),
        runningTasks: 4),
      .init(
        name: "node1", state: "ready", availability: "active", manager: .init(isLeader: true, isReachable: true),
        runningTasks: 5),
      .init(
        name: "node3", state: "ready", availability: "active", manager: .init(isLeader: false, isReachable: true),
        runningTasks: 4),
    ]
    return swarm
  }

  /// The same swarm in trouble.
  static var troubledSwarm: Overview.Swarm {
    var swarm = self.swarm
    swarm.services[0].update = .init(.updating, updated: 1, started: time(190))
    swarm.services[1].update = .init(.paused, updated: 1, started: time(800))
    swarm.services[1].running = 1
    swarm.services[1].lastFailure = .init(.oom, exitCode: 137, time: time(95))
    swarm.services[2].running = 0
    swarm.services[2].pendingSince = time(200)
    swarm.services[6].update = .init(.rolledBack, updated: 1, started: time(800), ended: time(700))
    swarm.nodes[0].state = "down"
    swarm.nodes[0].runningTasks = 0
    swarm.nodes[3].availability = "drain"
    return swarm
  }

  static var overview: Overview {
    var overview = Overview()
    overview.swarm = swarm
    overview.queues = [
      .init(name: "celery", length: 3), .init(name: "mail", length: 128), .init(name: "reports", length: 0),
    ]
    overview.workers = [
      .init(name: "celery@worker-1", isUp: true, activeTasks: 2, lastHeartbeat: time(1)),
      .init(name: "celery@worker-2", isUp: true, activeTasks: 0, lastHeartbeat: time(2)),
    ]
    overview.sources = ["swarm", "postgresql", "redis", "celery"].map {
      .init(name: $0, isUp: true, lastSuccess: time(4))
    }
    return overview
  }

  static var troubledOverview: Overview {
    var overview = self.overview
    overview.swarm = troubledSwarm
    overview.workers[1].isUp = false
    overview.workers[1].lastHeartbeat = time(340)
    overview.sources[2] = .init(name: "redis", isUp: false, lastSuccess: time(61))
    overview.sources[3] = .init(name: "celery", isUp: nil)
    return overview
  }
}
