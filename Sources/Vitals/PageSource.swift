import EventLoop
import Health
import StatusPage

/// The status page, rendered at most once a second, and anew where the verdict has changed.
final class PageSource: @unchecked Sendable {
  private let board: HealthBoard
  private let collectors: [CollectorWorker]
  private let score: ScoreSource
  private let loop: EventLoop
  private var kept: (body: [UInt8], status: Health.Status, until: Instant)?

  init(_ board: HealthBoard, collectors: [CollectorWorker], score: ScoreSource, on loop: EventLoop) {
    self.board = board
    self.collectors = collectors
    self.score = score
    self.loop = loop
  }

  /// The page, whose verdict is that of `report`.
  func body(_ report: Report) -> [UInt8] {
    if let kept, kept.status == report.status, loop.now < kept.until { return kept.body }
    var overview = Overview()
    for collector in collectors { collector.describe(in: &overview) }
    overview.score = score.current.score
    let body = Page(report, overview).render()
    kept = (body, report.status, loop.now + .seconds(1))
    return body
  }
}
