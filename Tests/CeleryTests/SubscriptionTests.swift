import EventLoop
import Redis
import TestSupport
import Testing

@testable import Celery

@Suite(.timeLimit(.minutes(1))) struct SubscriptionTests {
  /// A server that takes every subscription and drops it at once.
  private final class Dropper: @unchecked Sendable {
    private(set) var arrivals: [Instant] = []
    private let listener: Listener
    private let loop: EventLoop

    init(on loop: EventLoop) throws {
      self.loop = loop
      listener = try Listener(on: SocketAddress(literal: "127.0.0.1", port: 0), loop: loop)
      loop.spawn { [self] in
        while let socket = try? await listener.accept() {
          arrivals.append(.now)
          // To the greeting, and to the subscription.
          for answer in ["+OK\r\n", "*3\r\n$10\r\npsubscribe\r\n$1\r\n*\r\n:1\r\n"] {
            var request: [UInt8] = []
            _ = try? await socket.receive(appendingTo: &request, limit: 1024, before: .inSeconds(10))
            try? await socket.sendAll(Array(answer.utf8), before: .inSeconds(10))
          }
          socket.close()
        }
      }
    }

    func connector() throws -> Connector {
      Connector(
        try RedisURL("redis://127.0.0.1:\(listener.address.port)"), on: loop, resolver: Resolver(on: loop))
    }
  }

  /// What a subscription tells. Of a loop's thread.
  private final class Log: @unchecked Sendable {
    var lines: [String] = []
    var subscription: Subscription?
  }

  @Test func `a server that drops every subscription is asked less and less often, and all of it is told`() async throws
  {
    let (arrivals, lines) = try await onLoop { loop in
      let server = try Dropper(on: loop)
      let log = Log()
      let subscription = Subscription(try server.connector(), pattern: "*", on: loop) { _ in
      } tell: { failure in
        log.lines.append(failure == nil ? "begins" : "ends")
        if log.lines.count == 8 { log.subscription?.stop() }
      }
      log.subscription = subscription
      await subscription.run()
      log.subscription = nil
      return (server.arrivals, log.lines)
    }
    #expect(lines == Array(repeating: ["begins", "ends"], count: 4).flatMap(\.self))
    let gaps = zip(arrivals.dropFirst(), arrivals).map { $0 - $1 }
    #expect(gaps.count == 3)
    for (gap, pause) in zip(gaps, [250, 500, 1000]) { #expect(gap >= .milliseconds(pause)) }
  }
}
