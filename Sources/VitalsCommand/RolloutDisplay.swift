import Engine
import Glibc
import Operations

/// Shows how a rollout goes on.
///
/// On a terminal one line a service, written over at each change, and above them what has to stay: failures. In a log one line a
/// change. With `--format json` one object a change, on standard output.
final class RolloutDisplay {
  private let output: CommandOutput
  /// How many lines below the permanent ones are to be written over.
  private var shown = 0
  private var block: [String] = []

  init(_ output: CommandOutput) { self.output = output }

  /// Shows what has changed, and where all services stand.
  func show(_ events: [RolloutEvent], of rollout: Rollout) {
    guard output.format == .text else {
      for event in events { tell(event) }
      return
    }
    guard output.isInteractive else {
      for event in events { output.progress(event.text.printable) }
      return
    }
    let lasting = events.filter { $0.kind == .failure || $0.kind == .update }.map(\.text)
    let columns = terminalSize(STDERR_FILENO)?.width ?? 80
    let width = rollout.services.map(\.shortName.count).max() ?? 0
    let lines = rollout.services.map { service in
      let name = service.shortName + String(repeating: " ", count: width - service.shortName.count)
      return String("\(name)  \(service.summary)".prefix(max(10, columns) - 1))
    }
    if !lasting.isEmpty || lines != block { redraw(lasting, lines) }
  }

  /// Shows something besides the rollout itself.
  func note(_ text: String) {
    if output.format == .text, output.isInteractive { redraw([text], block) } else { output.progress(text) }
  }

  /// Shows the end of a task's log.
  func showLog(of failure: TaskFailure, _ lines: [LogLine]) {
    struct Tail: Encodable {
      var kind = "log"
      var task: String
      var node: String
      var lines: [String]
    }
    if output.format == .json {
      tell(Tail(task: failure.task, node: failure.node, lines: lines.map(\.text)))
    } else if lines.isEmpty {
      note("task \(failure.task) has written no log")
    } else {
      note("the last lines of task \(failure.task)\(failure.node.isEmpty ? "" : " on \(failure.node)"):")
      for line in lines { note("  \(line.text.printable)") }
    }
  }

  /// Leaves the lines as they are now.
  func finish() {
    shown = 0
    block = []
  }

  private func redraw(_ lasting: [String], _ lines: [String]) {
    // Up over the old lines, and clear to the end of the screen.
    var text = shown > 0 ? "\u{1B}[\(shown)F\u{1B}[J" : ""
    // What tasks and engines say must not move the cursor.
    for line in lasting + lines { text += "\(line.printable)\n" }
    writeError(text)
    block = lines
    shown = lines.count
  }

  private func tell(_ value: some Encodable) {
    output.tell(json: value)
    // Whoever reads the events reads them as they come.
    fflush(nil)
  }
}
