import Foundation

/// A text file of the package.
struct Document {
  let lines: [String]

  /// - Parameter path: below the package's directory.
  init(_ path: String) throws {
    lines = try String(contentsOfFile: "\(Tool.packageDirectory)/\(path)", encoding: .utf8)
      .components(separatedBy: "\n")
  }

  /// The paths of all Markdown files for readers: at the top and in docs.
  static func all() throws -> [String] {
    let manager = FileManager.default
    let top = try manager.contentsOfDirectory(atPath: Tool.packageDirectory)
    let docs = try manager.contentsOfDirectory(atPath: "\(Tool.packageDirectory)/docs").map { "docs/\($0)" }
    return (top + docs).filter { $0.hasSuffix(".md") }.sorted()
  }

  /// The rows of all tables whose head begins so, each as its cells.
  func table(under head: String) -> [[String]] {
    var rows: [[String]] = []
    var isInside = false
    for line in lines {
      if line.hasPrefix(head) {
        isInside = true
      } else if !line.hasPrefix("|") {
        isInside = false
      } else if isInside, !line.hasPrefix("|-") {
        let cells = line.split(separator: "|", omittingEmptySubsequences: false).dropFirst().dropLast()
        rows.append(cells.map { $0.trimmingCharacters(in: .whitespaces) })
      }
    }
    return rows
  }
}

extension String {
  /// The first text in backticks.
  var code: String? {
    let parts = split(separator: "`", omittingEmptySubsequences: false)
    return parts.count > 2 ? String(parts[1]) : nil
  }
}
