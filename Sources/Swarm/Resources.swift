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
  private enum CodingKeys: String, CodingKey {
    case nanoCPUs = "NanoCPUs"
    case memory = "MemoryBytes"
  }

  package init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    nanoCPUs = try fields.decodeIfPresent(Int64.self, forKey: .nanoCPUs) ?? 0
    memory = try fields.decodeIfPresent(Int64.self, forKey: .memory) ?? 0
  }
}

/// What a specification limits and what it reserves.
struct Requirements: Decodable, Equatable, Sendable {
  var limits: Resources?
  var reservations: Resources?

  private enum CodingKeys: String, CodingKey {
    case limits = "Limits"
    case reservations = "Reservations"
  }
}
