import EventLoop
import Foundation
import Metrics
import Redis
import Testing

@testable import Celery

@Suite struct HelpTests {
  /// The meanings in docs/metrics.md, by the families' names.
  private func documented() throws -> [String: String] {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let text = try String(contentsOf: root.appending(path: "docs/metrics.md"), encoding: .utf8)
    let rows = text.split(separator: "\n").filter { $0.hasPrefix("| `celery_") }.map { $0.split(separator: "|") }
    return Dictionary(
      uniqueKeysWithValues: rows.map { cells in
        (cells[0].filter { $0 != "`" && $0 != " " }, cells[3].trimmingCharacters(in: .whitespaces))
      })
  }

  @Test func `a family says of itself what docs/metrics.md says of it`() throws {
    let loop = try EventLoop()
    let connector = Connector(try RedisURL("redis://localhost"), on: loop, resolver: Resolver(on: loop))
    let collector = CeleryCollector(connector, keyPrefix: "", on: loop, wall: { 0 })
    let families =
      collector.stateFamilies + Backlog().families + TaskLedger().families
      + WorkerLedger().families(at: Instant(nanoseconds: 0), wall: 0)
    let documented = try documented()
    #expect(families.count > 20)
    for family in families { #expect(documented[family.name] == family.help, "\(family.name)") }
  }
}
