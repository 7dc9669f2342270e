import Foundation
import Redis
import Testing

@testable import Celery

@Suite struct QuestionTests {
  @Test func `real replies of two workers are read`() throws {
    var census = Census()
    for reply in try Fixture.replies() { census.take(reply) }
    #expect(census.workers == ["w1@shop", "w2@shop"])
    #expect(census.queues.mapValues { $0.sorted() } == ["w1@shop": ["bulk", "celery"], "w2@shop": ["bulk"]])
    // Processes of the one, threads of the other.
    #expect(census.processes == ["w1@shop": 2, "w2@shop": 3])
  }

  private func reply(_ method: String, _ body: String) -> [UInt8] {
    let body = Data(body.utf8).base64EncodedString()
    let text = #"{"body":"\#(body)","headers":{"ticket":"\#(method)"},"properties":{"body_encoding":"base64"}}"#
    return Array(text.utf8)
  }

  @Test(arguments: [
    ("ping", #"{"w":{"error":5}}"#), ("ping", #"["w"]"#), ("ping", "5"), ("ping", #"{"w\u0000":{"ok":"pong"}}"#),
    ("active_queues", #"{"w":{"error":"KeyError()"}}"#), ("active_queues", #"{"w":null}"#),
    ("stats", #"{"w":{"error":"KeyError()"}}"#), ("stats", #"{"w":{"pool":5}}"#),
    ("stats", #"{"w":{"pool":{"processes":"2"}}}"#), ("reserved", #"{"w":{"ok":"pong"}}"#),
  ])
  func `an answer that is none is left out`(method: String, body: String) {
    var census = Census()
    census.take(reply(method, body))
    census.take(Array(body.utf8))
    #expect(census.workers.isEmpty && census.queues.isEmpty && census.processes.isEmpty)
  }

  @Test func `an answer that is none does not spoil the others'`() {
    var census = Census()
    census.take(reply("active_queues", #"{"a":{"error":"x"},"b":[{"name":"q"},{"name":5},7]}"#))
    census.take(reply("stats", #"{"a":{"pool":{}},"b":{"pool":{"max-concurrency":4}},"c":[]}"#))
    #expect(census.queues == ["b": ["q"]])
    #expect(census.processes == ["a": 0, "b": 4])
  }

  @Test func `a queue's name that may not become a label is left out`() {
    var census = Census()
    let long = String(repeating: "x", count: 256)
    census.take(reply("active_queues", #"{"w":[{"name":"a\nb"},{"name":"q"},{"name":""},{"name":"\#(long)"}]}"#))
    #expect(census.queues == ["w": ["q"]])
  }

  @Test func `a question is what Celery's own client sends`() throws {
    let question = Question([.ping, .stats], Keyspace(prefix: "p:", database: 2), at: 1_700_000_000.5)
    let commands = question.commands
    let list = commands[0][1]
    #expect(list.wholeMatch(of: /p:vitals-1700000000-[0-9a-f]+\.reply\.celery\.pidbox/) != nil)
    let id = list.dropFirst("p:".count).dropLast(".reply.celery.pidbox".count)
    let binding = "\(id)\u{06}\u{16}\u{06}\u{16}\(id).reply.celery.pidbox"
    #expect(
      commands.dropLast(2) == [
        ["RPUSH", list, ""], ["EXPIRE", list, "60"], ["SADD", "p:_kombu.binding.reply.celery.pidbox", binding],
      ])
    let unbind = ["SREM", "p:_kombu.binding.reply.celery.pidbox", binding]
    #expect(question.cleanUp(isAnswered: true) == [unbind, ["DEL", list]])
    // The list expires: a reply may be on its way.
    #expect(question.cleanUp(isAnswered: false) == [unbind])
    #expect(question.count == ["LLEN", list])
    #expect(question.read(199) == [["LRANGE", list, "0", "199"]])
    #expect(question.read(200) == [["LRANGE", list, "0", "199"], ["LRANGE", list, "200", "399"]])
    #expect(question.read(1_000_000).count == 26)
    #expect(commands[4].prefix(2) == ["PUBLISH", "p:/2.celery.pidbox"])
    let message = try #require(Message(Array(commands[4][2].utf8)))
    let body = try #require(JSONSerialization.jsonObject(with: message.body) as? [String: Any])
    #expect(body["method"] as? String == "stats")
    #expect(body["reply_to"] as? [String: String] == ["exchange": "reply.celery.pidbox", "routing_key": String(id)])
    #expect(Set(body.keys) == ["method", "arguments", "destination", "pattern", "matcher", "ticket", "reply_to"])
  }

  @Test func `bindings of those who were killed are removed, and no others`() {
    let members = [
      "vitals-1000-ab\u{06}\u{16}", "vitals-1200-ab\u{06}\u{16}", "vitals-x-ab", "vitals-", "5ba750de-dca0\u{06}\u{16}",
      "",
    ]
    let reply = Reply.array(members.map { .bulk(Array($0.utf8)) })
    let expected = ["SREM", "p:_kombu.binding.reply.celery.pidbox", members[0]]
    let keys = Keyspace(prefix: "p:")
    #expect(Question.cleanUp(after: reply, keys, at: 1400) == expected)
    #expect(Question.cleanUp(after: reply, keys, at: 1200) == nil)
    #expect(Question.cleanUp(after: .null, keys, at: 1400) == nil)
  }
}
