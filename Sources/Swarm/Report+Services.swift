import Metrics

extension Report {
  static var serviceParts: [Part] {
    let gauges: [Part] = ServiceGauge.all.map { gauge in { [$0.family(gauge)] } }
    return [{ [$0.images] }, { [$0.tasksByState] }, { [$0.failures, $0.restarts] }, { [$0.updateStates] }] + gauges
  }

  private func family(_ gauge: ServiceGauge) -> Family {
    var family = Family.gauge(gauge.name, gauge.help)
    for (account, labels) in zip(snapshot.services, serviceLabels) {
      guard let value = gauge.value(account, ledger[account.service.id]) else { continue }
      family.add(value, gauge.hasMode ? labels.adding("mode", account.service.mode.name) : labels)
    }
    return family
  }

  private var images: Family {
    var family = Family("swarm_service_info", .info, help: "The mode and the image of a service.")
    for (account, labels) in zip(snapshot.services, serviceLabels) {
      family.add(1, labels.adding("mode", account.service.mode.name).adding("image", account.service.image))
    }
    return family
  }

  private var tasksByState: Family {
    var family = Family.gauge(
      "swarm_service_tasks", "Current tasks of a service by state, without those that were replaced.")
    for (account, labels) in zip(snapshot.services, serviceLabels) {
      for group in TaskGroup.allCases { family.add(account.tasks[group], labels.adding("state", group.name)) }
    }
    return family
  }

  private var failures: Family {
    var family = Family(
      "swarm_service_task_failures_total", .counter,
      help: "Tasks that failed. The reason oom is SIGKILL, which the kernel sends above the memory limit.")
    for (account, labels) in zip(snapshot.services, serviceLabels) {
      let tally = ledger[account.service.id]
      for reason in FailureLedger.Reason.allCases {
        family.add(tally.failures[reason] ?? 0, labels.adding("reason", reason.rawValue))
      }
    }
    return family
  }

  private var restarts: Family {
    var family = Family(
      "swarm_service_task_restarts_total", .counter, help: "Tasks that ended by themselves and were replaced.")
    for (account, labels) in zip(snapshot.services, serviceLabels) {
      family.add(ledger[account.service.id].restarts, labels)
    }
    return family
  }

  private var updateStates: Family {
    var family = Family.gauge(
      "swarm_service_update_state", "The state of the last update: 1 for the present one, none before the first.")
    for (account, labels) in zip(snapshot.services, serviceLabels) {
      let present = account.service.update?.state
      family.add(present == nil, labels.adding("state", "none"))
      for state in Service.Update.State.allCases {
        family.add(state == present, labels.adding("state", state.rawValue))
      }
    }
    return family
  }
}

extension Family {
  /// A gauge whose unit, if it has one, is the end of its name.
  static func gauge(_ name: String, _ help: String) -> Family {
    Family(name, .gauge, help: help, unit: ["seconds", "bytes"].first { name.hasSuffix("_" + $0) })
  }
}
