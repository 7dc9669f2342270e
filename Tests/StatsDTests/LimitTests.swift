import StatsD
import Testing

/// What a client that sends too much gets, and the others.
@Suite struct LimitTests {
  private static let limits = {
    var limits = Limits()
    limits.series = 60
    limits.seriesOfName = 30
    limits.nameLength = 20
    limits.labels = 3
    limits.labelsLength = 40
    limits.idle = .seconds(100)
    return limits
  }()

  private let intake = Intake(limits: limits)

  @Test func `a name has as many series as one may have, and the others have the rest`() {
    for user in 0..<100 { intake.take("a:1|c|#user:\(user)") }
    #expect(intake.droppedLines == ["name_series": 70])
    for user in 0..<100 { intake.take("b:1|ms|#user:\(user)") }
    // A histogram has 14.
    #expect(intake.droppedLines == ["name_series": 168])
    #expect(intake.value("vitals_statsd_series") == 58)
    for name in 0..<10 { intake.take("c\(name):1|g") }
    #expect(intake.droppedLines == ["name_series": 168, "series": 8])
    // Those that are there go on.
    intake.take("a:1|c|#user:0\nb:1|ms|#user:1\nc0:7|g")
    #expect(intake.value("a_total{user=\"0\"}") == 2)
    #expect(intake.value("b_seconds_count{user=\"1\"}") == 2)
    #expect(intake.value("c0") == 7)
    #expect(intake.samples.count == 60)
  }

  @Test(arguments: [
    ("a123456789012345678:1|g", true), ("a1234567890123456789:1|g", true), ("a12345678901234567890:1|g", false),
    ("a1234567890123:1|c", true), ("a12345678901234:1|c", false), ("pg_12345678901:1|g", false),
    ("a:1|c|#x:1,y:2,z:3", true), ("a:1|c|#x:1,y:2,z:3,zz:4", false), ("a:1|c|#x:1,x:2,x:3,x:4", true),
    ("a:1|c|#x:12345678901234567890123456789012345", true), ("a:1|c|#x:1234567890123456789012345678901234567", false),
    (#"a:1|c|#x:"""""""""""""""""""""#, false),
    ("aaaaaaaaaa.gunicorn.x:1|g", false), ("a.gunicorn.x:1|g|#b:1,c:2", true), ("a.gunicorn.x:1|g|#b:1,c:2,d:3", false),
  ])
  func `names and labels have limits`(line: String, isTaken: Bool) {
    intake.take(line)
    #expect(intake.droppedLines == (isTaken ? [:] : ["length": 1]))
    #expect(intake.samples.isEmpty != isTaken)
  }

  @Test func `the text has a limit too`() {
    var limits = Limits()
    limits.text = 1000
    let intake = Intake(limits: limits)
    for index in 0..<100 { intake.take("a\(index):1|g|#x:\(String(repeating: "x", count: 60))") }
    #expect(intake.samples.count == 10)
    #expect(intake.samples.reduce(0) { $0 + $1.utf8.count + 1 } <= 1000)
    #expect(intake.droppedLines == ["series": 90])
  }

  @Test func `series stay while there is room, however long they are idle`() {
    intake.take("a:1|c\nb:2|g", at: 0)
    intake.take("c:1|g", at: 1_000_000)
    intake.take("a:1|c", at: 2_000_000)
    #expect(intake.samples == ["a_total 2", "b 2", "c 1"])
  }

  @Test func `where there is no room, series that were idle for long make it`() {
    for index in 0..<60 { intake.take("a\(index):1|g", at: index) }
    intake.take("b:1|g", at: 99)
    #expect(intake.droppedLines == ["series": 1])
    // The first two have been idle for a hundred seconds.
    intake.take("b:1|g", at: 101)
    #expect(intake.value("b") == 1)
    #expect(intake.value("a0") == nil && intake.value("a1") == nil && intake.value("a2") == 1)
    intake.take("c:1|g\nd:1|g", at: 101)
    #expect(intake.droppedLines == ["series": 2])
    #expect(intake.value("vitals_statsd_series") == 60)
    // A sample is a sign of life.
    for index in 2..<59 { intake.take("a\(index):+1|g", at: 150) }
    intake.take("d:1|g\ne:1|g", at: 200)
    #expect(intake.droppedLines == ["series": 3])
    #expect(intake.value("d") == 1 && intake.value("a59") == nil && intake.value("a58") == 2)
  }

  @Test func `within a name it is the same, and the others are left alone`() {
    intake.take("other:1|g", at: 0)
    for user in 0..<31 { intake.take("a:1|c|#user:\(user)", at: user) }
    intake.take("a:1|c|#user:new", at: 105)
    #expect(intake.droppedLines == ["name_series": 1])
    #expect(intake.value("a_total{user=\"new\"}") == 1)
    #expect(intake.value("a_total{user=\"5\"}") == nil && intake.value("a_total{user=\"6\"}") == 1)
    #expect(intake.value("other") == 1)
  }

  @Test func `a name whose series have gone may have another type`() {
    intake.take("a:1|c", at: 0)
    for index in 0..<59 { intake.take("x\(index):1|g", at: 50) }
    intake.take("y:1|g", at: 110)
    intake.take("a:1|g", at: 110)
    #expect(intake.droppedLines == ["series": 1])
    intake.take("a:1|g", at: 150)
    #expect(intake.value("a") == 1)
    #expect(intake.droppedLines == ["series": 1])
  }

  @Test func `a flood of new names is refused, all of it`() {
    for index in 0..<20_000 { intake.take("n\(index):1|c|#t:\(index)") }
    #expect(intake.samples.count == 60)
    #expect(intake.droppedLines == ["series": 19_940])
  }
}
