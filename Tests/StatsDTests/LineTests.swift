import StatsD
import Testing

@Suite struct LineTests {
  /// Reads into memory that still has an earlier line's value.
  private func read(_ text: String, into values: inout [Line.Value]) -> Line.Reading {
    _ = Array("earlier:+7|g".utf8).withUnsafeBytes { Line.read($0, into: &values) }
    return Array(text.utf8).withUnsafeBytes { Line.read($0, into: &values) }
  }

  private func read(_ text: String) -> Line.Reading {
    var values: [Line.Value] = []
    return read(text, into: &values)
  }

  @Test func `all parts of a line`() {
    var values: [Line.Value] = []
    #expect(
      read("a.b:1:2.5|ms|@0.1|#env:dev,x|c:id|T12", into: &values)
        == .samples(Line(name: 0..<3, kind: .timing, rate: 0.1, tags: 19..<28)))
    #expect(values.map(\.number) == [1, 2.5])
    #expect(read("a:1|c", into: &values) == .samples(Line(name: 0..<1, kind: .counter)))
    #expect(values.map(\.number) == [1])
  }

  @Test func `a value has a sign or none`() {
    var values: [Line.Value] = []
    #expect(read("a:-1:+2:3|g", into: &values) == .samples(Line(name: 0..<1, kind: .gauge)))
    #expect(values.map(\.number) == [-1, 2, 3])
    #expect(values.map(\.isSigned) == [true, true, false])
  }

  @Test(arguments: [
    ("c", Line.Kind.counter), ("g", .gauge), ("ms", .timing), ("h", .histogram), ("d", .histogram),
  ])
  func `types`(type: String, kind: Line.Kind) {
    #expect(read("a:1|\(type)") == .samples(Line(name: 0..<1, kind: kind)))
  }

  @Test(arguments: [
    "", "a", "a:", ":1|c", "a:1", "a:1|", "a:|c", "a:1||c", "a|c", "a|1:c", "a:1|x", "a:1|m", "a:1|cc", "a:1|C",
    "a:1|c:2|c", "a:1:|c", "a::1|c", "a:1:x|c",
    // Numbers that are none.
    "a:nan|g", "a:NaN|g", "a:inf|g", "a:-Infinity|g", "a:0x10|g", "a: 1|g", "a:1 |g", "a:+|g", "a:-|g", "a:.|g",
    "a:e5|g",
    "a:1e|g", "a:1e+|g", "a:1e1.5|g", "a:1.2.3|g", "a:--1|g", "a:1,5|g", "a:1_000|g", "a:1e999|g", "a:-1e309|g",
    "a:1|c|@",
    // Rates that are none.
    "a:1|c|@0", "a:1|c|@-1", "a:1|c|@1.1", "a:1|c|@x", "a:1|c|@1e-7", "a:1|c|@nan",
    // Tags within the name, by InfluxDB, Librato, Graphite and SignalFx.
    "a,env=dev:1|c", "a#env=dev:1|c", "a;env=dev:1|c", "a[env=dev]:1|c",
  ])
  func `what is no line`(text: String) {
    #expect(read(text) == .malformed)
  }

  @Test func `a line has a limit, and a number`() {
    let name = String(repeating: "a", count: 8188)
    #expect(read("\(name):1|c") == .samples(Line(name: 0..<8188, kind: .counter)))
    #expect(read("\(name)a:1|c") == .malformed)
    #expect(read("a:\(String(repeating: "1", count: 65))|g") == .malformed)
  }

  @Test(arguments: ["a:1|c|", "a:1|c||", "a:1|c|#", "a:1|c|c:", "a:1|c|e:x,y|card:low", "a:1|c|?", "a:1|c|@1.0"])
  func `what is not known of a line is passed over`(text: String) {
    guard case .samples(let line) = read(text) else {
      Issue.record("malformed: \(text)")
      return
    }
    #expect(line.kind == .counter && line.rate == 1 && line.tags.isEmpty)
  }

  @Test func `events, service checks and sets are told from metrics`() {
    #expect(read("_e{5,4}:title|text|#env:dev") == .event)
    #expect(read("_sc|redis|0|m:fine") == .serviceCheck)
    #expect(read("a:x:y|s|@0.5|#t:u") == .set)
    #expect(read("a:x|s|@2") == .malformed && read("a|s") == .malformed)
    #expect(read("_e:1|c") == .samples(Line(name: 0..<2, kind: .counter)))
  }

  // Each as the one Double that is nearest to it.
  @Test(arguments: [
    "0", "-0", "1", "+1", "-1", "007", "25.166", ".5", "5.", "1e3", "1E-3", "1e+2", "0.1", "1e22", "1e23", "1e-22",
    "1e-23", "123456789012345678", "12345678901234567890", "9007199254740993", "0.000000000000000000001",
    "5e-324", "1e-400", "2.2250738585072011e-308", "1.7976931348623157e308", "3.141592653589793238462643383279",
    "8.5e-05", "100000000000000000000000", "0e999999999999999999999", "179769313486231570000000000000000000000",
  ])
  func `numbers are read exactly`(text: String) throws {
    let intake = Intake()
    intake.take("a:\(text)|h")
    if text.hasPrefix("-1") {
      #expect(intake.droppedLines == ["negative": 1])
    } else {
      #expect(intake.value("a_sum") == Double(text))
      #expect(intake.value("a_count") == 1)
    }
  }
}
