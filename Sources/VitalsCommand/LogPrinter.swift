import Engine
import FoundationEssentials
import Glibc
import Operations
import Swarm

/// Writes the lines of logs to standard output.
final class LogPrinter {
  private let output: CommandOutput
  private let showsTimes: Bool
  private var pending: [UInt8] = []

  private struct Line: Encodable {
    var time: String?
    var service: String
    var task: String
    var node: String
    var stream: String
    var text: String
  }

  init(_ output: CommandOutput, showsTimes: Bool) {
    self.output = output
    self.showsTimes = showsTimes
  }

  /// - Parameter number: of the service, which decides the colour.
  func print(_ line: LogLine, of service: Service, number: Int, _ names: LogNames) {
    if line.source == .engine {
      // That a node can't be asked, for one: it is not what the service has written.
      complain("vitals logs: \(service.shortName): \(line.text)")
      return
    }
    let name = names[line.taskID] ?? "\(service.shortName).\(line.taskID.prefix(12))"
    if output.format == .json {
      let parts = name.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
      let value = Line(
        time: line.time.isEmpty ? nil : line.time, service: service.name, task: String(parts[0]),
        node: parts.count > 1 ? String(parts[1]) : "", stream: "\(line.source)", text: line.text)
      let encoder = JSONEncoder.ordered
      pending += (try? encoder.encode(value)).map { [UInt8]($0) } ?? []
    } else {
      let time = showsTimes && !line.time.isEmpty ? "\(line.time) " : ""
      pending += "\(time)\(output.paint(name, .distinct(number))) | \(line.text)".utf8
    }
    pending.append(UInt8(ascii: "\n"))
    if pending.count > 64 * 1024 { flush() }
  }

  /// Writes out what has been printed.
  ///
  /// Where nobody reads any more, as behind `| head`, the program ends without a word.
  func flush() {
    var offset = 0
    while offset < pending.count {
      let count = pending[offset...].withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      if count < 0 { exit(errno == EPIPE ? 0 : 1) }
      offset += count
    }
    pending.removeAll(keepingCapacity: true)
  }
}
