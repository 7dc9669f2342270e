import EventLoop
import Health
import Testing

@Suite struct CheckStateTests {
  /// Runs a second apart; `nil` is one that succeeds.
  struct Case: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var runs: [Reason?]
    var verdicts: [Verdict]
    init(_ description: String, _ runs: [Reason?], _ verdicts: [Verdict]) {
      (testDescription, self.runs, self.verdicts) = (description, runs, verdicts)
    }
  }

  @Test(arguments: [
    Case(
      "F,OK,F,OK,F never fails", [nil, .timeout, nil, .timeout, nil, .timeout, nil, .timeout],
      [.pass, .warn(.timeout), .pass, .warn(.timeout), .pass, .warn(.timeout), .pass, .warn(.timeout)]),
    Case(
      "three timeouts in a row fail, and one success recovers", [nil, .timeout, .timeout, .timeout, .timeout, nil],
      [.pass, .warn(.timeout), .warn(.timeout), .fail(.timeout), .fail(.timeout), .pass]),
    Case(
      "the count starts again after a recovery", [nil, .timeout, .timeout, nil, .timeout, .timeout, .timeout],
      [.pass, .warn(.timeout), .warn(.timeout), .pass, .warn(.timeout), .warn(.timeout), .fail(.timeout)]),
    Case("a refusal fails at once", [nil, .refused, nil], [.pass, .fail(.refused), .pass]),
    Case(
      "a refusal among timeouts fails at once", [nil, .timeout, .refused], [.pass, .warn(.timeout), .fail(.refused)]),
    Case(
      "a timeout does not excuse a failure", [nil, .refused, .timeout, .timeout],
      [.pass, .fail(.refused), .fail(.timeout), .fail(.timeout)]),
    Case("what never passed has nothing to fall back from", [.timeout, nil], [.fail(.timeout), .pass]),
    Case("a starting server fails", [.starting, .loading, nil], [.fail(.starting), .fail(.loading), .pass]),
  ])
  func `each run has its verdict`(example: Case) {
    var timeline = Timeline()
    #expect(timeline.verdict(at: 0) == .pending)
    for (index, (run, verdict)) in zip(example.runs, example.verdicts).enumerated() {
      if let run { timeline.fail(run, at: Double(index)) } else { timeline.pass(at: Double(index)) }
      #expect(timeline.verdict(at: Double(index)) == verdict, "run \(index)")
    }
    #expect(example.runs.count == example.verdicts.count)
  }

  @Test(arguments: Reason.allCases) func `every reason but timeout is decisive`(reason: Reason) {
    var timeline = Timeline()
    timeline.pass(at: 0)
    timeline.fail(reason, at: 1)
    #expect(timeline.verdict(at: 1).status == (reason == .timeout ? .warn : .fail))
    #expect(reason.isDecisive == (reason != .timeout))
  }

  @Test(arguments: [1, 2, 5]) func `the threshold is the policy's`(failures: Int) {
    var timeline = Timeline("redis", CheckPolicy(failures: failures))
    timeline.pass(at: 0)
    for run in 1...failures {
      timeline.fail(.timeout, at: Double(run))
      #expect(timeline.verdict(at: Double(run)).status == (run < failures ? .warn : .fail))
      #expect(timeline.state.consecutiveFailures == run)
    }
  }

  @Test(arguments: [
    (CheckPolicy(), 15.0),
    (CheckPolicy(interval: .seconds(1), timeout: .seconds(10)), 11.0),
    (CheckPolicy(interval: .milliseconds(100), timeout: .milliseconds(50)), 0.3),
  ])
  func `a result older than the bound is stale`(policy: CheckPolicy, bound: Double) {
    #expect(policy.stalenessBound == .seconds(bound))
    var timeline = Timeline("redis", policy)
    timeline.pass(at: 10)
    #expect(timeline.verdict(at: 10 + bound) == .pass)
    #expect(timeline.verdict(at: 10 + bound + 0.001) == .fail(.stale))
    #expect(timeline.since(at: 10 + bound + 0.001) == Timeline.wall(10 + bound))
    timeline.pass(at: 100)
    #expect(timeline.verdict(at: 100) == .pass)
  }

  @Test func `a failure that turns stale has failed since it began`() {
    var timeline = Timeline()
    timeline.fail(.refused, at: 2)
    #expect(timeline.verdict(at: 60) == .fail(.stale))
    #expect(timeline.since(at: 60) == Timeline.wall(2))
  }

  @Test func `since is when the status began, not the reason`() {
    var timeline = Timeline()
    #expect(timeline.since(at: 0) == nil)
    timeline.pass(at: 1)
    timeline.pass(at: 2)
    #expect(timeline.since(at: 2) == Timeline.wall(1))
    timeline.fail(.timeout, at: 3)
    timeline.fail(.timeout, at: 4)
    #expect(timeline.since(at: 4) == Timeline.wall(3))
    timeline.fail(.refused, at: 5)
    timeline.fail(.auth, at: 6)
    #expect(timeline.since(at: 6) == Timeline.wall(5))
    #expect(timeline.state.lastSuccess == Timeline.wall(2))
  }

  @Test func `a transition is reported and counted once`() {
    var timeline = Timeline()
    #expect(timeline.pass(at: 0) == Transition(from: .pending, to: .pass))
    #expect(timeline.pass(at: 1) == nil)
    #expect(timeline.fail(.timeout, at: 2) == Transition(from: .pass, to: .warn(.timeout)))
    #expect(timeline.fail(.timeout, at: 3) == nil)
    #expect(timeline.fail(.timeout, at: 4) == Transition(from: .warn(.timeout), to: .fail(.timeout)))
    // Another reason is news for the log but no transition between statuses.
    #expect(timeline.fail(.refused, at: 5) == Transition(from: .fail(.timeout), to: .fail(.refused)))
    #expect(timeline.pass(at: 6) == Transition(from: .fail(.refused), to: .pass))
    #expect(timeline.state.transitions == [.pass: 2, .warn: 1, .fail: 1])
    #expect(timeline.state.failures == [.timeout: 3, .refused: 1])
    #expect(timeline.state.successes == 3)
  }

  @Test func `a first failure is a transition too`() {
    var timeline = Timeline()
    #expect(timeline.fail(.refused, at: 0) == Transition(from: .pending, to: .fail(.refused)))
    #expect(timeline.state.transitions == [.fail: 1])
  }

  @Test(
    arguments: [
      ([nil], .seconds(5)),
      // A warning keeps the pace: three failures in a row are meant to span the interval.
      ([nil, .timeout, .timeout], .seconds(5)),
      ([nil, .timeout, .timeout, .timeout], .milliseconds(250)),
      ([nil, .refused], .milliseconds(250)),
      ([nil, .refused, .refused], .milliseconds(500)),
      ([nil, .refused, .refused, .refused, .refused, .refused], .seconds(4)),
      ([nil, .refused, .refused, .refused, .refused, .refused, .refused], .seconds(5)),
      ([nil, .starting, .starting, .starting, .loading], .milliseconds(250)),
      ([nil, .refused, nil, .refused], .milliseconds(250)),
      ([nil, .refused, nil], .seconds(5)),
      (Array(repeating: .refused, count: 1000), .seconds(5)),
    ] as [([Reason?], Duration)])
  func `the next run comes after`(runs: [Reason?], delay: Duration) {
    var timeline = Timeline()
    for (index, run) in runs.enumerated() {
      if let run { timeline.fail(run, at: Double(index)) } else { timeline.pass(at: Double(index)) }
    }
    #expect(timeline.state.nextDelay == delay)
  }

  @Test func `a failing check is never asked less often than the interval`() {
    var timeline = Timeline("redis", CheckPolicy(interval: .milliseconds(100)))
    #expect(timeline.state.nextDelay == .milliseconds(100))
    timeline.fail(.refused, at: 0)
    #expect(timeline.state.nextDelay == .milliseconds(100))
  }
}
