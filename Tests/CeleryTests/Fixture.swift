import Foundation

@testable import Celery

/// What a Celery 5.7 with two workers published, as it came from Redis 7.0.
enum Fixture {
  private struct Line: Decodable {
    var channel: String
    var payload: String
  }

  /// The messages of the event channels while a worker with `-E` served known tasks, from its start to its end.
  static func events() throws -> [(channel: String, message: [UInt8])] {
    try lines("events").map { line in
      let line = try JSONDecoder().decode(Line.self, from: line)
      return (line.channel, Array(line.payload.utf8))
    }
  }

  /// The replies of a worker with processes (`w1@shop`) and one with threads (`w2@shop`) to all methods.
  static func replies() throws -> [[UInt8]] {
    try lines("replies").map { try Array(JSONDecoder().decode(String.self, from: $0).utf8) }
  }

  private static func lines(_ name: String) throws -> [Data] {
    let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    return try Data(contentsOf: tests.appending(path: "Fixtures/celery/\(name).jsonl")).split(separator: 10)
  }
}

/// A message around a body, as kombu makes it.
func wrapped(_ body: String) -> [UInt8] {
  Array(Message.wrapped(body, id: "1", exchange: "celeryev").utf8)
}
