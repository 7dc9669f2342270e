import EventLoop
import Foundation
import Health
import Testing

/// The report at second `seconds`, of a service that started 1000 seconds before second 0.
func report(_ timelines: [Timeline], _ lifecycle: Lifecycle = .serving, at seconds: Double) -> Report {
  Report(
    timelines.map(\.state), service: service, lifecycle: lifecycle, now: Timeline.instant(seconds),
    wall: Timeline.wall(seconds))
}

let service = ServiceInfo(releaseID: "0.1.0", serviceID: "web-1", started: Timeline.instant(-1000))

func body(_ report: Report, _ format: BodyFormat = .json, brief: Bool = false) -> String {
  var bytes = Array("head ".utf8)
  report.write(format, brief: brief, into: &bytes)
  return String(decoding: bytes.dropFirst(5), as: UTF8.self)
}

func postgres(passingAt seconds: Double) -> Timeline {
  var timeline = Timeline("postgresql")
  timeline.pass(at: seconds)
  return timeline
}

@Suite struct ReportTests {
  /// What happened to a critical check and, after it, to an optional one; and the verdict on both.
  @Test(
    arguments: [
      ([nil], [nil], .pass), ([nil, .timeout], [nil], .warn), ([nil, .refused], [nil], .fail),
      ([nil], [nil, .timeout], .warn), ([nil], [nil, .refused], .warn), ([nil, .refused], [nil, .refused], .fail),
      ([nil, .timeout], [nil, .refused], .warn), ([], [nil], .fail), ([nil], [], .warn), ([], [], .fail),
    ] as [([Reason?], [Reason?], Status)])
  func `the worst critical check decides`(critical: [Reason?], optional: [Reason?], status: Status) {
    var timelines = [Timeline("db"), Timeline("cache", CheckPolicy(critical: false))]
    for (check, runs) in [critical, optional].enumerated() {
      for (second, run) in runs.enumerated() {
        if let run { timelines[check].fail(run, at: Double(second)) } else { timelines[check].pass(at: Double(second)) }
      }
    }
    let serving = report(timelines, at: 3)
    #expect(serving.status == status)
    #expect(serving.code == (status == .fail ? 503 : 200))
    #expect((serving.output == nil) == (status == .pass))
    for lifecycle in [Lifecycle.starting, .draining] {
      #expect(report(timelines, lifecycle, at: 3).status == .fail)
      #expect(report(timelines, lifecycle, at: 3).code == 503)
    }
  }

  @Test func `a service without checks passes`() {
    #expect(report([], at: 0).status == .pass)
  }

  @Test func `staleness alone turns a pass into a failure`() {
    let timelines = [postgres(passingAt: 0)]
    #expect(report(timelines, at: 15).status == .pass)
    #expect(report(timelines, at: 15.001).status == .fail)
    #expect(report(timelines, at: 15.001).output == "postgresql stale")
  }

  @Test func `what decides is named first`() {
    var (cache, db) = (Timeline("cache", CheckPolicy(critical: false)), Timeline("db"))
    cache.fail(.refused, at: 0)
    db.fail(.auth, at: 0)
    #expect(report([cache, db], at: 0).output == "db auth, cache refused")
  }

