import Engine
import EventLoop
import FoundationEssentials
import Glibc
import Operations
import Scoring
import Swarm

/// What `vitals monitor` looks at, asked again and again.
///
/// A manager, the stack's vitals and a log that is followed are asked one beside the other, each by a client of its own. It
/// lives on the loop's thread.
final class Watch: @unchecked Sendable {
  private(set) var state = MonitorState()
  /// Wakes whoever shows the state.
  let waiter: Waiter
  /// Whether somebody has had enough.
  var isOver = false

  private let stack: String?
  private let options: VitalsOptions
  private let context: OperatorContext
  private var survey: Survey?
  /// What the vitals said last, or why it does not.
  private var others: Result<Score, OperationError>?
  private var answered: Instant?
  private var meter = TrafficMeter()
  /// Counts the logs that were opened: one that is not the last is not shown any more.
  private var logNumber = 0

  init(stack: String?, options: VitalsOptions, _ context: OperatorContext) {
    self.stack = stack
    self.options = options
    self.context = context
    waiter = Waiter(on: context.loop)
  }

  /// Asks everything once.
  func lookOnce() async throws(OperationError) {
    await lookAtVitals(context.manager)
    try await lookAtSwarm(context.manager)
    tick()
  }

  /// Asks again and again, until the program ends.
  func start(every pause: Duration) {
    let loop = context.loop
    loop.spawn { [self] in
      while true {
        let next = Instant.now + pause
        do throws(OperationError) {
          try await lookAtSwarm(context.manager)
          state.problem = nil
        } catch {
          state.problem = error.message
        }
        waiter.wake()
        await loop.sleep(until: max(next, .now + .milliseconds(100)))
      }
    }
    loop.spawn { [self] in
      let manager = Manager(context.host, on: loop)
      while true {
        await lookAtVitals(manager)
        waiter.wake()
        // To run something in a container costs its engine more than an answer does.
        await loop.sleep(until: .now + max(pause, .seconds(5)))
      }
    }
  }

  /// Brings what depends on the time up to date.
  func tick() {
    state.clock = String(Date().formatted(.iso8601).dropFirst(11).prefix(8)) + " UTC"
    state.age = answered.map { (.now - $0) / .seconds(1) } ?? 0
  }

  /// Takes a key.
  func press(_ key: Key) {
    switch state.press(key) {
    case .quit: isOver = true
    case .openLogs(let service): follow(service)
    case .closeLogs: logNumber += 1
    case nil: break
    }
  }

  /// Everything, for programs.
  struct Output: Encodable {
    var time: String
    var problem: String?
    var status: StatusReport?
    var score: Score?
    var recentFailures: [CheckReport.RecentFailure]
    var traffic: Traffic?
  }

  var output: Output {
    Output(
      time: Date().formatted(.iso8601), problem: state.problem, status: state.status, score: state.score,
      recentFailures: state.failures, traffic: state.traffic)
  }

  // MARK: Questions

  private func lookAtSwarm(_ manager: Manager) async throws(OperationError) {
    survey = try await manager.survey(at: Date().timeIntervalSince1970, before: .now + .seconds(20))
    answered = .now
    report()
  }

  private func lookAtVitals(_ manager: Manager) async {
    let source = await options.source(stack: stack, manager, context)
    others = await source.score()
    let page = try? await source.get(TrafficMeter.path)
    state.traffic = page.map { meter.read(String(decoding: $0, as: UTF8.self), at: Date().timeIntervalSince1970) }
    report()
  }

  private func report() {
    guard let survey else { return }
    let status = StatusReport(survey, stack: stack)
    state.status = status
    // Until vitals was asked, there is no score: half of one would be wrong.
    guard let others else { return }
    let check = CheckReport(status, swarm: survey.facts(of: stack), others: others)
    state.score = check.score
    state.failures = check.recentFailures
  }

  // MARK: A log

  /// Shows the log of a service until it is closed: asked for again and again, as a stream ends only with its connection.
  private func follow(_ name: String) {
    logNumber += 1
    let number = logNumber
    guard let service = survey?.snapshot.services.first(where: { $0.service.name == name })?.service else { return }
    let manager = Manager(context.host, on: context.loop)
    context.loop.spawn { [self] in
      let origin = LogStream.Origin.service(service.id)
      var options = LogStream.Options()
      options.tail = 200
      var last = ""
      do throws(OperationError) {
        guard try await !manager.hasTerminal(origin, before: .now + .seconds(20)) else {
          throw OperationError(.failed, "its terminal's output has no times; see vitals logs \(name)")
        }
        while number == logNumber {
          let lines = try await manager.lines(of: origin, options, before: .now + .seconds(20))
            .filter { $0.time > last }
          if number != logNumber { return }
          if let time = lines.last?.time {
            last = time
            options.tail = nil
            options.since = Timestamp(time)?.seconds
          }
          for line in lines { show(line) }
          waiter.wake()
          await context.loop.sleep(until: .now + .seconds(1))
        }
      } catch {
        state.add(logLine: "no log: \(error)")
        waiter.wake()
      }
    }
  }

  private func show(_ line: LogLine) {
    let time = line.time.dropFirst(11).prefix(8)
    let node = survey?.snapshot.nodes.first { $0.node.id == line.nodeID }?.node.hostname ?? ""
    state.add(logLine: "\(time) \(node)\(node.isEmpty ? "" : " ")\(line.text)")
  }
}
