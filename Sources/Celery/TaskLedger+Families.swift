import Metrics

extension TaskLedger {
  /// The families of what was counted.
  ///
  /// A pair of name and queue has all counters as soon as it has one, so that a ratio of two of them has a value.
  var families: [Family] {
    let series = tallies.map { pair, tally in
      (labels: Labels([("name", names[pair.name]), ("queue_name", queues[pair.queue])]), pair: pair, tally: tally)
    }
    var families = TaskEvent.Kind.allCases.map { kind in
      var family = Family("celery_task_\(kind.rawValue)_total", .counter, help: kind.help)
      for each in series {
        if kind == .failed {
          family.add(0, each.labels.adding("exception", ""))
          for (exception, count) in each.tally.failures {
            family.add(count, each.labels.adding("exception", exceptions[exception]))
          }
        } else {
          family.add(each.tally.counts[kind.index], each.labels)
        }
      }
      return family
    }
    var runtimes = Family(
      "celery_task_runtime_seconds", .histogram, help: "How long tasks ran that succeeded.", unit: "seconds")
    // For the dashboards that were made for celery-exporter.
    var compatible = Family(
      "celery_task_runtime", .histogram,
      help: "How long tasks ran that succeeded, in seconds, by celery-exporter's name.")
    var byName: [Int: Distribution] = [:]
    for each in series {
      guard let distribution = each.tally.runtimes else { continue }
      compatible.add(distribution, each.labels)
      byName[each.pair.name, default: Distribution(bounds: TaskLedger.bounds)] += distribution
    }
    for (name, distribution) in byName { runtimes.add(distribution, ["name": names[name]]) }
    families += [runtimes, compatible]
    return families
  }
}

extension TaskEvent.Kind {
  fileprivate var help: String {
    switch self {
    case .sent: "Tasks that clients sent; told with task_send_sent_event only."
    case .received: "Tasks that workers received."
    case .started: "Tasks that workers began."
    case .succeeded: "Tasks that succeeded."
    case .failed: "Tasks that failed, by the exception's class."
    case .rejected: "Tasks that were rejected."
    case .revoked: "Tasks that were revoked or had expired."
    case .retried: "Tasks that failed and will be tried again."
    }
  }
}
