import EventLoop
import Redis
import Testing

@testable import Celery

@Suite struct QueueDirectoryTests {
  private let start = Instant(nanoseconds: 0)

  private func bulk(_ text: String) -> Reply { .bulk(Array(text.utf8)) }

  private func page(_ cursor: String, _ keys: [String]) -> Reply { .array([bulk(cursor), .array(keys.map(bulk))]) }

  private func binding(_ queue: String, key: String = "k") -> Reply {
    bulk([key, "", queue].joined(separator: Keyspace.separator))
  }

  @Test func `a search goes through the database piece by piece`() {
    var directory = QueueDirectory([], Keyspace(), interval: .seconds(300))
    #expect(directory.isDue(at: start))
    #expect(directory.search == ["SCAN", "0", "MATCH", "_kombu.binding.*", "COUNT", "1000"])
    let questions = directory.take(page("17", ["_kombu.binding.celery", "_kombu.binding.celery.pidbox"]))
    #expect(questions == [["SRANDMEMBER", "_kombu.binding.celery", "500"]])
    directory.takeBindings(.array([binding("celery"), binding("bulk", key: "")]))
    let isDone = directory.finishSearch(at: start)
    #expect(!isDone)
    #expect(directory.isDue(at: start))
    #expect(directory.search[1] == "17")
    // Found already, and so watched.
    #expect(directory.names == ["bulk", "celery"])
    let rest = directory.take(page("0", []))
    #expect(rest == [])
    let isDoneThen = directory.finishSearch(at: start)
    #expect(isDoneThen)
    #expect(!directory.isDue(at: start + .seconds(299)))
    #expect(directory.isDue(at: start + .seconds(300)))
    #expect(directory.names == ["bulk", "celery"])
  }

  @Test func `a queue that a worker serves is watched as well, and none is forgotten`() {
    var directory = QueueDirectory([], Keyspace(), interval: .seconds(300))
    for queue in ["celery", "served", "bcast.1", "celeryev.1", "w@h.celery.pidbox", ""] { directory.add(queue) }
    _ = directory.take(page("0", ["_kombu.binding.old"]))
    directory.takeBindings(.array([binding("old")]))
    _ = directory.finishSearch(at: start)
    #expect(directory.names == ["celery", "old", "served"])
    _ = directory.take(page("0", []))
    _ = directory.finishSearch(at: start)
    #expect(directory.names == ["celery", "old", "served"])
    #expect(!directory.isFull)
  }

  @Test func `queues that were named are all that is watched`() {
    var directory = QueueDirectory(["b", "a"], Keyspace(), interval: .seconds(300))
    directory.add("celery")
    #expect(!directory.isDue(at: start))
    #expect(directory.names == ["a", "b"])
    #expect(QueueDirectory((0...200).map(String.init), Keyspace(), interval: .seconds(300)).isFull)
  }

  @Test func `a queue that was named twice is watched once`() {
    #expect(QueueDirectory(["a", "b", "a"], Keyspace(), interval: .seconds(300)).names == ["a", "b"])
    #expect(!QueueDirectory(Array(repeating: "a", count: 201), Keyspace(), interval: .seconds(300)).isFull)
  }

  @Test func `what workers serve besides the queues that were named does not fill the list`() {
    var directory = QueueDirectory(["a"], Keyspace(), interval: .seconds(300))
    for index in 0...QueueDirectory.limit { directory.add("q\(index)") }
    #expect(directory.names == ["a"])
    #expect(!directory.isFull)
  }

  @Test(arguments: [
    Reply.null, .integer(1), .array([]), .array([.null, .array([])]), .array([.status("0"), .null]), .status("OK"),
  ])
  func `what is no page of keys is refused`(reply: Reply) {
    var directory = QueueDirectory([], Keyspace(), interval: .seconds(300))
    let questions = directory.take(reply)
    #expect(questions == nil)
  }

  @Test func `what is no binding is left out, and there are only so many queues`() {
    var directory = QueueDirectory([], Keyspace(), interval: .seconds(300))
    for reply in [Reply.null, .integer(5), .array([.null, .integer(1), bulk("celery"), bulk("a\u{06}\u{16}b")])] {
      directory.takeBindings(reply)
    }
    directory.takeBindings(.array([binding(""), binding("a\nb"), binding("bcast.x"), binding("celeryev.x")]))
    #expect(directory.names.isEmpty)
    directory.takeBindings(.array((0..<1000).map { binding("q\($0)") }))
    _ = directory.finishSearch(at: start)
    #expect(directory.names.count == QueueDirectory.limit)
    #expect(directory.isFull)
  }

  @Test func `a prefix stands before every key and channel`() {
    let keys = Keyspace(prefix: "shop*[1]:", database: 3)
    #expect(keys.lists(of: "q").count == 10)
    #expect(keys.lists(of: "q").contains("shop*[1]:q\u{06}\u{16}9"))
    #expect(keys.bindingPattern == "shop\\*\\[1\\]:_kombu.binding.*")
    #expect(keys.eventPattern == "shop\\*\\[1\\]:/3.celeryev/*")
    #expect(keys.controlChannel == "shop*[1]:/3.celery.pidbox")
    #expect(keys.exchange(ofBindings: "shop*[1]:_kombu.binding.celery") == "celery")
    #expect(keys.exchange(ofBindings: "_kombu.binding.celery") == nil)
  }
}
