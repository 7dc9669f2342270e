import Engine
import Metrics

/// A family with one series a container, or none for a container to which it does not apply.
///
/// The names are cAdvisor's.
struct ContainerFamily: Sendable {
  let name: String
  let kind: Family.Kind
  let help: String
  let value: @Sendable (Reading) -> Double?

  private init(
    _ name: String, _ kind: Family.Kind, _ help: String, _ value: @escaping @Sendable (Reading) -> Double?
  ) {
    self.name = name
    self.kind = kind
    self.help = help
    self.value = value
  }

  /// The unit in the name, if there is one.
  var unit: String? {
    let stem = kind == .counter ? name.dropLast("_total".count) : name[...]
    return ["seconds", "bytes"].first { stem.hasSuffix("_" + $0) }
  }

  static let all: [ContainerFamily] = cpu + memory + network + others

  private static let cpu: [ContainerFamily] = [
    ContainerFamily("container_cpu_usage_seconds_total", .counter, "CPU time used, of all processors together.") {
      $0.usage.cpuSeconds
    },
    ContainerFamily("container_spec_cpu_period", .gauge, "The period of the limit in processors, in microseconds.") {
      $0.specification.cpuPeriod
    },
    ContainerFamily(
      "container_spec_cpu_quota", .gauge,
      "The CPU time that may be used in a period, in microseconds; none without a limit."
    ) { $0.specification.cpuQuota },
    ContainerFamily("container_cpu_cfs_periods_total", .counter, "Periods in which the container wanted to run.") {
      $0.throttling?.periods
    },
    ContainerFamily(
      "container_cpu_cfs_throttled_periods_total", .counter, "Periods in which the quota was used up."
    ) { $0.throttling?.throttledPeriods },
    ContainerFamily(
      "container_cpu_cfs_throttled_seconds_total", .counter, "How long processes waited for the next period."
    ) { $0.throttling?.throttledSeconds },
  ]

  private static let memory: [ContainerFamily] = [
    ContainerFamily("container_memory_usage_bytes", .gauge, "Memory used, with the cache of files.") {
      $0.usage.memory?.usage
    },
    ContainerFamily(
      "container_memory_working_set_bytes", .gauge, "Memory used, without the file pages that can be dropped at once."
    ) { $0.usage.memory?.workingSet },
    ContainerFamily("container_spec_memory_limit_bytes", .gauge, "The memory limit; 0 where there is none.") {
      $0.specification.memoryLimit
    },
  ]

  private static let network: [ContainerFamily] = [
    ContainerFamily("container_network_receive_bytes_total", .counter, "Bytes received on all interfaces.") {
      $0.usage.network?.receivedBytes
    },
    ContainerFamily("container_network_receive_packets_total", .counter, "Packets received on all interfaces.") {
      $0.usage.network?.receivedPackets
    },
    ContainerFamily("container_network_receive_errors_total", .counter, "Packets received with errors.") {
      $0.usage.network?.receiveErrors
    },
    ContainerFamily("container_network_transmit_bytes_total", .counter, "Bytes sent on all interfaces.") {
      $0.usage.network?.sentBytes
    },
    ContainerFamily("container_network_transmit_packets_total", .counter, "Packets sent on all interfaces.") {
      $0.usage.network?.sentPackets
    },
    ContainerFamily("container_network_transmit_errors_total", .counter, "Packets that could not be sent.") {
      $0.usage.network?.sendErrors
    },
  ]

  private static let others: [ContainerFamily] = [
    ContainerFamily("container_fs_reads_bytes_total", .counter, "Bytes read from block devices.") {
      $0.usage.readBytes
    },
    ContainerFamily("container_fs_writes_bytes_total", .counter, "Bytes written to block devices.") {
      $0.usage.writtenBytes
    },
    ContainerFamily("container_processes", .gauge, "Processes and threads.") { $0.usage.processes },
    ContainerFamily("container_start_time_seconds", .gauge, "When the container was started.") {
      $0.specification.startedAt?.seconds
    },
  ]
}

extension Reading {
  /// Nil without a limit: the kernel counts no periods then.
  fileprivate var throttling: Usage.Throttling? { specification.cpuQuota == nil ? nil : usage.throttling }
}
