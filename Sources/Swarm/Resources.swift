import Engine

/// Processors and memory: what a node has, or what a task may take or claims.
package struct Resources: Equatable, Sendable {
  /// Billionths of a processor; 0 where nothing is set.
  package var nanoCPUs: Int64 = 0
  /// Bytes; 0 where nothing is set.
  package var memory: Int64 = 0

  package init(nanoCPUs: Int64 = 0, memory: Int64 = 0) {
    self.nanoCPUs = nanoCPUs
    self.memory = memory
  }

  package var cpus: Double { Double(nanoCPUs) / 1e9 }

  package static func += (sum: inout Resources, other: Resources) {
    sum.nanoCPUs &+= other.nanoCPUs
    sum.memory &+= other.memory
  }
}

extension Resources: Decodable {
  package init(from decoder: any Decoder) throws {
    let fields = try Fields(of: decoder)
    nanoCPUs = try fields.value("NanoCPUs") ?? 0
    memory = try fields.value("MemoryBytes") ?? 0
  }
}
