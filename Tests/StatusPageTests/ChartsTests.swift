import EventLoop
import Testing

@testable import Health
@testable import StatusPage

@Suite struct ChartsTests {
  private func text(_ html: HTML) -> String {
    String(decoding: html.bytes, as: UTF8.self).replacing("\u{A0}", with: " ")
  }

  private func runs(_ milliseconds: [Int64?]) -> [Duration?] { milliseconds.map { $0.map { .milliseconds($0) } } }

  @Test func `a sparkline has a stretch for each row of runs that passed, and a tick for each failure`() {
    let svg = text(Sparkline(runs: runs([1, 2, nil, 4])).svg)
    #expect(svg.contains("viewBox=\"0 0 30 40\""))
    #expect(svg.contains("<title>Last 4 runs: 1.0 ms to 4.0 ms, 1 failed</title>"))
    #expect(svg.contains("<path d=\"M26 29h.1L27 20M29 2h.1\"/>"))
    #expect(svg.contains("<path class=\"fail\" d=\"M28 40v-9\"/>"))
  }

  @Test func `a sparkline without a pass, or without a run, is one too`() {
    #expect(text(Sparkline(runs: runs([nil, nil])).svg).contains("Last 2 runs: none passed, 2 failed"))
    #expect(text(Sparkline(runs: []).svg).contains("No run yet"))
    #expect(text(Sparkline(runs: [.zero]).svg).contains("M29 38h.1"))
  }

  @Test func `the hour has a bar for each minute, taller where something was wrong`() {
    var history = History(stalenessBound: .seconds(70))
    func at(_ minute: Int64) -> Instant { Instant(nanoseconds: (1000 + minute) * 60_000_000_000) }
    history.record(.pass, took: .milliseconds(8), at: at(0))
    history.record(.pass, took: .milliseconds(4), at: at(1))
    #expect(text(HourChart(minutes: history.minutes(at: at(1))).svg).contains("<title>Last 2 min: passed throughout"))
    history.record(.warn, took: nil, at: at(2))
    history.record(.fail, took: nil, at: at(3))
    let svg = text(HourChart(minutes: history.minutes(at: at(3))).svg)
    #expect(svg.contains("<path class=\"good\" d=\"M226 40v-24M230 40v-17\"/>"))
    #expect(svg.contains("<path class=\"warn\" d=\"M234 40v-32\"/>"))
    #expect(svg.contains("<path class=\"fail\" d=\"M238 40v-40\"/>"))
    #expect(svg.contains("<path class=\"note\" d=\"M2 40v-2M6 40v-2"))
    #expect(svg.contains("<title>Last 4 min: failed in 1 of them, warned in 1 of them</title>"))
    #expect(text(HourChart(minutes: Array(repeating: nil, count: 60)).svg).contains("<title>No result yet</title>"))
  }

  @Test func `replicas are squares while they can be counted`() {
    #expect(text(Replicas(count: 2, desired: 3).svg).contains("M0 4.5h30\"/><path d=\"M0 4.5h20\"/>"))
    #expect(!text(Replicas(count: 0, desired: 3).svg).contains("h0"))
    // A rolling update starts new tasks before it stops the old ones.
    #expect(text(Replicas(count: 5, desired: 3).svg).contains("<path d=\"M0 4.5h30\"/>"))
    #expect(Replicas(count: 11, desired: 11).svg.isEmpty)
    #expect(Replicas(count: 0, desired: 0).svg.isEmpty)
  }
}