  @Test func `the body of a pass`() {
    var redis = Timeline()
    redis.pass(at: -900)
    redis.pass(at: 1)
    #expect(
      body(report([postgres(passingAt: 1.25), redis], at: 1.662)) == """
        {"status":"pass","version":"1","releaseId":"0.1.0","serviceId":"web-1","checks":{\
        "postgresql:responseTime":[{"componentType":"datastore","observedValue":1.84,"observedUnit":"ms",\
        "status":"pass","time":"2026-01-17T03:36:49.370Z","critical":true,"ageMs":412,"consecutiveFailures":0,\
        "since":"2026-01-17T03:36:49.370Z","lastSuccess":"2026-01-17T03:36:49.370Z"}],\
        "redis:responseTime":[{"componentType":"datastore","observedValue":1.84,"observedUnit":"ms",\
        "status":"pass","time":"2026-01-17T03:36:49.120Z","critical":true,"ageMs":662,"consecutiveFailures":0,\
        "since":"2026-01-17T03:21:48.120Z","lastSuccess":"2026-01-17T03:36:49.120Z"}],\
        "uptime":[{"componentType":"system","observedValue":1001,"observedUnit":"s","status":"pass",\
        "time":"2026-01-17T03:36:49.782Z"}]},"links":{"about":"/","https://prometheus.io/":"/metrics"}}
        """)
  }

  @Test func `the body of a warning`() {
    var redis = Timeline()
    redis.pass(at: 0)
    redis.fail(.timeout, at: 7)
    redis.fail(.timeout, at: 14)
    #expect(
      body(report([redis], at: 14)) == """
        {"status":"warn","version":"1","releaseId":"0.1.0","serviceId":"web-1",\
        "notes":["redis: no answer in time, 2 of 3 failures"],"output":"redis timeout","checks":{\
        "redis:responseTime":[{"componentType":"datastore","status":"warn","reason":"timeout",\
        "output":"no answer in time","time":"2026-01-17T03:37:02.120Z","critical":true,"ageMs":0,\
        "consecutiveFailures":2,"since":"2026-01-17T03:36:55.120Z","lastSuccess":"2026-01-17T03:36:48.120Z"}],\
        "uptime":[{"componentType":"system","observedValue":1014,"observedUnit":"s","status":"pass",\
        "time":"2026-01-17T03:37:02.120Z"}]},"links":{"about":"/","https://prometheus.io/":"/metrics"}}
        """)
  }

  @Test func `the body of a failure, and of what was never checked`() {
    var redis = Timeline("redis", CheckPolicy(critical: false))
    redis.fail(.tooManyConnections, at: 0)
    var described = service
    described.description = "PostgreSQL and Redis"
    let failing = Report(
      [Timeline("postgresql").state, redis.state], service: described, lifecycle: .serving, now: Timeline.instant(0),
      wall: Timeline.wall(0))
    #expect(
      body(failing) == """
        {"status":"fail","version":"1","releaseId":"0.1.0","serviceId":"web-1","description":"PostgreSQL and Redis",\
        "notes":["postgresql: not checked yet","redis: server takes no further connection (optional)"],\
        "output":"postgresql pending, redis too_many_connections","checks":{\
        "postgresql:responseTime":[{"componentType":"datastore","status":"fail","reason":"pending",\
        "output":"not checked yet","critical":true,"consecutiveFailures":0}],\
        "redis:responseTime":[{"componentType":"datastore","status":"fail","reason":"too_many_connections",\
        "output":"server takes no further connection","time":"2026-01-17T03:36:48.120Z","critical":false,"ageMs":0,\
        "consecutiveFailures":1,"since":"2026-01-17T03:36:48.120Z"}],\
        "uptime":[{"componentType":"system","observedValue":1000,"observedUnit":"s","status":"pass",\
        "time":"2026-01-17T03:36:48.120Z"}]},"links":{"about":"/","https://prometheus.io/":"/metrics"}}
        """)
  }

  @Test func `a draining service says so, and what its checks say`() throws {
    let draining = try parse(body(report([postgres(passingAt: 0)], .draining, at: 1)))
    #expect(draining["status"] as? String == "fail")
    #expect(draining["output"] as? String == "draining")
    #expect(draining["notes"] == nil)
    let check = try #require((draining["checks"] as? [String: [[String: Any]]])?["postgresql:responseTime"]?.first)
    #expect(check["status"] as? String == "pass")
  }

  @Test func `the body of one check`() {
    var redis = Timeline("redis", CheckPolicy(critical: false))
    redis.fail(.refused, at: 0)
    let single = Report(single: redis.state, service: service, now: Timeline.instant(1), wall: Timeline.wall(1))
    #expect(single.code == 503)
    #expect(
      body(single) == """
        {"status":"fail","version":"1","releaseId":"0.1.0","serviceId":"web-1",\
        "notes":["redis: connection refused (optional)"],"output":"redis refused","checks":{\
        "redis:responseTime":[{"componentType":"datastore","status":"fail","reason":"refused",\
        "output":"connection refused","time":"2026-01-17T03:36:48.120Z","critical":false,"ageMs":1000,\
        "consecutiveFailures":1,"since":"2026-01-17T03:36:48.120Z"}]}}
        """)
  }

  @Test func `brief is the status alone`() {
    let passing = report([postgres(passingAt: 0)], at: 1)
    #expect(body(passing, brief: true) == #"{"status":"pass"}"#)
    #expect(body(passing, .healthJSON, brief: true) == #"{"status":"pass"}"#)
    #expect(body(passing, .text, brief: true) == "pass\n")
    #expect(body(report([], .draining, at: 1), brief: true) == #"{"status":"fail"}"#)
  }

  @Test func `text has a line for each check`() {
    var (redis, cache) = (Timeline("redis"), Timeline("cache", CheckPolicy(critical: false)))
    redis.pass(at: 0)
    redis.fail(.timeout, at: 1)
    cache.fail(.dns, at: 1)
    let timelines = [postgres(passingAt: 1), redis, cache]
    let lines = "[+]postgresql ok 1.84ms\n[!]redis warning: timeout\n[-]cache failed: dns (optional)\n"
    #expect(body(report(timelines, at: 1), .text) == "warn\n" + lines)
    #expect(body(report(timelines, .draining, at: 1), .text) == "fail\n[-]service failed: draining\n" + lines)
  }

  @Test func `names are escaped in JSON`() throws {
    let name = "<b>\"\\\u{1}\u{1f}\n\té\u{1F600}&'"
    var odd = Timeline(name)
    odd.fail(.auth, at: 0)
    let json = try parse(body(report([odd], at: 0)))
    #expect((json["checks"] as? [String: Any])?.keys.contains("\(name):responseTime") == true)
    #expect(json["output"] as? String == "\(name) auth")
  }

  @Test func `no body tells the driver's own text`() {
    for reason in Reason.allCases {
      var timeline = Timeline()
      timeline.fail(reason, at: 0)
      for format in BodyFormat.allCases {
        let text = body(report([timeline], at: 0), format)
        #expect(!text.contains("secret") && !text.contains("admin"))
      }
    }
  }

  @Test(
    arguments: [
      (.zero, "0"), (.microseconds(1), "0.001"), (.microseconds(31), "0.031"), (.microseconds(1840), "1.84"),
      (.microseconds(1500), "1.5"), (.microseconds(2000), "2"), (.nanoseconds(999), "0"), (.seconds(2), "2000"),
      (.seconds(-1), "0"), (.microseconds(100_005), "100.005"),
    ] as [(Duration, String)])
  func `a response time is written so`(duration: Duration, text: String) {
    var state = CheckState(name: "x", componentType: .datastore, policy: CheckPolicy())
    state.record(.success(duration), at: Timeline.instant(0), wall: Timeline.start)
    let json = body(
      Report(single: state, service: service, now: Timeline.instant(0), wall: Timeline.start))
    #expect(json.contains("\"observedValue\":\(text),"))
  }

  @Test func `every body parses, at any time and with any number of checks`() throws {
    for count in 0..<4 {
      for seconds in [0, 0.0005, 14, 1e6] {
        for lifecycle in [Lifecycle.starting, .serving, .draining] {
          var timelines = (0..<count).map { Timeline("check-\($0)") }
          for index in timelines.indices.dropFirst() { timelines[index].pass(at: 0) }
          let json = try parse(body(report(timelines, lifecycle, at: seconds)))
          #expect((json["checks"] as? [String: [Any]])?.count == count + 1)
        }
      }
    }
  }

  @Test func `content types are exact`() {
    #expect(
      BodyFormat.allCases.map(\.contentType) == [
        "application/json", "application/health+json", "text/plain; charset=utf-8",
      ])
  }

  private func parse(_ text: String) throws -> [String: Any] {
    try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }
}
