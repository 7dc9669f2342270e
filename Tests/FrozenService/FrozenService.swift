import Vitals

/// A check that passes once and never returns from its second run, whatever its deadline.
final class FrozenCheck: Check, @unchecked Sendable {
  private let loop: EventLoop
  private var runs = 0

  init(on loop: EventLoop) { self.loop = loop }

  func check(before deadline: Instant) async throws(CheckFailure) {
    runs += 1
    if runs > 1 { await loop.sleep(until: .distantFuture) }
  }
}

/// A service for the tests of staleness, which no check that comes with it can be made to show.
@main
struct FrozenService {
  static func main() throws {
    var configuration = Configuration()
    configuration.listen = [try ListenAddress("127.0.0.1:0")]
    configuration.drain = .milliseconds(500)
    let policy = CheckPolicy(interval: .milliseconds(500), timeout: .milliseconds(100))
    configuration.checks = [CheckDefinition("frozen", policy: policy) { FrozenCheck(on: $0) }]
    try Service(configuration).run()
  }
}
