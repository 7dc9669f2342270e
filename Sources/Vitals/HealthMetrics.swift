import EventLoop
import Health
import Metrics

extension HealthBoard {
  /// The `health_` families: what `/health/` says at this moment, as numbers.
  func families() -> [Family] {
    let report = self.report()
    var status = Family(
      "health_status", .gauge, help: "Overall verdict: 1 for the status that holds, 0 for the others.")
    for each in Health.Status.allCases { status.add(report.status == each, ["status": each.rawValue]) }
    var draining = Family(
      "health_draining", .gauge, help: "Whether the service was told to stop and is telling its clients.")
    draining.add(lifecycle == .draining)
    var up = Family("health_check_up", .gauge, help: "Whether the check's verdict is pass or warn.")
    var verdict = Family("health_check_status", .gauge, help: "The check's verdict: 1 for the status that holds.")
    var duration = Family(
      "health_check_duration_seconds", .gauge, help: "How long the last successful run took.", unit: "seconds")
    var success = Family(
      "health_check_last_success_timestamp_seconds", .gauge, help: "When the last successful run ended.",
      unit: "seconds")
    var age = Family("health_check_age_seconds", .gauge, help: "How long ago the last run ended.", unit: "seconds")
    var consecutive = Family("health_check_consecutive_failures", .gauge, help: "Failed runs since the last success.")
    var runs = Family(
      "health_check_runs_total", .counter, help: "Runs by result: the reason of a failure, or success.")
    var transitions = Family(
      "health_check_transitions_total", .counter, help: "Changes of the check's status, by the new one.")
    var reconnects = Family("health_check_reconnects_total", .counter, help: "Connections opened after the first.")
    for check in report.checks {
      let name = check.name
      let now = check.verdict(at: report.now)
      up.add(now.status != .fail, ["check": name, "critical": String(check.policy.critical)])
      for each in Health.Status.allCases { verdict.add(now.status == each, ["check": name, "status": each.rawValue]) }
      if let last = check.lastDuration { duration.add(last.inSeconds, ["check": name]) }
      if let last = check.lastSuccess { success.add(last.seconds, ["check": name]) }
      if let elapsed = check.age(at: report.now) { age.add(elapsed.inSeconds, ["check": name]) }
      consecutive.add(check.consecutiveFailures, ["check": name])
      runs.add(check.successes, ["check": name, "result": "success"])
      for (reason, count) in check.failures { runs.add(count, ["check": name, "result": reason.rawValue]) }
      for each in Health.Status.allCases {
        transitions.add(check.transitions[each] ?? 0, ["check": name, "to": each.rawValue])
      }
      reconnects.add(check.reconnects, ["check": name])
    }
    return [status, draining, up, verdict, duration, success, age, consecutive, runs, transitions, reconnects]
  }
}
