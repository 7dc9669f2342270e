import EventLoop

extension Lint {
  /// Whether an update loses requests, and whether one that fails is noticed and taken back.
  mutating func lintUpdate(_ service: StackService) {
    guard !service.isJob else { return }
    let update = service.updateConfig
    let place = update?.position ?? service.position
    if let parallelism = update?["parallelism"], parallelism.integer == 0, service.replicas != 1 {
      find(
        .parallelismZero, at: parallelism.position, in: service, "all tasks are updated at once",
        "0 means no limit: write 1, or a number smaller than that of replicas.")
    }
    if update?["failure_action"] == nil {
      find(
        .pauseOnFailure, at: place, in: service, "an update that fails stops half-way and waits for somebody",
        "Write deploy.update_config.failure_action: rollback.")
    }
    lintMonitor(service)
    if service.order == "start-first" {
      lintStartFirst(service)
      let rollback = service.deploy?["rollback_config"]
      if rollback?["order"]?.text != "start-first" {
        find(
          .rollbackOrder, at: rollback?.position ?? place, in: service,
          "updates start the new task first, a rollback stops the old one first",
          "Write deploy.rollback_config.order: start-first.")
      }
    } else if service.replicas == 1, service.mode == "replicated", !service.mounts.contains(where: \.isOwnedData) {
      find(
        .singleReplica, at: service.deploy?["replicas"]?.position ?? service.position, in: service,
        "the only task stops before its successor starts: each update is a downtime",
        "Write more replicas, or deploy.update_config.order: start-first; where there must never be two, allow this rule."
      )
    }
  }

  private mutating func lintMonitor(_ service: StackService) {
    guard let check = service.node["healthcheck"], check["disable"]?.bool != true, check["test"] != nil else { return }
    func duration(_ node: StackNode?, _ standard: Duration) -> Duration {
      node?.text.flatMap(DurationText.parse) ?? standard
    }
    // Docker's defaults: an interval of 30 s, no time to start, and a monitor of 5 s.
    let interval = duration(check["interval"], .seconds(30))
    let needed = duration(check["start_period"], .zero) + interval
    let monitor = service.updateConfig?["monitor"]
    guard duration(monitor, .seconds(5)) < needed else { return }
    let found = monitor.map { "monitor is \($0.literal)" } ?? "monitor is 5s where it is not set"
    find(
      .shortMonitor, at: monitor?.position ?? service.updateConfig?.position ?? service.position, in: service,
      "\(found), shorter than start_period and interval together: a task that turns unhealthy then is no failed update",
      "Write deploy.update_config.monitor: \(Int(needed.components.seconds) + 5)s or more.")
  }

  private mutating func lintStartFirst(_ service: StackService) {
    for port in service.ports where port.isHost {
      // Any free port of the node is no conflict.
      guard let published = port.published else { continue }
      find(
        .startFirstHostPort, at: port.position, in: service,
        "port \(published) of the node is taken by the old task while the new one wants it",
        "Write mode: ingress, or order: stop-first.")
    }
    guard let mount = service.mounts.first(where: \.isOwnedData) else { return }
    let isDatabase = ImageReference(service.image?.text ?? "").isDatabase
    find(
      .startFirstVolume, isDatabase ? .error : .warning, at: mount.position, in: service,
      "two tasks write to \(mount.source ?? mount.target) while an update runs",
      isDatabase
        ? "Two servers on one volume destroy it: write order: stop-first."
        : "Write order: stop-first, unless the program can share its files.")
  }

  /// Whether a container is known to be well, and ends in peace.
  mutating func lintContainer(_ service: StackService) {
    guard !service.isJob else { return }
    let check = service.node["healthcheck"]
    let isDisabled =
      check?["disable"]?.bool == true || check?["test"]?.elements.first?.text == "NONE"
      || check?["test"]?.text == "NONE"
    if isDisabled || check?["test"] == nil {
      find(
        .noHealthcheck, at: check?.position ?? service.position, in: service,
        "without a health check only a program that ends is a failure",
        "Write healthcheck.test, also where the image brings one: who reads the file does not see that.")
    }
    if service.node["stop_grace_period"] == nil {
      find(
        .noStopGracePeriod, at: service.position, in: service, "it is killed 10 s after it was told to end",
        "Write stop_grace_period: as long as its longest request or task takes.")
    }
    guard let restart = service.deploy?["restart_policy"] else {
      find(
        .noRestartPolicy, at: service.deploy?.position ?? service.position, in: service,
        "how often and how fast it is restarted is left to the engine",
        "Write deploy.restart_policy with condition and delay.")
      return
    }
    if let condition = restart["condition"], condition.text == "none" {
      find(
        .restartGivesUp, .warning, at: condition.position, in: service, "a task that ends is never replaced",
        "Write condition: any, or mode: replicated-job for what is to end.")
    } else if let attempts = restart["max_attempts"], attempts.integer != 0 {
      find(
        .restartGivesUp, at: attempts.position, in: service,
        "after \(attempts.literal) restarts it stays down, also when what it waited for is back",
        "Remove max_attempts, and write a longer delay.")
    }
  }
}
