import Engine

/// What a container was given, and since when it runs: the fields of `GET /containers/ID/json` that count here.
struct Specification: Equatable, Sendable {
  var isRunning = false
  var startedAt: Timestamp?
  /// In bytes; 0 for no limit.
  var memoryLimit = 0.0
  /// The microseconds of CPU time that it may use in each period; nil for no limit.
  var cpuQuota: Double?
  /// In microseconds.
  var cpuPeriod = Specification.ordinaryPeriod

  /// The period of the kernel's scheduler, and the one that the engine divides a limit in processors by.
  private static let ordinaryPeriod = 100_000.0
}

extension Specification: Decodable {
  init(from decoder: any Decoder) throws {
    let fields = try Fields(of: decoder)
    let state = try fields.object("State")
    isRunning = try state.value("Running") ?? false
    startedAt = try state.value("StartedAt", as: Timestamp.self)?.unlessZero
    let host = try fields.object("HostConfig")
    memoryLimit = try host.value("Memory") ?? 0
    // One or the other: a limit in processors, as swarm sets it, or quota and period by hand.
    let nanoCPUs: Double = try host.value("NanoCpus") ?? 0
    if nanoCPUs > 0 {
      cpuQuota = nanoCPUs / 1e9 * cpuPeriod
    } else {
      let period: Double = try host.value("CpuPeriod") ?? 0
      if period > 0 { cpuPeriod = period }
      let quota: Double = try host.value("CpuQuota") ?? 0
      // -1 is no limit as well.
      if quota > 0 { cpuQuota = quota }
    }
  }
}
