import Foundation

@testable import Celery

/// What Celery 5.7 published and answered, as it came from Redis 7.0: see Tests/Fixtures/README.md.
enum Fixture {
  private struct Publication: Decodable {
    var channel: String
    var payload: String
  }

  /// The messages of the event channels in a session, from a worker's start to its end.
  static func events(_ name: String = "events") throws -> [[UInt8]] {
    try JSONDecoder().decode([Publication].self, from: data(name)).filter { $0.channel.contains(".celeryev/") }
      .map { Array($0.payload.utf8) }
  }

  /// The replies of a worker with processes (`w1@shop`) and one with threads (`w2@shop`) to all questions.
  static func replies() throws -> [[UInt8]] {
    try JSONDecoder().decode([String].self, from: data("workers")).map { Array($0.utf8) }
  }

  private static func data(_ name: String) throws -> Data {
    let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    return try Data(contentsOf: tests.appending(path: "Fixtures/celery/\(name).json"))
  }
}

/// A message around a body, as kombu makes it.
func wrapped(_ body: String) -> [UInt8] {
  Array(Message.wrapped(body, id: "1", exchange: "celeryev").utf8)
}
