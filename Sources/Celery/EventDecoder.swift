/// Messages of the event channels to events.
///
/// Whoever may publish at the broker may send anything, so there are limits to what one message costs.
package struct EventDecoder: Sendable {
  /// The size that a message may have; Celery's own have at most 24 events, and with them tracebacks.
  static let messageLimit = 512 * 1024
  /// How many events a message may have.
  static let eventLimit = 100

  /// What a message came to.
  package struct Outcome: Equatable, Sendable {
    package var events: [Event] = []
    /// Events that were none, or 1 for a message that was none.
    package var malformed = 0
  }

  package init() {}

  /// Reads a message: one event, or a list of them (`task.multi`).
  package func decode(_ bytes: [UInt8]) -> Outcome {
    guard bytes.count <= EventDecoder.messageLimit, let message = Message(bytes) else { return Outcome(malformed: 1) }
    // Decoding one kind and then the other would cost an event twice.
    if message.body.first(where: { !$0.isSpace }) == UInt8(ascii: "[") {
      guard let list = message.content(EventList.self)?.events else { return Outcome(malformed: 1) }
      let events = list.compactMap(\.value)
      return Outcome(events: events, malformed: list.count - events.count)
    }
    guard let event = message.content(Event.self) else { return Outcome(malformed: 1) }
    return Outcome(events: [event])
  }
}

/// A list that is not decoded where it is longer than any of Celery's.
private struct EventList: Decodable {
  var events: [Lenient<Event>] = []

  init(from decoder: any Decoder) throws {
    var list = try decoder.unkeyedContainer()
    guard let count = list.count, count <= EventDecoder.eventLimit else {
      throw DecodingError.dataCorruptedError(in: list, debugDescription: "too many events")
    }
    while !list.isAtEnd { events.append(try list.decode(Lenient<Event>.self)) }
  }
}

extension UInt8 {
  /// What JSON allows between its parts.
  fileprivate var isSpace: Bool { self == 0x20 || self == 0x09 || self == 0x0a || self == 0x0d }
}
