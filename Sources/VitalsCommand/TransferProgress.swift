import EventLoop
import Operations

/// How far a transfer of bytes has come: a line that is written over on a terminal, and elsewhere one line at its end.
final class TransferProgress: @unchecked Sendable {
  private static let interval = Duration.milliseconds(200)

  private let output: CommandOutput
  private let title: String
  private let total: Int64?
  private let began = Instant.now
  private var count: Int64 = 0
  private var shown = Instant.now

  /// - Parameters:
  ///   - title: what is transferred.
  ///   - total: how many bytes there are, nil where nobody knows.
  init(_ title: String, of total: Int64? = nil, _ output: CommandOutput) {
    self.output = output
    self.title = title
    self.total = total
  }

  /// Takes note of how many bytes there are so far.
  func update(_ count: Int64) {
    self.count = count
    guard output.isInteractive, output.format == .text, .now - shown > Self.interval else { return }
    shown = .now
    let share = total.map { $0 > 0 ? " (\(count * 100 / $0) %)" : "" } ?? ""
    output.overwrite("\(title): \(ByteCount.text(count))\(share)")
  }

  func add(_ count: Int) { update(self.count + Int64(count)) }

  /// Tells the end.
  func finish() {
    if output.isInteractive, output.format == .text { output.overwrite("") }
    output.progress("\(title): \(ByteCount.text(count)) in \((Instant.now - began).roundedSeconds) s")
  }
}
