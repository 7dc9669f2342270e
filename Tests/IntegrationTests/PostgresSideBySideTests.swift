import Foundation
import Testing

/// What this service tells of PostgreSQL, beside Debian's postgres_exporter 0.11 on the same servers.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct PostgresSideBySideTests {
  private let scene: PostgresScene

  init() throws {
    guard FileManager.default.fileExists(atPath: Self.queries) else {
      throw TestbedError(
        "\(Self.queries) is missing. Where dpkg leaves out /usr/share/doc (path-exclude in /etc/dpkg/dpkg.cfg.d), "
          + "take it out of the package prometheus-postgres-exporter.")
    }
    scene = try PostgresScene.shared.get()
  }

  /// Debian's example of further queries.
  private static let queries = "/usr/share/doc/prometheus-postgres-exporter/examples/queries.yaml"

  /// What the label `slot_name` of pg_stat_replication is not compared for: theirs is the process id.
  private static let ignored = ["pg_stat_replication_": "slot_name"]

  private static let tolerances: [String: SideBySide.Tolerance] = [
    // Each exporter's own setting of its session.
    "pg_settings_extra_float_digits": .init(absolute: 1)
  ]

  private func compare(_ server: PostgresServer) throws {
    let vitals = try VitalsProcess.watching(["--database-url", server.url()])
    defer { vitals.kill() }
    let exporter = try PeerExporter(server, arguments: ["--extend.query-path", Self.queries])
    defer { exporter.end() }
    try vitals.waitForPage("metrics of PostgreSQL") { $0["pg_up"] == 1 }
    _ = try exporter.page()
    // Sessions come and go with each look, until all are there.
    try eventually(within: .seconds(60), every: .milliseconds(50), "agreement") {
      let pages = try SideBySide(vitals, collector: "postgresql", exporter)
      let differences = pages.differences(prefix: "pg_", tolerances: Self.tolerances, ignoring: Self.ignored)
      guard differences.isEmpty else { throw TestbedError("\(differences.joined(separator: "\n"))") }
      #expect(pages.theirs.families.keys.count { $0.hasPrefix("pg_settings_") } > 240)
      try compareLeftOut(pages)
      return true
    }
  }

  /// What only theirs has is what the document says.
  private func compareLeftOut(_ pages: SideBySide) throws {
    let documented =
      try Compatibility.names(under: "| left out of postgres_exporter |")
      + Compatibility.names(under: "| left out of its example queries |")
    let undocumented = pages.leftOut().filter { name in !documented.contains { Compatibility.matches($0, name) } }
    #expect(undocumented == [], "not in docs/compatibility.md")
  }

  @Test func `on a primary both say the same`() throws {
    try compare(scene.primary)
  }

  @Test func `on a standby both say the same`() throws {
    try scene.waitForStandby()
    try compare(scene.standby)
  }

  @Test func `docs/compatibility.md names nothing that theirs has not, and every difference`() throws {
    let exporter = try PeerExporter(scene.primary, arguments: ["--extend.query-path", Self.queries])
    defer { exporter.end() }
    let theirs = try exporter.page().families.keys
    let names =
      try Compatibility.names(under: "| left out of postgres_exporter |")
      + Compatibility.names(under: "| left out of its example queries |")
    for name in names {
      #expect(theirs.contains { Compatibility.matches(name, $0) }, "\(name)")
    }
    let differing = try Compatibility.names(under: "| differs from postgres_exporter |")
    #expect(Set(differing) == ["pg_settings_extra_float_digits", "pg_stat_replication_*"])
  }
}
