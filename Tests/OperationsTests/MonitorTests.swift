import Scoring
import Testing

@testable import Operations

@Suite struct MonitorTests {
  private func state(_ survey: Survey = SurveyScene.well, _ change: (inout MonitorState) -> Void = { _ in })
    -> MonitorState
  {
    var state = MonitorState()
    let status = StatusReport(survey, stack: "pilito")
    let report = CheckReport(status, swarm: survey.facts(), others: .success(Score()))
    state.status = status
    state.score = report.score
    state.failures = report.recentFailures
    state.clock = "12:34:56 UTC"
    var traffic = Traffic()
    traffic.queues = [.init(name: "celery", length: 3), .init(name: "mail", length: 128)]
    traffic.tasksPerSecond = 1.25
    traffic.requestsPerSecond = 35
    traffic.failuresPerSecond = 0
    state.traffic = traffic
    change(&state)
    return state
  }

  private func screen(_ state: MonitorState, _ width: Int = 80, _ height: Int? = 24) -> [String] {
    MonitorView(state, width: width, height: height).lines.map(\.text)
  }

  @Test func `a terminal of 80x24 with a stack that is well`() {
    let lines = screen(state()).map { String($0.reversed().drop { $0 == " " }.reversed()) }
    #expect(
      lines.joined(separator: "\n") == """
        vitals monitor  pilito  100 healthy                                 12:34:56 UTC
        Swarm  node1 leads, 3/3 managers, 1 may be lost, 3 nodes, engine 24.0.7

        SERVICE          RUNNING  UPDATE  NODES              WHY
        pilito_celery        2/2          node1 node2
        pilito_postgres      1/1          node1
        pilito_web           3/3          node1 node2 node3

        CHECKS  services updates tasks nodes quorum

        NODE   ROLE     STATE  TASKS  CPU RESERVED   MEMORY RESERVED  ENGINE
        node1  leader   ready      3      0.8 of 4  768 MiB of 8 GiB  24.0.7
        node2  manager  ready      2      0.5 of 4  512 MiB of 8 GiB  24.0.7
        node3  manager  ready      1      0.3 of 4  256 MiB of 8 GiB  24.0.7

        QUEUES  celery 3  mail 128
        RATES   1.3/s tasks  35/s requests  0/s failed






        q quit  f filter  s sort by trouble  l log  h help
        """)
  }

  @Test func `in trouble there is less room, and what is worst has it`() {
    let lines = screen(state(SurveyScene.troubled) { _ = $0.press(.character("s")) })
    #expect(lines.count == 24)
    #expect(lines[0].hasPrefix("vitals monitor  pilito  10 critical"))
    #expect(lines[1].hasPrefix("Swarm  node1 leads, 2/3 managers, 0 may be lost, 3 nodes (1 not ready)"))
    let places = ["pilito_postgres", "pilito_celery", "pilito_web"].map { name in lines.firstIndex { $0.contains(name) }
    }
    #expect(places == [3, 4, 5] || places == [4, 5, 6], "\(lines)")
    for text in [
      "-40 services: pilito_postgres runs 0 of 1 replica", "1/3 new", "node3  manager  down", "FAILED TASKS",
    ] {
      #expect(lines.contains { $0.contains(text) }, "\(text): \(lines)")
    }
  }

  @Test(arguments: [(80, 24), (200, 60), (40, 10), (20, 5), (1, 1), (132, 43)])
  func `every size has its lines, and none is too wide`(width: Int, height: Int) {
    let keys: [Key?] = [nil, .character("h"), .character("l"), .character("f")]
    for survey in [SurveyScene.well, SurveyScene.troubled] {
      for key in keys {
        let state = state(survey) { state in
          if let key { _ = state.press(key) }
          state.add(logLine: String(repeating: "x", count: 500))
          state.problem = String(repeating: "no answer ", count: 50)
        }
        let lines = MonitorView(state, width: width, height: height).lines
        #expect(lines.count == max(5, height))
        #expect(lines.allSatisfy { $0.width <= max(20, width) })
      }
    }
  }

  @Test func `a filter, as it is typed`() {
    var state = state()
    for character in "fWEBx" { _ = state.press(.character(character)) }
    #expect(state.isFiltering && state.filter == "WEBx" && state.services.isEmpty)
    #expect(screen(state).last?.hasPrefix("filter: WEBx_") == true)
    _ = state.press(.backspace)
    #expect(state.services.map(\.name) == ["pilito_web"])
    // Letters are letters there, and no commands.
    #expect(state.press(.character("q")) == nil)
    _ = state.press(.backspace)
    _ = state.press(.enter)
    #expect(!state.isFiltering && screen(state).last?.contains("f filter (WEB)") == true)
    #expect(!screen(state).contains { $0.contains("pilito_celery") })
    _ = state.press(.escape)
    #expect(state.services.count == 3)
  }

  @Test func `keys select a service, open its log, and quit`() {
    var state = state()
    _ = state.press(.down)
    _ = state.press(.character("j"))
    _ = state.press(.down)
    #expect(state.services[state.selectedIndex].name == "pilito_web")
    _ = state.press(.up)
    #expect(state.press(.character("l")) == .openLogs("pilito_postgres"))
    for number in 1...100 { state.add(logLine: "line \(number)") }
    #expect(screen(state)[2] == "Log of pilito_postgres")
    #expect(screen(state)[22] == "line 100")
    _ = state.press(.pageUp)
    state.add(logLine: "line 101")
    #expect(screen(state)[22] == "line 80")
    for _ in 0..<99 { _ = state.press(.pageUp) }
    #expect(screen(state)[3] == "line 1")
    #expect(state.press(.escape) == .closeLogs && state.screen == .overview)
    _ = state.press(.character("h"))
    #expect(screen(state).contains { $0.hasPrefix("l, enter ") })
    _ = state.press(.character("x"))
    #expect(state.screen == .overview)
    #expect(state.press(.character("q")) == .quit)
  }

  @Test func `a long list of services shows the selected one`() {
    let services = (0..<100).map { SurveyScene.service("s\($0 + 100)", replicas: 0) }
    var state = state(Survey(nodes: SurveyScene.nodes(), services: services, tasks: [], time: 1000))
    for _ in 0..<7 { _ = state.press(.pageDown) }
    let selected = state.services[state.selectedIndex].name
    let lines = MonitorView(state, width: 80, height: 24).lines
    #expect(lines.count == 24)
    #expect(lines.contains { $0.text.hasPrefix(selected) && $0.spans.first?.style == .inverse })
    #expect(lines.contains { $0.text.hasPrefix("NODE") })
  }

  @Test func `without an answer it says so, and what it shows is old`() {
    var state = MonitorState()
    state.clock = "12:34:56 UTC"
    #expect(screen(state)[1] == "Asking...")
    state = self.state {
      $0.problem = "no engine at /x"
      $0.age = 75
    }
    #expect(screen(state)[0].contains("1 min old: no engine at /x "))
  }

  @Test func `a log has what changed, and a line where nothing has`() {
    var log = MonitorLog()
    #expect(log.lines(state()) == ["score 100 healthy, 3/3 services healthy, 3/3 nodes ready"])
    #expect(log.lines(state()) == ["score 100 healthy, 3/3 services healthy, 3/3 nodes ready"])
    let lines = log.lines(state(SurveyScene.troubled))
    #expect(lines.first?.hasPrefix("score 10 critical: -40 pilito_postgres runs 0 of 1 replica; ") == true)
    #expect(lines.contains { $0.hasPrefix("pilito_celery 1/2 not healthy: paused; update paused") })
    #expect(lines.contains("node3 is down"))
    var lost = state(SurveyScene.troubled)
    lost.problem = "no quorum"
    #expect(log.lines(lost) == ["no answer: no quorum"])
    #expect(log.lines(lost) == [])
    #expect(log.lines(state(SurveyScene.troubled)) == ["answers again"])
  }

  // MARK: Keys

  @Test(arguments: [
    ("q", [Key.character("q")]), ("\u{1B}", [.escape]), ("\u{1B}[A\u{1B}OB", [.up, .down]),
    ("\r\u{7F}", [.enter, .backspace]),
    ("\u{1B}[5~\u{1B}[6~", [.pageUp, .pageDown]), ("\u{1B}[1;5Cx", [.character("x")]), ("é", [.character("é")]),
    ("\u{1B}[", []), ("\u{1}\u{1B}q", [.escape, .character("q")]),
  ])
  func `keys from what a terminal sends`(text: String, keys: [Key]) {
    var keyboard = Keyboard()
    #expect(keyboard.keys(in: text.utf8) == keys)
  }

  @Test func `a character in pieces`() {
    var keyboard = Keyboard()
    #expect(keyboard.keys(in: [0xC3]).isEmpty)
    #expect(keyboard.keys(in: [0xA9]) == [.character("é")])
    // What is no text at all does no harm.
    for byte in UInt8.min...UInt8.max { _ = keyboard.keys(in: [byte, 0x1B, 0x5B, byte]) }
  }

  // MARK: Traffic

  @Test func `queues and rates come from two pages`() {
    var meter = TrafficMeter()
    func page(_ tasks: Int, _ requests: Int, _ failures: Int?) -> String {
      """
      # TYPE celery_queue_length gauge
      celery_queue_length{queue_name="mail"} 128
      celery_queue_length{queue_name="a \\"b\\" \\\\"} 3
      celery_worker_tasks_processed_total{hostname="w1"} \(tasks)
      celery_worker_tasks_processed_total{hostname="w2"} 10
      gunicorn_requests_total{app="pilito"} \(requests)
      \(failures.map { "gunicorn_request_status_total{app=\"pilito\",code=\"502\"} \($0)" } ?? "nonsense{")
      gunicorn_request_status_total{app="pilito",code="200"} 1000
      """
    }
    let first = meter.read(page(100, 1000, nil), at: 1000)
    #expect(first.queues == [.init(name: "a \"b\" \\", length: 3), .init(name: "mail", length: 128)])
    #expect(first.tasksPerSecond == nil && first.failuresPerSecond == nil)
    let second = meter.read(page(110, 1500, nil), at: 1010)
    #expect((second.tasksPerSecond, second.requestsPerSecond, second.failuresPerSecond) == (1, 50, 0))
    #expect(meter.read(page(110, 1500, 5), at: 1020).requestsPerSecond == 25)
    // A worker that was started again.
    #expect(meter.read(page(0, 1500, 5), at: 1030).tasksPerSecond == nil)
    #expect(meter.read("", at: 1040) == Traffic())
  }

  @Test func `text helpers`() {
    #expect(
      ["a b c".wrapped(to: 3), "abcdef".wrapped(to: 4), "".wrapped(to: 4)] == [["a b", "c"], ["abcd", "ef"], []])
    #expect(
      [0, 59, 60, 3600, 7800, 90_000, 1e9].map(ageText) == [
        "0 s", "59 s", "1 min", "1 h", "2 h 10 min", "1 d 1 h", "11574 d",
      ])
    #expect([0, 999, 1 << 20, 3 << 29].map { MemorySize.text(Int64($0)) } == ["0 B", "999 B", "1 MiB", "1.5 GiB"])
    #expect(TextLine("äöü€").cut(to: 3).text == "äö…")
  }
}
