import EventLoop

extension Report {
  /// The names of draft-inadarei-api-health-check-06 and, as its section 4.10 allows, some more in each check.
  func writeJSON(into out: inout [UInt8]) {
    JSONWriter.append(to: &out) { json in
      json.beginObject()
      json.key("status")
      json.value(status.rawValue)
      json.key("version")
      json.value(service.version)
      json.key("releaseId")
      json.value(service.releaseID)
      json.key("serviceId")
      json.value(service.serviceID)
      if let description = service.description {
        json.key("description")
        json.value(description)
      }
      if status != .pass { writeTrouble(into: &json) }
      json.key("checks")
      json.beginObject()
      for check in checks { write(check, into: &json) }
      if !isSingle { writeUptime(into: &json) }
      json.endObject()
      if !isSingle { writeLinks(into: &json) }
      json.endObject()
    }
  }

  /// What is wrong with the service, by check and in one line.
  private func writeTrouble(into json: inout JSONWriter) {
    let notes = checks.compactMap { $0.note(at: now) }
    if !notes.isEmpty {
      json.key("notes")
      json.beginArray()
      for note in notes { json.value(note) }
      json.endArray()
    }
    if let output {
      json.key("output")
      json.value(output)
    }
  }

  private func write(_ check: CheckState, into json: inout JSONWriter) {
    let verdict = check.verdict(at: now)
    json.key(check.name, ":responseTime")
    json.beginArray()
    json.beginObject()
    json.key("componentType")
    json.value(check.componentType.rawValue)
    if verdict.status == .pass, let duration = check.lastDuration {
      json.key("observedValue")
      json.value(milliseconds: duration)
      json.key("observedUnit")
      json.value("ms")
    }
    json.key("status")
    json.value(verdict.status.rawValue)
    if let reason = verdict.reason {
      json.key("reason")
      json.value(reason.rawValue)
      json.key("output")
      json.value(reason.explanation)
    }
    if let run = check.lastRun {
      json.key("time")
      json.value(run.wall)
    }
    json.key("critical")
    json.value(check.policy.critical)
    if let age = check.age(at: now) {
      json.key("ageMs")
      json.value(age.nanoseconds / 1_000_000)
    }
    json.key("consecutiveFailures")
    json.value(Int64(check.consecutiveFailures))
    if let since = check.since(at: now) {
      json.key("since")
      json.value(since)
    }
    if let success = check.lastSuccess {
      json.key("lastSuccess")
      json.value(success)
    }
    json.endObject()
    json.endArray()
  }

  private func writeUptime(into json: inout JSONWriter) {
    json.key("uptime")
    json.beginArray()
    json.beginObject()
    json.key("componentType")
    json.value(ComponentType.system.rawValue)
    json.key("observedValue")
    json.value((now - service.started).nanoseconds / 1_000_000_000)
    json.key("observedUnit")
    json.value("s")
    json.key("status")
    json.value(Status.pass.rawValue)
    json.key("time")
    json.value(wall)
    json.endObject()
    json.endArray()
  }

  private func writeLinks(into json: inout JSONWriter) {
    json.key("links")
    json.beginObject()
    json.key("about")
    json.value("/")
    json.key("https://prometheus.io/")
    json.value("/metrics")
    json.endObject()
  }
}

extension CheckState {
  /// What a person should know about a check that does not pass.
  fileprivate func note(at now: Instant) -> String? {
    let verdict = verdict(at: now)
    guard let reason = verdict.reason else { return nil }
    if verdict.status == .warn {
      return "\(name): \(reason.explanation), \(consecutiveFailures) of \(policy.failures) failures"
    }
    return "\(name): \(reason.explanation)\(policy.critical ? "" : " (optional)")"
  }
}
