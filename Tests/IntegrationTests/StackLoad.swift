import Foundation

/// A steady load on web, by a container on the stack's network: Tests/Stack/load.py.
final class StackLoad: Sendable {
  struct Tally: Decodable {
    var kind: String
    var requests: Int
    var failures: [String]
    /// Connections that were made once more.
    var retries: [String]
    var answers: [String: Int]
  }

  private let run: StackRun
  private let id: String

  init(_ run: StackRun) throws {
    self.run = run
    id = try run.docker(
      "run", "--detach", "--network", "pilito_network", "--volume",
      "\(Tool.packageDirectory)/Tests/Stack/load.py:/load.py:ro", "registry:5000/pilito:1", "python3", "-u", "/load.py",
      "http://web:8000/")
  }

  /// What there was so far; nil before the first second.
  var tally: Tally? {
    get throws { try last("second") }
  }

  /// Waits until `version` of the application answers.
  func await(version: String, within limit: Duration = .seconds(120)) throws {
    try eventually(within: limit, every: .milliseconds(300), "answers of version \(version)") {
      try tally?.answers.keys.contains { $0.hasSuffix("version \(version)") } ?? false
    }
  }

  /// Ends it, after the requests that have begun.
  func end() throws -> Tally {
    try run.docker("kill", "--signal", "TERM", id)
    let tally: Tally = try eventually(within: .seconds(60), every: .milliseconds(200), "end of the load") {
      try last("end")
    }
    try run.docker("rm", "--force", id)
    return tally
  }

  private func last(_ kind: String) throws -> Tally? {
    let lines = try run.docker("logs", "--tail", "3", id).split(separator: "\n")
    let tallies = lines.compactMap { try? JSONDecoder().decode(Tally.self, from: Data($0.utf8)) }
    return tallies.last { $0.kind == kind }
  }
}
