import EventLoop

/// How often containers have run out of memory, by their places.
///
/// A place keeps its count while its container is replaced, and for an hour after the last one was there.
struct OutOfMemoryLedger: Sendable {
  private struct Entry {
    var count = 0
    /// When there was last a container, or an event.
    var seen: Instant
  }

  private static let lifetime = Duration.seconds(3600)
  /// More places than these run out of memory only where names are made up.
  private static let capacity = 1000

  private var entries: [Place: Entry] = [:]

  subscript(place: Place) -> Int { entries[place]?.count ?? 0 }

  /// Counts one event.
  mutating func add(_ place: Place, at now: Instant) {
    guard entries[place] != nil || entries.count < OutOfMemoryLedger.capacity else { return }
    var entry = entries[place] ?? Entry(seen: now)
    entry.count += 1
    entry.seen = now
    entries[place] = entry
  }

  /// Forgets the places that have not been among the present ones for an hour.
  mutating func keep(_ present: some Sequence<Place>, at now: Instant) {
    if entries.isEmpty { return }
    for place in present { entries[place]?.seen = now }
    entries = entries.filter { now - $0.value.seen <= OutOfMemoryLedger.lifetime }
  }
}
