import EventLoop
import Health

/// A check and the runs it is told of, at times counted in seconds from the start.
struct Timeline {
  /// 2026-01-17T03:36:48.120Z at second 0, a monotonic clock that started long before.
  static let start = WallTime(milliseconds: 1_768_621_008_120)

  var state: CheckState

  init(_ name: String = "redis", _ policy: CheckPolicy = CheckPolicy()) {
    state = CheckState(name: name, componentType: .datastore, policy: policy)
  }

  static func instant(_ seconds: Double) -> Instant {
    Instant(nanoseconds: 5_000_000_000_000 + Int64(seconds * 1e9))
  }

  static func wall(_ seconds: Double) -> WallTime {
    WallTime(milliseconds: start.milliseconds + Int64(seconds * 1000))
  }

  /// A run that succeeded after 1.84 ms.
  @discardableResult
  mutating func pass(at seconds: Double) -> Transition? {
    state.record(.success(.microseconds(1840)), at: Self.instant(seconds), wall: Self.wall(seconds))
  }

  @discardableResult
  mutating func fail(_ reason: Reason, at seconds: Double) -> Transition? {
    let failure = CheckFailure(reason, detail: "postgresql://admin:secret@db/prod")
    return state.record(.failure(failure), at: Self.instant(seconds), wall: Self.wall(seconds))
  }

  func verdict(at seconds: Double) -> Verdict { state.verdict(at: Self.instant(seconds)) }
  func since(at seconds: Double) -> WallTime? { state.since(at: Self.instant(seconds)) }
}

extension Verdict {
  static func warn(_ reason: Reason) -> Verdict { Verdict(status: .warn, reason: reason) }
  static func fail(_ reason: Reason) -> Verdict { Verdict(status: .fail, reason: reason) }
}
