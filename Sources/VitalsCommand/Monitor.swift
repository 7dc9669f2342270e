import ArgumentParser
import Engine
import EventLoop
import FoundationEssentials
import Glibc
import Operations
import Vitals

/// `vitals monitor`: the stack as it is at this moment, on a terminal.
struct Monitor: OperatorCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show the stack live: services, nodes, the score, queues, failed tasks.",
    discussion: """
      On a terminal it is a screen with keys: q quit, f filter, s sort, arrows and l for a service's log, h help. Otherwise, as in a \
      pipe or a log, it writes what has changed, or one line each interval where nothing has. It goes on until it is ended, or for \
      --timeout.

      EXAMPLES
        vitals monitor
        vitals monitor --stack pilito --interval 5s
        vitals monitor --once
        vitals monitor --format json | jq .score

      \(exitCodes("ended with q or by --timeout"))
      """)

  static let ordinaryTimeout = Duration.seconds(10 * 365 * 86_400)
  static let timeoutText = "none"
  static let stackText = "the only one that there is, or all"

  @OptionGroup var operatorOptions: OperatorOptions<Monitor>
  @OptionGroup var stackOptions: StackOptions<Monitor>
  @OptionGroup var vitalsOptions: VitalsOptions

  @Option(help: .init("Time between two looks.", valueName: "duration"))
  var interval = "2s"

  @Flag(help: "Show one screen and end.")
  var once = false

  func perform(_ context: OperatorContext) async throws(OperationError) {
    guard let pause = DurationText.parse(interval), pause >= .milliseconds(200) else {
      throw OperationError(.usage, "--interval: \(interval) is no duration of 200ms or more: use 2s, 500ms")
    }
    try await context.manager.check(before: min(context.deadline, .now + .seconds(20)))
    let stack = try await stackOptions.resolveIfAny(context)
    let watch = Watch(stack: stack, options: vitalsOptions, context)
    if once {
      try await watch.lookOnce()
      guard context.output.format == .text else { return context.output.tell(json: watch.output) }
      let lines = MonitorView(watch.state, width: terminalWidth() ?? 100, height: nil).lines
      return print(context.output.render(lines))
    }
    if context.output.format == .text, let terminal = Terminal(on: context.loop) {
      watch.start(every: pause)
      try await show(watch, on: terminal, context)
    } else {
      // The first line says everything.
      try await watch.lookOnce()
      watch.start(every: pause)
      try await tell(watch, every: pause, context)
    }
  }

  // MARK: A terminal

  private func show(_ watch: Watch, on terminal: Terminal, _ context: OperatorContext) async throws(OperationError) {
    let resizes: Signals
    do {
      resizes = try Signals([SIGWINCH], on: context.loop)
    } catch {
      throw OperationError(.failed, "\(error)")
    }
    context.interruption.cleanUp = { terminal.leave() }
    terminal.enter()
    defer { terminal.leave() }
    context.loop.spawn { while (try? await resizes.next()) != nil { watch.waiter.wake() } }
    context.loop.spawn {
      while let keys = try? await terminal.keys() {
        for key in keys { watch.press(key) }
        watch.waiter.wake()
      }
      watch.isOver = true
      watch.waiter.wake()
    }
    while !watch.isOver, .now < context.deadline {
      watch.tick()
      let (width, height) = terminal.size
      do {
        let lines = MonitorView(watch.state, width: width, height: height).lines
        try await terminal.draw(lines, color: context.output.usesColor)
      } catch {
        // It was closed: nobody looks any more.
        return
      }
      _ = await watch.waiter.wait(until: min(context.deadline, .now + .seconds(1)))
    }
  }

  // MARK: No terminal

  private func tell(_ watch: Watch, every pause: Duration, _ context: OperatorContext) async throws(OperationError) {
    var log = MonitorLog()
    while .now < context.deadline {
      watch.tick()
      if context.output.format == .json {
        context.output.tell(json: watch.output)
      } else {
        for line in log.lines(watch.state) { print("\(watch.state.clock) \(line)") }
      }
      // Nobody reads any more.
      if fflush(nil) != 0 { return }
      try await context.pause(pause)
    }
  }
}
