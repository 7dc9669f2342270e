import Foundation

/// What was measured, row by row, and what could not be.
struct Report: Encodable {
  /// A figure of vitals, what it is compared with, and what the design asks for.
  struct Row: Encodable {
    let figure: String
    let vitals: Double
    let unit: String
    var peerName: String?
    var peer: Double?
    /// vitals to peer; of rounds taken in turn the median of the rounds' ratios.
    var ratio: Double?
    var target: Target?

    var isMet: Bool? { target?.isMet(value: vitals, ratio: ratio) }
  }

  /// The rounds of one server on one path.
  struct Lap: Encodable {
    let server: String
    let path: String
    var loads: [Load] = []
  }

  let machine: [String]
  let isQuick: Bool
  private(set) var rows: [Row] = []
  private(set) var laps: [Lap] = []
  private(set) var problems: [String] = []

  init(machine: [String], isQuick: Bool) {
    self.machine = machine
    self.isQuick = isQuick
  }

  mutating func add(_ row: Row) { rows.append(row) }

  mutating func add(_ laps: [Lap]) { self.laps += laps }

  mutating func fail(_ what: String, _ error: any Error) {
    problems.append("\(what): \(error)")
    progress("could not be run: \(what): \(error)")
  }

  /// Adds a row that compares two laps round by round, or nothing if one could not be run.
  mutating func compare(
    _ figure: String, _ lap: Lap?, with peer: Lap?, _ unit: String, target: Target?, _ value: (Load) -> Double
  ) {
    guard let lap, let peer, !lap.loads.isEmpty, lap.loads.count == peer.loads.count else { return }
    let ratios = zip(lap.loads, peer.loads).map { value($0) / value($1) }
    add(
      Row(
        figure: figure, vitals: lap.loads.map(value).median, unit: unit, peerName: peer.server,
        peer: peer.loads.map(value).median, ratio: ratios.median, target: target))
  }
}

/// What the design asks of a figure.
struct Target: Encodable {
  enum Subject: String, Encodable { case value, ratio }

  let subject: Subject
  let isUpperBound: Bool
  let bound: Double

  static func atMost(_ bound: Double) -> Target { Target(subject: .value, isUpperBound: true, bound: bound) }
  static func ratioAtMost(_ bound: Double) -> Target { Target(subject: .ratio, isUpperBound: true, bound: bound) }
  static func ratioAtLeast(_ bound: Double) -> Target { Target(subject: .ratio, isUpperBound: false, bound: bound) }

  func isMet(value: Double, ratio: Double?) -> Bool {
    let subject = self.subject == .value ? value : ratio ?? .nan
    return isUpperBound ? subject <= bound : subject >= bound
  }
}
