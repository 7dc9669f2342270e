import Health
import Testing

@testable import StatusPage

@Suite struct JudgementTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var service: Overview.Service
    var severity: Severity
    /// Without markup.
    var remarks: [String]

    init(
      _ description: String, running: Int = 3, of desired: Int = 3, _ severity: Severity, _ remarks: [String] = [],
      change: (inout Overview.Service) -> Void = { _ in }
    ) {
      testDescription = description
      service = Overview.Service(name: "web", desired: desired, running: running)
      change(&service)
      self.severity = severity
      self.remarks = remarks
    }
  }

  private static func failure(_ reason: Overview.Failure.Reason, _ code: Int? = nil, ago: Int64) -> Overview.Failure {
    Overview.Failure(reason, exitCode: code, time: Sample.time(ago))
  }

  @Test(arguments: [
    Case("all run", .good),
    Case("more run than are wanted, as in a start-first update", running: 4, .good),
    Case("scaled to zero", running: 0, of: 0, .good),
    Case("one is missing", running: 2, .warn),
    Case("none runs", running: 0, .fail),
    Case("a task finds no node", running: 2, .warn, ["no node can take a task, for 2 min"]) {
      $0.pendingSince = Sample.time(120)
    },
    Case("a job runs", running: 1, of: 1, .good, ["2 of 3 done"]) { ($0.isJob, $0.completed) = (true, (2, 3)) },
    Case("a job waits", running: 0, of: 1, .warn, ["0 of 1 done"]) { ($0.isJob, $0.completed) = (true, (0, 1)) },
    Case("a job is done", running: 0, of: 0, .good, ["1 of 1 done"]) { ($0.isJob, $0.completed) = (true, (1, 1)) },
    Case("an update goes on", .note, ["updating"]) { $0.update = .init(.updating, updated: 1) },
    Case("an update was paused", .warn, ["update paused"]) { $0.update = .init(.paused, updated: 1) },
    Case("an update is taken back", .note, ["rolling back"]) { $0.update = .init(.rollingBack, updated: 1) },
    Case("that was paused", .warn, ["rollback paused"]) { $0.update = .init(.rollbackPaused, updated: 1) },
    Case("an update was taken back lately", .warn, ["update rolled back 10 min ago"]) {
      $0.update = .init(.rolledBack, updated: 3, ended: Sample.time(600))
    },
    Case("and long ago", .good) { $0.update = .init(.rolledBack, updated: 3, ended: Sample.time(3601)) },
    Case("an update is complete", .good) { $0.update = .init(.completed, updated: 3, ended: Sample.time(1)) },
    Case("a task failed lately", .warn, ["a task ended with exit code 3, 1 min ago"]) {
      $0.lastFailure = failure(.exit, 3, ago: 60)
    },
    Case("for its health", .warn, ["a task failed its health check, 4 s ago"]) {
      $0.lastFailure = failure(.unhealthy, 137, ago: 4)
    },
    Case("for its memory", .warn, ["a task was killed, as the kernel does above the memory limit, 4 s ago"]) {
      $0.lastFailure = failure(.oom, 137, ago: 4)
    },
    Case("before it began", .warn, ["a task could not be started on its node, 4 s ago"]) {
      $0.lastFailure = failure(.rejected, ago: 4)
    },
    Case("with its node", .warn, ["a task was given up with its node, 4 s ago"]) {
      $0.lastFailure = failure(.orphaned, ago: 4)
    },
    Case("a task failed long ago", .good) { $0.lastFailure = failure(.exit, 3, ago: 300) },
  ])
  func `a service is judged by what an operator would do about it`(example: Case) {
    let moment = Moment(wall: Sample.wall)
    #expect(example.service.severity(at: moment) == example.severity)
    let remarks = example.service.remarks(at: moment).map {
      String(decoding: $0.bytes, as: UTF8.self).replacing("\u{A0}", with: " ").replacing(/<[^>]*>/, with: "")
    }
    #expect(remarks == example.remarks)
  }

  @Test(arguments: [
    ("ready", "active", nil, Severity.good, "ready"), ("ready", "active", true, .good, "ready"),
    ("ready", "active", false, .warn, "unreachable"), ("down", "active", false, .fail, "down"),
    ("down", "drain", nil, .fail, "down"), ("unknown", "active", nil, .warn, "unknown"),
    ("disconnected", "active", nil, .warn, "disconnected"), ("ready", "drain", nil, .note, "drained"),
    ("ready", "pause", true, .note, "paused"),
  ])
  func `a node is judged by whether tasks run there`(
    state: String, availability: String, isReachable: Bool?, severity: Severity, condition: String
  ) {
    let manager = isReachable.map { Overview.Node.Manager(isLeader: false, isReachable: $0) }
    let node = Overview.Node(
      name: "n", state: state, availability: availability, manager: manager, runningTasks: 0)
    #expect(node.severity == severity)
    #expect(String(decoding: node.condition.bytes, as: UTF8.self) == condition)
  }
}
