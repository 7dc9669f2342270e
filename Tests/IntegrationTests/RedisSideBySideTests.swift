import Foundation
import Testing

/// What this service tells of Redis, beside Debian's redis_exporter 1.45 on the same servers.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct RedisSideBySideTests {
  private let scene: RedisScene

  init() throws {
    scene = try RedisScene.shared.get()
  }

  /// What each look at a server changes, up and down.
  private static let tolerances: [String: SideBySide.Tolerance] = {
    var tolerances: [String: SideBySide.Tolerance] = [
      "redis_connected_clients": .init(absolute: 1),
      // The present time less the uptime, both in whole seconds.
      "redis_start_time_seconds": .init(absolute: 1),
    ]
    let memory = [
      "allocator_active_bytes", "allocator_allocated_bytes", "allocator_resident_bytes", "allocator_frag_bytes",
      "allocator_frag_ratio", "allocator_rss_bytes", "allocator_rss_ratio", "mem_clients_normal",
      "mem_fragmentation_bytes", "mem_fragmentation_ratio", "memory_used_bytes", "memory_used_dataset_bytes",
      "memory_used_overhead_bytes", "memory_used_rss_bytes", "client_recent_max_input_buffer_bytes",
      "client_recent_max_output_buffer_bytes",
    ]
    for name in memory { tolerances["redis_\(name)"] = .init(relative: 0.5) }
    return tolerances
  }()

  private func compare(_ server: RedisServer, families count: Int) throws {
    let vitals = try VitalsProcess.watching(["--redis-url", server.url()])
    defer { vitals.kill() }
    let exporter = try PeerExporter(server)
    defer { exporter.end() }
    try vitals.waitForPage("metrics of Redis") { $0["redis_up"] == 1 }
    // A look leaves traces of its own, so that the first differs from those that follow.
    _ = try exporter.page()
    try eventually(within: .seconds(60), every: .milliseconds(50), "agreement") {
      let pages = try SideBySide(vitals, collector: "redis", exporter)
      let differences = pages.differences(prefix: "redis_", tolerances: Self.tolerances)
        // A Sentinel has no databases, of which theirs tells 16.
        .filter { server !== scene.sentinel || !$0.hasPrefix("redis_db_keys") }
      guard differences.isEmpty else { throw TestbedError("\(differences.joined(separator: "\n"))") }
      #expect(pages.theirs.families.keys.count { $0.hasPrefix("redis_") } >= count)
      let documented = try Compatibility.names(under: "| left out of redis_exporter |")
      let undocumented = pages.leftOut().filter { name in !documented.contains { Compatibility.matches($0, name) } }
        .filter { server !== scene.sentinel || !$0.hasPrefix("redis_db_keys") }
      #expect(undocumented == [], "not in docs/compatibility.md")
      return true
    }
  }

  @Test func `of a primary both say the same`() throws {
    try compare(scene.primary, families: 120)
  }

  @Test func `of a replica both say the same`() throws {
    try compare(scene.replica, families: 120)
  }

  @Test func `of a Sentinel both say the same`() throws {
    try compare(scene.sentinel, families: 50)
  }

  @Test func `docs/compatibility.md names nothing that theirs has not, and every difference`() throws {
    let pages = try [scene.primary, scene.sentinel].map { server in
      let exporter = try PeerExporter(server)
      defer { exporter.end() }
      return try exporter.page()
    }
    for name in try Compatibility.names(under: "| left out of redis_exporter |") {
      let isTheirs = pages.contains { $0.families.keys.contains { Compatibility.matches(name, $0) } }
      #expect(isTheirs, "\(name)")
    }
    #expect(try Compatibility.names(under: "| differs from redis_exporter |") == ["redis_db_keys*"])
  }
}
