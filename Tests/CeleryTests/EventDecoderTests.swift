import Foundation
import Testing

@testable import Celery

@Suite struct EventDecoderTests {
  private func decode(_ bytes: [UInt8]) -> EventDecoder.Outcome { EventDecoder().decode(bytes) }

  @Test(arguments: ["events", "without-events", "prefixed"])
  func `a session's real events are read, from a worker's start to its end`(name: String) throws {
    var read: [Event] = []
    for message in try Fixture.events(name) {
      let outcome = decode(message)
      #expect(outcome.malformed == 0)
      #expect(!outcome.events.isEmpty && !outcome.events.contains(.foreign))
      read += outcome.events
    }
    let heartbeats = read.compactMap { event in if case .heartbeat(let beat) = event { beat } else { nil } }
    #expect(heartbeats.first == Heartbeat(hostname: "w1@lab", frequency: 2))
    #expect(name == "prefixed" || heartbeats.last == Heartbeat(hostname: "w1@lab", frequency: 2, processed: 15))
    #expect(read.last == .offline(hostname: "w1@lab"))
    let tasks = read.compactMap { event in if case .task(let task) = event { task } else { nil } }
    #expect(tasks.allSatisfy { $0.uuid.count == 36 && $0.hostname != nil })
    #expect(tasks.allSatisfy { $0.kind != .sent || $0.name?.hasPrefix("orders.tasks.") == true && $0.queue != nil })
    #expect(
      tasks.filter { $0.kind == .failed }.map(\.exception)
        == (name == "events" ? ["PaymentDeclined", "UnknownException"] : []))
  }

  @Test func `all fields of an event are read`() {
    let task = #"{"type":"task-succeeded","uuid":"u","hostname":"h","name":"n","queue":"q","runtime":1.5,"x":[{}]}"#
    let expected = TaskEvent(kind: .succeeded, uuid: "u", hostname: "h", name: "n", queue: "q", runtime: 1.5)
    #expect(decode(wrapped(task)).events == [.task(expected)])
    let heartbeat = #"{"type":"worker-heartbeat","hostname":"h","freq":5,"active":2,"processed":9}"#
    #expect(
      decode(wrapped(heartbeat)).events
        == [.heartbeat(Heartbeat(hostname: "h", frequency: 5, active: 2, processed: 9))])
  }

  @Test(arguments: TaskEvent.Kind.allCases)
  func `every kind of task event is told from the others`(kind: TaskEvent.Kind) {
    let outcome = decode(wrapped(#"{"type":"task-\#(kind.rawValue)","uuid":"u"}"#))
    let exception = kind == .failed ? "UnknownException" : nil
    #expect(outcome.events == [.task(TaskEvent(kind: kind, uuid: "u", exception: exception))])
    #expect(TaskEvent.Kind.allCases[kind.index] == kind)
  }

  @Test(arguments: [
    ("ValueError('no')", "ValueError"), ("PaymentDeclined()", "PaymentDeclined"), ("shop.errors.Late(3)", "Late"),
    ("KeyError(\"(\")", "KeyError"), ("Größe('x')", "Größe"), ("E2(1)", "E2"),
    ("reject requeue=False: not mine", "UnknownException"), ("None", "UnknownException"), ("", "UnknownException"),
    ("(1)", "UnknownException"), ("<Error: f(x)>", "UnknownException"), ("2(1)", "UnknownException"),
    ("a b(1)", "UnknownException"), (".(1)", "UnknownException"), ("E\n(1)", "UnknownException"),
    (String(repeating: "E", count: 128) + "(1)", "UnknownException"),
    (String(repeating: "E", count: 127) + "(1)", String(repeating: "E", count: 127)),
  ])
  func `an exception's class is read from its repr`(text: String, name: String) {
    #expect(TaskEvent.exceptionClass(text) == name)
  }

  @Test(arguments: [
    // Events of an application, and those of Celery that have no metric.
    #"{"type":"order-paid","uuid":5,"name":[],"runtime":"long"}"#, #"{"type":"task-cancelled"}"#, #"{"type":"task-"}"#,
    #"{"type":""}"#, #"{"type":"worker-","hostname":false}"#,
  ])
  func `an event that is not ours is let pass`(body: String) {
    #expect(decode(wrapped(body)) == EventDecoder.Outcome(events: [.foreign]))
  }

  @Test(arguments: [
    "", " ", "null", "5", "\"task-sent\"", "true", "{", "{}", "{}{}", "[", "[[]", "{\"type\":null}", "{\"type\":5}",
    // Parts of another type, or missing.
    #"{"type":"task-sent"}"#, #"{"type":"task-sent","uuid":null}"#, #"{"type":"task-sent","uuid":7}"#,
    #"{"type":"task-sent","uuid":""}"#, #"{"type":"task-sent","uuid":"u","name":7}"#,
    #"{"type":"task-sent","uuid":"u","name":""}"#, #"{"type":"task-sent","uuid":"u","queue":["q"]}"#,
    #"{"type":"task-sent","uuid":"u","hostname":{}}"#, #"{"type":"task-failed","uuid":"u","exception":7}"#,
    #"{"type":"worker-heartbeat"}"#, #"{"type":"worker-offline","hostname":""}"#,
    #"{"type":"worker-online","hostname":"h","active":"2"}"#, #"{"type":"worker-online","hostname":"h","freq":true}"#,
    // Numbers that are none, or out of all reason.
    #"{"type":"task-succeeded","uuid":"u","runtime":NaN}"#, #"{"type":"task-succeeded","uuid":"u","runtime":Infinity}"#,
    #"{"type":"task-succeeded","uuid":"u","runtime":1e999}"#, #"{"type":"task-succeeded","uuid":"u","runtime":1e300}"#,
    #"{"type":"task-succeeded","uuid":"u","runtime":-1}"#, #"{"type":"worker-online","hostname":"h","active":-1}"#,
    #"{"type":"worker-online","hostname":"h","processed":1e18}"#, #"{"type":"worker-online","hostname":"h","freq":0}"#,
    #"{"type":"worker-online","hostname":"h","freq":1e9}"#,
    // Text that may not become a label.
    #"{"type":"task-sent","uuid":"u","name":"a\u0000b"}"#, #"{"type":"task-sent","uuid":"u","name":"a\nb"}"#,
    #"{"type":"task-sent","uuid":"u","name":"\ud800"}"#, "{\"type\":\"task-sent\",\"uuid\":\"u\",\"name\":\"\u{7f}\"}",
    #"{"type":"task-sent","uuid":"u","name":"\#(String(repeating: "x", count: 256))"}"#,
    #"{"type":"worker-online","hostname":"\#(String(repeating: "x", count: 256))"}"#,
    // Too deep, too many.
    String(repeating: "[", count: 100_000), String(repeating: "{\"a\":", count: 100_000),
    #"{"type":"task-sent","uuid":"u","x":"# + String(repeating: "[", count: 600) + String(repeating: "]", count: 600)
      + "}",
    "[" + Array(repeating: "{}", count: 101).joined(separator: ",") + "]",
    "[" + Array(repeating: "{}", count: 100_000).joined(separator: ",") + "]",
  ])
  func `a body that is no event is counted`(body: String) {
    #expect(decode(wrapped(body)) == EventDecoder.Outcome(malformed: 1))
  }

  @Test(arguments: [
    "", "x", "null", "[]", "{}", #"{"body":5}"#, #"{"body":"e30=","properties":5}"#,
    #"{"body":"e30","properties":{"body_encoding":"base64"}}"#, #"{"body":"e30=","headers":[]}"#,
    #"{"body":"%%%%","properties":{"body_encoding":"base64"}}"#,
    #"{"body":"//79","properties":{"body_encoding":"base64"}}"#,
    #"{"body":"gASVCgAAAAAAAAB9lIwBYZRLAXMu","properties":{"body_encoding":"base64"}}"#,
  ])
  func `a message that is none of kombu's is counted`(message: String) {
    #expect(decode(Array(message.utf8)) == EventDecoder.Outcome(malformed: 1))
  }

  @Test func `bytes that are no text are counted`() {
    #expect(decode([0xff, 0xfe, 0x00]).malformed == 1)
    #expect(decode(Array(#"{"body":""#.utf8) + [0xc3, 0x28] + Array(#""}"#.utf8)).malformed == 1)
    let body = Data(Array(#"{"type":"task-sent","uuid":""#.utf8) + [0xff] + Array(#""}"#.utf8)).base64EncodedString()
    #expect(decode(Array(#"{"body":"\#(body)","properties":{"body_encoding":"base64"}}"#.utf8)).malformed == 1)
  }

  @Test func `a body that is not encoded is read as it is`() {
    let body = #"{"body":"{\"type\":\"task-started\",\"uuid\":\"u\"}","properties":{"body_encoding":null}}"#
    #expect(decode(Array(body.utf8)).events == [.task(TaskEvent(kind: .started, uuid: "u"))])
  }

  @Test func `what is no event in a list does not spoil the others`() {
    let list = #" [{"type":"task-started","uuid":"a"},5,{"type":7},null,[],{"type":"task-started","uuid":"b"}]"#
    let expected = [TaskEvent(kind: .started, uuid: "a"), TaskEvent(kind: .started, uuid: "b")]
    #expect(decode(wrapped(list)) == EventDecoder.Outcome(events: expected.map(Event.task), malformed: 4))
    #expect(decode(wrapped("[]")) == EventDecoder.Outcome())
  }

  @Test func `a message above the limit is not looked at`() {
    let start = #"{"type":"task-started","uuid":"u","result":""#
    func message(_ size: Int) -> [UInt8] { wrapped(start + String(repeating: "x", count: size) + "\"}") }
    #expect(decode(message(300_000)).events.count == 1)
    #expect(decode(message(400_000)).malformed == 1)
  }

  @Test func `a real message that is cut or has a wrong byte does no harm`() throws {
    var random = SystemRandomNumberGenerator()
    for message in try Fixture.events() {
      for _ in 0..<200 {
        var copy = message
        switch Int.random(in: 0..<3, using: &random) {
        case 0: copy.removeLast(Int.random(in: 1...copy.count, using: &random))
        case 1: copy[Int.random(in: copy.indices, using: &random)] = .random(in: 0...255, using: &random)
        default: copy.insert(.random(in: 0...255, using: &random), at: Int.random(in: copy.indices, using: &random))
        }
        let outcome = decode(copy)
        #expect(outcome.malformed <= 24 && outcome.events.count <= 24)
      }
    }
  }
}
