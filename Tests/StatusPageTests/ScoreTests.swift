import Scoring
import Testing

@testable import StatusPage

/// The score on the page.
@Suite struct ScoreTests {
  private func page(_ score: Score?) -> String {
    var overview = Overview()
    overview.score = score
    return Sample.page([Sample.check("redis", minutes: 2)], overview)
  }

  private func text(_ page: String) -> String {
    page.replacing(/(?s)<(style|script|title)>.*?<\/\1>/, with: "").replacing(/<[^>]*>/, with: "")
  }

  @Test func `a full score is a sentence`() {
    let page = page(Score(checks: [.init("redis", .pass, "Redis answers")]))
    #expect(text(page).contains("Score 100 of 100: healthy."))
    #expect(!page.contains("id=\"score\""))
  }

  @Test func `without a score there is no sentence`() {
    for page in [page(nil), page(Score())] { #expect(!page.contains("Score <b>") && !page.contains("id=\"score\"")) }
  }

  @Test func `what was deducted is listed, the most first, and what is not known is said`() {
    let checks: [Score.Check] = [
      .init("nodes", .fail, "x"), .init("redis", .fail, "x"), .init("celery", .unknown, "x"),
    ]
    let deductions: [Score.Deduction] = [
      .init("nodes", 10, "node3 is down"), .init("redis", 40, "redis is down: <connection refused>"),
    ]
    let page = page(Score(checks: checks, deductions: deductions))
    #expect(
      text(page).contains(
        "Score 50 of 100−40redis is down: &lt;connection refused&gt; (redis)−10node3 is down (nodes)"
          + "Not known, and so not counted: celery."))
    #expect(text(page).contains("Score 50 of 100: critical."))
    #expect(page.contains("<b class=\"points fail\">−40</b>") && page.contains("<b class=\"points warn\">−10</b>"))
  }

  @Test func `of many deductions some are listed, and the rest is counted`() {
    let page = page(
      Score(checks: [.init("nodes", .fail, "x")], deductions: (0..<500).map { .init("nodes", 1, "node\($0)") }))
    #expect(page.contains("And 488 more."))
    #expect(text(page).contains("Score 0 of 100: critical."))
  }
}
