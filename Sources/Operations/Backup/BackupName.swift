package import FoundationEssentials

/// The name of a backup's file: `pilito-20261123T154500Z.tar.gz`.
package struct BackupName: Equatable, Comparable, Sendable {
  private static let suffix = ".tar.gz"
  /// Of a time as in `20261123T154500Z`.
  private static let stampSize = 16

  package let stack: String
  /// In seconds, UTC.
  package let time: Date

  package init(stack: String, time: Date) {
    self.stack = stack
    self.time = Date(timeIntervalSince1970: time.timeIntervalSince1970.rounded(.down))
  }

  /// Reads a name; nil for what is no backup of `stack`.
  package init?(_ text: String, of stack: String) {
    guard text.hasPrefix("\(stack)-"), text.hasSuffix(BackupName.suffix) else { return nil }
    let stamp = text.dropFirst(stack.utf8.count + 1).dropLast(BackupName.suffix.utf8.count)
    guard stamp.utf8.count == BackupName.stampSize, let time = try? Date(String(stamp), strategy: BackupName.style)
    else { return nil }
    self.init(stack: stack, time: time)
    guard self.text == text else { return nil }
  }

  package var text: String { "\(stack)-\(time.formatted(BackupName.style))\(BackupName.suffix)" }

  package static func < (a: BackupName, b: BackupName) -> Bool { (a.time, a.stack) < (b.time, b.stack) }

  private static var style: Date.ISO8601FormatStyle {
    Date.ISO8601FormatStyle(dateSeparator: .omitted, timeSeparator: .omitted)
  }
}
