import Foundation

/// A steady load on web, by a container on the stack's network: Tests/Stack/load.py.
final class StackLoad: Sendable {
  struct Tally: Decodable {
    /// How often something happened, and when, in seconds since 1970.
    struct Occurrence: Decodable {
      var count: Int
      var first: Double
      var last: Double
      var reason: String?
    }

    /// A request that got no answer, or another one than 200; times as above.
    struct Failure: Decodable, Equatable {
      var began: Double
      var ended: Double
      var reason: String
    }

    var kind: String
    /// The requests that were made.
    var count: Int
    var failures: [Failure]
    /// The connections that were made once more, by the address that refused them.
    var refused: [String: Occurrence]
    /// By what web says of itself: `0 orders, version 1 on 3c5a0b1d2e4f`.
    var answers: [String: Occurrence]

    /// The answers of a version, by replica: the first twelve digits of its container's id.
    func replicas(of version: String) -> [String: Occurrence] {
      let pairs = answers.compactMap { text, answers -> (String, Occurrence)? in
        let words = text.split(separator: " ").suffix(4).map(String.init)
        return words.dropLast() == ["version", version, "on"] ? (words[3], answers) : nil
      }
      return Dictionary(pairs) {
        Occurrence(count: $0.count + $1.count, first: min($0.first, $1.first), last: max($0.last, $1.last))
      }
    }
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

  /// Waits until `version` of the application has answered on so many replicas.
  func await(version: String, replicas: Int = 3, within limit: Duration = .seconds(120)) throws {
    try eventually(within: limit, every: .milliseconds(300), "answers of version \(version)") {
      try tally?.replicas(of: version).count ?? 0 >= replicas
    }
  }

  /// Ends it, after the requests that have begun.
  ///
  /// What failed or was refused while engines that are alive took each other for dead is said, and is not in the tally: it tells of
  /// this machine, not of the stack.
  ///
  /// - Parameter nodes: those that are alive; all unless some are named.
  func end(among nodes: [StackLab.Node]? = nil) throws -> Tally {
    try run.docker("kill", "--signal", "TERM", id)
    var tally: Tally = try eventually(within: .seconds(60), every: .milliseconds(200), "end of the load") {
      try last("end")
    }
    try run.docker("rm", "--force", id)
    for time in try run.lab.separations(among: nodes ?? run.lab.nodes) {
      let failures = tally.failures.filter { ($0.began...$0.ended).overlaps(time) }
      let refused = tally.refused.filter { ($0.value.first...$0.value.last).overlaps(time) }
      guard !failures.isEmpty || !refused.isEmpty else { continue }
      print("stack: the engines lost each other at \(time), which has cost \(failures) and \(refused)")
      tally.failures.removeAll { failures.contains($0) }
      for address in refused.keys { tally.refused[address] = nil }
    }
    return tally
  }

  private func last(_ kind: String) throws -> Tally? {
    let lines = try run.docker("logs", "--tail", "3", id).split(separator: "\n")
    let tallies = lines.compactMap { try? JSONDecoder().decode(Tally.self, from: Data($0.utf8)) }
    return tallies.last { $0.kind == kind }
  }
}
