import Foundation
import Testing

/// Whoever may publish at the broker may send anything, as much as he likes.
@Suite(.serialized, .timeLimit(.minutes(3)))
struct CeleryFloodTests {
  private static let counts = (first: 60_000, second: 40_000)

  @Test func `100,000 events that nobody expects neither grow the memory nor delay a probe`() throws {
    // Redis sends faster than anybody reads here, and would rather drop us than wait for so much.
    let redis = try RedisServer(.init(settings: ["client-output-buffer-limit pubsub 0 0 0"]))
    defer { redis.stop() }
    let vitals = try VitalsProcess(
      serve: ["--collect", "celery", "--refresh", "1s", "--celery-broker-url", redis.url()])
    defer { vitals.kill() }
    try vitals.waitForPage("a subscription") { $0["celery_events_subscribed"] == 1 }
    // The same twice: what is to be remembered of it at most is remembered after the first.
    let first = try flood(redis, vitals, Self.counts.first)
    let memory = vitals.anonymousMemory
    let second = try flood(redis, vitals, Self.counts.second)
    let growth = vitals.anonymousMemory - memory
    print(
      "flood: \(Self.counts.second) events in \(second.duration), memory \(memory / 1024) KiB and \(growth / 1024) more, "
        + "\(second.probes.count) probes, longest \(second.probes.max() ?? .zero), CPU \(second.cpu)")
    #expect(memory < 40 << 20)
    #expect(growth < 3 << 20)
    for probes in [first.probes, second.probes] {
      #expect(!probes.isEmpty)
      #expect((probes.max() ?? .zero) < .milliseconds(500))
    }
    let page = try vitals.page()
    #expect(page.samples.count < 30_000)
    #expect((page["celery_events_folded_total", ["label": "name"]] ?? 0) > 0)
    #expect((page["celery_events_malformed_total"] ?? 0) >= Double((Self.counts.first + Self.counts.second) / 5 * 2))
    #expect(page["celery_up"] == 1 && page["celery_events_subscribed"] == 1)
    #expect(!vitals.errorOutput.contains("events are lost"))
  }

  @Test func `a subscriber that falls too far behind begins anew, and says so`() throws {
    // As slow as the operating system lets one be: it does not read at all for a while.
    let redis = try RedisServer(.init(settings: ["client-output-buffer-limit pubsub 1mb 1mb 1"]))
    defer { redis.stop() }
    let vitals = try VitalsProcess(
      serve: ["--collect", "celery", "--refresh", "1s", "--celery-broker-url", redis.url()])
    defer { vitals.kill() }
    try vitals.waitForPage("a subscription") { $0["celery_events_subscribed"] == 1 }
    try ProcessTree.pause(vitals.pid)
    let large = String(repeating: "x", count: 100_000)
    for _ in 0..<200 { try redis.cli("publish", "/0.celeryev/task.multi", large) }
    ProcessTree.resume(vitals.pid)
    try vitals.waitForLine(containing: "events are lost until subscribed again")
    try eventually("another subscription") {
      vitals.errorOutput.components(separatedBy: "subscribed to events").count == 3
    }
    try vitals.waitForPage("events again") { $0["celery_events_subscribed"] == 1 }
    try redis.cli(
      "publish", "/0.celeryev/worker.online", #"{"body":"{\"type\":\"worker-online\",\"hostname\":\"late\"}"}"#)
    try vitals.waitForPage("one more") { $0.isUp("late") == 1 }
  }

  /// Publishes them as fast as Redis takes them, and probes until all have been read.
  private func flood(
    _ redis: RedisServer, _ vitals: VitalsProcess, _ count: Int
  ) throws -> (duration: Duration, probes: [Duration], cpu: Duration) {
    let file = "\(redis.directory)/flood"
    try Self.commands(count).write(to: URL(filePath: file))
    let before = try vitals.page()["celery_events_malformed_total"] ?? 0
    let begin = ContinuousClock.now
    let cpu = vitals.cpuTime
    let publisher = try Subprocess(["sh", "-c", "redis-cli -s \(redis.socketPath) --pipe <\(file)"])
    defer { publisher.kill() }
    var probes: [Duration] = []
    var next = ContinuousClock.now
    while true {
      let start = ContinuousClock.now
      guard try vitals.get("/health/live").status == 200 else { throw TestbedError("not live") }
      probes.append(ContinuousClock.now - start)
      if start >= next {
        next = start + .seconds(1)
        let malformed = try vitals.page()["celery_events_malformed_total"] ?? 0
        if malformed - before >= Double(count / 5 * 2) { break }
        guard start - begin < .seconds(60) else { throw TestbedError("\(malformed - before) of the malformed ones") }
      }
      Thread.sleep(forTimeInterval: 0.002)
    }
    return (ContinuousClock.now - begin, probes, vitals.cpuTime - cpu)
  }

  /// Events in turn of five kinds: tasks that nobody knows, failures of every class, workers that are none, junk, and
  /// events with wrong types.
  private static func commands(_ count: Int) -> Data {
    var data = Data()
    func append(_ text: String) { data.append(contentsOf: text.utf8) }
    for index in 0..<count {
      let body: String
      switch index % 5 {
      case 0:
        body =
          #"{"type":"task-sent","uuid":"\#(UUID())","name":"name.\#(index)","queue":"q\#(index % 500)","hostname":"h"}"#
      case 1:
        body =
          #"{"type":"task-failed","uuid":"\#(UUID())","name":"n\#(index % 50)","exception":"E\#(index)(1)","hostname":"h"}"#
      case 2: body = #"{"type":"worker-heartbeat","hostname":"w\#(index)","processed":\#(index),"freq":2.0}"#
      case 3: body = String(repeating: "[", count: 600)
      default: body = #"{"type":"task-succeeded","uuid":["\#(index)"],"runtime":"NaN"}"#
      }
      let message =
        #"{"body":"\#(Data(body.utf8).base64EncodedString())","properties":{"body_encoding":"base64"}}"#
      append("*3\r\n$7\r\nPUBLISH\r\n$21\r\n/0.celeryev/task.sent\r\n")
      append("$\(message.utf8.count)\r\n\(message)\r\n")
    }
    return data
  }
}
