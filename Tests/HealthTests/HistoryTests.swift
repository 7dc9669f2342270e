import EventLoop
import Testing

@testable import Health

@Suite struct HistoryTests {
  /// A run in seconds from the beginning of a minute, and how long it took in ms; nil for a failure.
  struct Run: Sendable {
    var seconds: Double
    var status: Status
    var milliseconds: Int64?

    init(_ seconds: Double, _ status: Status, took milliseconds: Int64?) {
      (self.seconds, self.status, self.milliseconds) = (seconds, status, milliseconds)
    }

    static func pass(_ seconds: Double, took milliseconds: Int64 = 1) -> Run {
      Run(seconds, .pass, took: milliseconds)
    }

    static func fail(_ seconds: Double) -> Run { Run(seconds, .fail, took: nil) }
  }

  private func at(_ seconds: Double) -> Instant { Instant(nanoseconds: 6_000_000_000_000 + Int64(seconds * 1e9)) }

  private func history(_ runs: [Run], bound: Duration = .seconds(15)) -> History {
    var history = History(stalenessBound: bound)
    for run in runs {
      history.record(run.status, took: run.milliseconds.map { .milliseconds($0) }, at: at(run.seconds))
    }
    return history
  }

  /// A letter for each of the last minutes that are not like all before them.
  private func letters(_ history: History, at seconds: Double) -> String {
    let letters: [Status?: Character] = [.pass: "p", .warn: "w", .fail: "f", nil: "-"]
    let all = history.minutes(at: at(seconds)).map { letters[$0?.status] ?? "?" }
    #expect(all.count == 60)
    return String(all.drop { $0 == "-" })
  }

  struct Case: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var runs: [Run]
    var now: Double
    var letters: String

    init(_ description: String, _ runs: [Run], at now: Double, _ letters: String) {
      (testDescription, self.runs, self.now, self.letters) = (description, runs, now, letters)
    }
  }

  @Test(arguments: [
    Case("nothing", [], at: 100, ""),
    Case("one run", [.pass(0)], at: 0, "p"),
    Case("one run in the minute before", [.pass(55)], at: 65, "pp"),
    Case("the worst of a minute", [.pass(0), .fail(5), .pass(10)], at: 10, "f"),
    Case("a warning is no failure", [.pass(0), .init(5, .warn, took: nil), .pass(10)], at: 10, "w"),
    Case("a failure that lasts into the next minute", [.pass(50), .fail(55), .pass(65)], at: 65, "ff"),
    Case("a pass that lasts into the next minute", [.fail(0), .pass(55), .pass(65)], at: 65, "fp"),
    Case("too old at the end of a minute", [.pass(50)], at: 64, "pp"),
    Case("too old for the whole of the next", [.pass(50)], at: 65.1, "pf"),
    Case("too old in its own minute", [.pass(10)], at: 26, "f"),
    Case("too old until the next run", [.pass(0), .pass(185), .pass(190)], at: 190, "ffff"),
    Case("an hour later", [.pass(0)], at: 3600, String(repeating: "f", count: 60)),
    Case("a day later", [.pass(0), .pass(86_400)], at: 86_400, String(repeating: "f", count: 60)),
  ])
  func `a minute has the worst status that held in it`(example: Case) {
    #expect(letters(history(example.runs), at: example.now) == example.letters)
  }

  @Test func `a check that runs seldom passes between its runs`() {
    let runs = (0...10).map { Run.pass(Double($0 * 300)) }
    #expect(letters(history(runs, bound: .seconds(900)), at: 3000) == String(repeating: "p", count: 51))
  }

  @Test func `what is older than an hour is forgotten`() {
    var runs = (0...720).map { Run.pass(Double($0 * 5)) }
    runs[0] = .fail(0)
    #expect(letters(history(Array(runs.dropLast())), at: 3595) == "f" + String(repeating: "p", count: 59))
    #expect(letters(history(runs), at: 3600) == String(repeating: "p", count: 60))
  }

  @Test func `a minute has its mean and its slowest run`() throws {
    let history = history([.pass(0, took: 2), .pass(5, took: 7), .fail(10), .pass(61, took: 4)])
    let minutes = history.minutes(at: at(125)).suffix(3).compactMap { $0 }
    #expect(minutes.map(\.mean) == [.microseconds(4500), .milliseconds(4), nil])
    #expect(minutes.map(\.slowest) == [.milliseconds(7), .milliseconds(4), nil])
    #expect(minutes.map(\.successes) == [2, 1, 0])
    #expect(minutes.map(\.failures) == [1, 0, 0])
  }

  @Test func `the last hundred runs are kept in order`() {
    #expect(history([]).runs.isEmpty)
    var runs: [Run] = []
    for second in 0..<250 { runs.append(Run(Double(second), .pass, took: second % 10 == 0 ? nil : Int64(second))) }
    for count in [3, 99, 100, 101, 199, 250] {
      let expected = runs[..<count].suffix(100).map { $0.milliseconds.map { Duration.milliseconds($0) } }
      #expect(history(Array(runs[..<count])).runs == expected, "\(count)")
    }
  }

  @Test func `a run that took an hour and a half is as slow as one of 71 minutes`() {
    #expect(history([.pass(0, took: 5_400_000)]).runs == [.microseconds(Int64(UInt32.max))])
  }

  @Test func `a check keeps its history`() {
    var timeline = Timeline()
    timeline.pass(at: 0)
    timeline.fail(.refused, at: 1)
    #expect(timeline.state.history.runs == [.microseconds(1840), nil])
    #expect(timeline.state.history.minutes(at: Timeline.instant(1)).last??.status == .fail)
  }
}
