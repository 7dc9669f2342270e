import Engine

/// What a container has used: the fields of `GET /containers/ID/stats` that count here, of both versions of cgroups.
///
/// What the kernel does not account for, because a controller is off, is nil.
struct Usage: Equatable, Sendable {
  /// False for a container that does not run: the engine answers all the same, with zeros.
  var isRunning = false
  var cpuSeconds = 0.0
  var throttling = Throttling()
  var memory: Memory?
  var processes: Double?
  /// All interfaces together; nil for a container without a network of its own.
  var network: Network?
  var readBytes = 0.0
  var writtenBytes = 0.0

  /// What the limit in processors came to.
  struct Throttling: Equatable, Sendable {
    var periods = 0.0
    var throttledPeriods = 0.0
    var throttledSeconds = 0.0
  }

  /// In bytes.
  struct Memory: Equatable, Sendable {
    var usage: Double
    /// Without the file pages that the kernel can drop at once: what the limit is about.
    var workingSet: Double
  }

  struct Network: Equatable, Sendable {
    var receivedBytes = 0.0
    var receivedPackets = 0.0
    var receiveErrors = 0.0
    var sentBytes = 0.0
    var sentPackets = 0.0
    var sendErrors = 0.0
  }
}

extension Usage: Decodable {
  init(from decoder: any Decoder) throws {
    let fields = try Fields(of: decoder)
    isRunning = try fields.value("read", as: Timestamp.self)?.unlessZero != nil
    let cpu = try fields.object("cpu_stats")
    cpuSeconds = (try cpu.object("cpu_usage").value("total_usage") ?? 0) / 1e9
    let throttled = try cpu.object("throttling_data")
    throttling.periods = try throttled.value("periods") ?? 0
    throttling.throttledPeriods = try throttled.value("throttled_periods") ?? 0
    throttling.throttledSeconds = (try throttled.value("throttled_time") ?? 0) / 1e9
    memory = try Memory(try fields.object("memory_stats"))
    processes = try fields.object("pids_stats").value("current")
    let interfaces: [String: Interface]? = try fields.value("networks")
    network = interfaces.map { Network($0.values.map(\.network)) }
    // A list with an entry for each device and kind of operation; null or empty before the first.
    let operations: [Operation] = try fields.object("blkio_stats").value("io_service_bytes_recursive") ?? []
    for operation in operations {
      // `Read` or `read`, by the version of cgroups; the others are sums.
      switch operation.kind.lowercased() {
      case "read": readBytes += operation.bytes
      case "write": writtenBytes += operation.bytes
      default: break
      }
    }
  }

  private struct Operation: Decodable {
    let kind: String
    let bytes: Double

    init(from decoder: any Decoder) throws {
      let fields = try Fields(of: decoder)
      kind = try fields.value("op") ?? ""
      bytes = try fields.value("value") ?? 0
    }
  }

  private struct Interface: Decodable {
    let network: Network

    init(from decoder: any Decoder) throws {
      let fields = try Fields(of: decoder)
      network = Network(
        receivedBytes: try fields.value("rx_bytes") ?? 0, receivedPackets: try fields.value("rx_packets") ?? 0,
        receiveErrors: try fields.value("rx_errors") ?? 0, sentBytes: try fields.value("tx_bytes") ?? 0,
        sentPackets: try fields.value("tx_packets") ?? 0, sendErrors: try fields.value("tx_errors") ?? 0)
    }
  }
}

extension Usage.Memory {
  /// Nil where the memory controller is off.
  fileprivate init?(_ fields: Fields) throws {
    guard let usage: Double = try fields.value("usage") else { return nil }
    let statistics = try fields.object("stats")
    // The first name is that of version 1, which has the second too, for the group without its subgroups.
    let inactive: Double =
      try statistics.value("total_inactive_file") ?? statistics.value("inactive_file") ?? 0
    self.usage = usage
    workingSet = inactive < usage ? usage - inactive : usage
  }
}

extension Usage.Network {
  fileprivate init(_ interfaces: [Usage.Network]) {
    for each in interfaces {
      receivedBytes += each.receivedBytes
      receivedPackets += each.receivedPackets
      receiveErrors += each.receiveErrors
      sentBytes += each.sentBytes
      sentPackets += each.sentPackets
      sendErrors += each.sendErrors
    }
  }
}
