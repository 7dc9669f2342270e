import Foundation

/// A file of `/proc`.
enum ProcFile {
  /// Its text, empty when there is none any more: processes end at any time.
  static func read(_ path: String) -> String {
    (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
  }
}
