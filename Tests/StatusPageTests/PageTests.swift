import Foundation
import Health
import Testing

@testable import StatusPage

@Suite struct PageTests {
  private let passing = Sample.check("postgresql", minutes: 2)

  private func failing(_ name: String, _ reason: Reason = .refused, critical: Bool = true) -> CheckState {
    Sample.check(name, policy: CheckPolicy(critical: critical), minutes: 2, reason: reason) { $0 < 6 }
  }

  /// The text of a page without its markup, style and script.
  private func text(_ page: String) -> String {
    page.replacing(/(?s)<(style|script|title)>.*?<\/\1>/, with: "").replacing(/<[^>]*>/, with: "|")
      .replacing("\u{A0}", with: " ").replacing(/\|(\s*\|)+/, with: "|")
  }

  struct State: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var checks: [CheckState]
    var lifecycle = Lifecycle.serving
    var title: String
    var status: String
    var tone: Severity
    var summary: String
  }

  private static let states = [
    State(
      testDescription: "both pass",
      checks: [Sample.check("postgresql", minutes: 2), Sample.check("redis", minutes: 2)],
      title: "Healthy · vitals-1", status: "pass", tone: .good, summary: "Both checks pass."),
    State(
      testDescription: "all pass", checks: ["a", "b", "c"].map { Sample.check($0, minutes: 2) },
      title: "Healthy · vitals-1", status: "pass", tone: .good, summary: "All 3 checks pass."),
    State(
      testDescription: "the only one passes", checks: [Sample.check("redis", minutes: 2)], title: "Healthy · vitals-1",
      status: "pass", tone: .good, summary: "The one check passes."),
    State(
      testDescription: "none", checks: [], title: "Healthy · vitals-1", status: "pass", tone: .good,
      summary: "Nothing is checked: set |DATABASE_URL|"),
    State(
      testDescription: "a warning",
      checks: [Sample.check("redis", minutes: 2, reason: .timeout) { $0 < 6 }],
      title: "Degraded: redis · vitals-1", status: "warn", tone: .warn,
      summary: "redis| has been warning for |5 s|: no answer in time, 1 of 3 failures|"),
    State(
      testDescription: "an optional one fails",
      checks: [Sample.check("redis", policy: CheckPolicy(critical: false), minutes: 2) { $0 < 6 }],
      title: "Degraded: redis · vitals-1", status: "warn", tone: .warn,
      summary: "redis| has been failing for |5 s|: connection refused (optional)|"),
    State(
      testDescription: "several fail, and what decides comes first",
      checks: [
        Sample.check("a", policy: CheckPolicy(critical: false), minutes: 2) { $0 < 6 },
        Sample.check("b", minutes: 2, reason: .auth) { $0 < 6 }, Sample.check("c", minutes: 2) { $0 < 6 },
      ], title: "Failing: b, c and 1 more · vitals-1", status: "fail", tone: .fail,
      summary: "b| has been failing for |5 s|: user, password or permission not accepted|c| has been failing"),
    State(
      testDescription: "no result yet",
      checks: [CheckState(name: "redis", componentType: .datastore, policy: CheckPolicy())],
      title: "Starting: redis · vitals-1", status: "fail", tone: .note, summary: "redis| has not been checked yet|"),
    State(
      testDescription: "draining", checks: [Sample.check("redis", minutes: 2)], lifecycle: .draining,
      title: "Stopping · vitals-1", status: "fail", tone: .note, summary: "The service was told to stop"),
  ]

  @Test(arguments: states) func `the state comes first, in words`(state: State) {
    let page = Sample.page(state.checks, Overview(), state.lifecycle)
    #expect(page.contains("<title>\(state.title)</title>"))
    #expect(page.contains("<body data-status=\"\(state.status)\" data-tone=\"\(state.tone)\">"))
    #expect(text(page).contains("|\(state.summary)"))
    #expect(text(page).contains("answers 503") == (state.status == "fail"))
  }

  @Test func `a check has its state, its reason and its last success`() {
    let optional = failing("search", critical: false)
    let text = text(Sample.page([passing, optional]))
    #expect(text.contains("|postgresql|passing| for |2 min|last passed |5 s ago|0."))
    #expect(text.contains("|search|optional|failing| for |5 s|connection refused|last passed |10 s ago|"))
  }

  @Test func `services are sorted by what is wrong with them`() throws {
    let page = text(Sample.page([passing], Sample.troubledOverview))
    let table = try #require(page.firstRange(of: "|Service|Running|State|"))
    let names = ["beat", "worker", "grafana", "web", "postgres", "redis", "prometheus", "migrate"]
    let places = names.map { page[table.lowerBound...].firstRange(of: "|pilito_|\($0)|")?.lowerBound }
    #expect(places.allSatisfy { $0 != nil })
    #expect(places.compactMap { $0 } == places.compactMap { $0 }.sorted())
    #expect(page.contains("|pilito_|worker|1|/ 2|update paused|a task was killed"))
    #expect(page.contains("|pilito_|web| updating, for |3 min|: 1 of 3 replaced|"))
    #expect(page.contains("|worker1|worker|down|0|node3|manager|drained|4|node1|leader|ready|5|"))
    #expect(page.contains("|pilito_worker| was killed, as the kernel does above the memory limit, |1 min ago|"))
  }

  @Test func `what needs attention comes before all tables, the worst first`() throws {
    let page = text(Sample.page([passing], Sample.troubledOverview))
    let list = try #require(page.firstRange(of: "|Needs attention|"))
    let end = try #require(page.firstRange(of: "|Checks|"))
    let attention = page[list.upperBound..<end.lowerBound].replacing("|", with: "")
    #expect(
      attention == """
        pilito_beat runs 0 of 1 replicas; no node can take a task, for 3 minworker1, a worker, is down\
        pilito_worker runs 1 of 2 replicas; update paused; \
        a task was killed, as the kernel does above the memory limit, 1 min ago\
        pilito_grafana runs 1 of 1 replicas; update rolled back 11 min ago\
        Celery worker celery@worker-2 is goneCollector redis fails: its last numbers are of 1 min ago
        """)
    #expect(!text(Sample.page([passing], Sample.overview)).contains("Needs attention"))
    // The collector of a server whose check fails is no news.
    let redis = text(Sample.page([passing, failing("redis")], Sample.troubledOverview))
    #expect(!redis.contains("Collector |redis| fails"))
  }

  @Test func `queues and workers are told`() {
    let page = text(Sample.page([passing], Sample.troubledOverview))
    #expect(page.contains("|Queue|Waiting|mail|128|celery|3|reports|0|"))
    #expect(page.contains("|celery@worker-2|gone, heard |5 min ago|0|celery@worker-1|up, heard |1 s ago|2|"))
    #expect(!text(Sample.page([passing])).contains("Celery"))
  }

  @Test(arguments: [
    (nil, nil, "The engine has not been asked yet."),
    (
      "inactive", "the engine is in no swarm: run docker swarm init",
      "The engine is in no swarm: run docker swarm init."
    ),
    ("no_engine", "no engine answers: is it running?", "No engine answers: is it running?."),
  ])
  func `a swarm that can't be seen says what to do`(state: String?, advice: String?, text: String) {
    var overview = Overview()
    overview.swarm = .init(state: state, advice: advice)
    #expect(self.text(Sample.page([passing], overview)).contains("|Swarm|\(text)|"))
  }

  @Test func `without an engine the page says how to name one`() {
    #expect(text(Sample.page([passing])).contains("|Swarm|No swarm is watched: |DOCKER_HOST| names no engine"))
  }

  @Test func `a stranger is told the verdict and nothing else`() {
    for (status, word) in [(Status.pass, "Healthy"), (.warn, "Degraded"), (.fail, "Failing")] {
      let page = String(decoding: VerdictPage(.init(status: status), offersLogin: true).render(), as: UTF8.self)
      #expect(page.contains("<title>\(word)</title>"))
      #expect(text(page).trimmingPrefix("|").hasPrefix("Vitals|Pause|\(word)|Log in| to see more.|"))
    }
    let answer = ProbeAnswer(status: .fail, output: "<redis> refused")
    let page = String(decoding: VerdictPage(answer).render(), as: UTF8.self)
    #expect(page.contains("<p>&lt;redis&gt; refused</p>") && !page.contains("login"))
  }

  // MARK: Hostile input

  @Test func `names from elsewhere can't become markup`() {
    let name = "\"><script>alert('x')</script><img src=x onerror=alert(1)>&amp;\u{202E}\u{0}"
    var overview = Sample.troubledOverview
    overview.swarm?.advice = name
    for index in 0..<8 {
      overview.swarm?.services[index].name = name
      overview.swarm?.services[index].stack = index % 2 == 0 ? name : ""
    }
    for index in 0..<4 {
      overview.swarm?.nodes[index] = .init(name: name, state: name, availability: name, runningTasks: -1)
    }
    overview.queues = [.init(name: name, length: .max)]
    overview.workers = [.init(name: name, isUp: false)]
    overview.sources = [.init(name: name, isUp: false)]
    let check = CheckState(name: name, componentType: .datastore, policy: CheckPolicy())
    let page = Sample.page([check], overview)
    #expect(page.ranges(of: "<script").count == 1)
    #expect(!page.contains("<img") && !page.contains("\u{0}"))
    #expect(page.ranges(of: "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;").count > 15)
  }

  @Test func `a page is small, however much there is to tell`() {
    let long = String(repeating: "<", count: 1000)
    var overview = Overview()
    var swarm = Overview.Swarm(state: "manager", advice: long)
    swarm.taken = Sample.time(1)
    for number in 0..<10_000 {
      var service = Overview.Service(name: "\(number)\(long)", desired: .max, running: number % 3)
      service.update = .init(.paused, updated: .max, started: Sample.time(.max / 2000))
      service.lastFailure = .init(.exit, exitCode: .min, time: Sample.time(1))
      service.pendingSince = Sample.time(2)
      swarm.services.append(service)
      swarm.nodes.append(.init(name: long, state: long, availability: long, runningTasks: .max))
      overview.queues.append(.init(name: long, length: number))
      overview.workers.append(.init(name: long, isUp: false))
      overview.sources.append(.init(name: long, isUp: false))
    }
    overview.swarm = swarm
    let checks = (0..<1000).map { _ in failing("a") }
    let page = Sample.page(checks, overview)
    #expect(page.utf8.count < 1_000_000)
    #expect(page.contains("And 9960 more services: something is wrong with 9960 of them."))
    #expect(page.contains("And 9984 shorter queues."))
    #expect(page.contains("And 960 more checks."))
    #expect(page.contains("<li>And 994 more checks do not pass.</li>"))
  }

  @Test func `of many rows the most important are shown`() {
    let rows = [0, 2, 1, 3, 0, 2].enumerated().map {
      (place: $0.offset, severity: Severity(rawValue: $0.element) ?? .good)
    }
    let excerpt = Excerpt(rows, limit: 4, by: \.severity)
    #expect(excerpt.rows.map(\.place) == [3, 1, 5, 2])
    #expect(excerpt.rest == 2)
    #expect(Excerpt(rows, limit: 10, by: \.severity).rows.map(\.place) == [3, 1, 5, 2, 0, 4])
  }

  // MARK: The policy

  @Test(arguments: [(Style.css, Style.hash), (Script.source, Script.hash)])
  func `the policy allows the style and the script that the page has`(content: String, hash: String) throws {
    #expect(try "sha256-" + sha256(content) == hash)
    #expect(VerdictPage.contentSecurityPolicy.contains("'\(hash)'"))
    let page = Sample.page([passing])
    #expect(page.contains(">\(content)</"))
    // Both would need a permission of their own.
    #expect(page.firstMatch(of: /\ (style|on[a-z]+)="/) == nil)
  }

  private func sha256(_ text: String) throws -> String {
    let (input, output) = (Pipe(), Pipe())
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/sha256sum")
    (process.standardInput, process.standardOutput) = (input, output)
    try process.run()
    input.fileHandleForWriting.write(Data(text.utf8))
    try input.fileHandleForWriting.close()
    let digits = Array(output.fileHandleForReading.readDataToEndOfFile().prefix(64))
    let bytes = stride(from: 0, to: 64, by: 2).compactMap {
      UInt8(String(decoding: digits[$0...($0 + 1)], as: UTF8.self), radix: 16)
    }
    return Data(bytes).base64EncodedString()
  }
}
