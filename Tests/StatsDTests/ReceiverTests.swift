import EventLoop
import Foundation
import StatsD
import TestSupport
import Testing

/// Datagrams through real sockets.
@Suite(.timeLimit(.minutes(1)))
struct ReceiverTests {
  /// Runs a receiver and sends to it, each batch once the intake has taken so many samples of the one before.
  private func intake(
    at address: SocketAddress, samples: Double, of batches: [[[UInt8]]]
  ) async throws -> [String: Double] {
    try await onLoop { loop in
      let intake = Intake()
      let receiver = try Receiver(at: address, into: intake, on: loop)
      let end = Waiter(on: loop)
      loop.spawn {
        await receiver.run()
        end.end()
      }
      let target = receiver.address
      let deadline = Instant.inSeconds(30)
      for (number, batch) in batches.enumerated() {
        // The sender waits for room, so it must not be the loop.
        let sending = Task.detached { try send(batch, to: target) }
        let taken = samples * Double(number + 1)
        while intake.value("vitals_statsd_samples_total") != taken, Instant.now < deadline {
          await loop.sleep(until: .now + .milliseconds(1))
        }
        try await sending.value
      }
      receiver.countDropped()
      receiver.close()
      _ = await end.wait(until: deadline)
      let names = [
        "vitals_statsd_packets_total", "vitals_statsd_samples_total", "a_total", "vitals_statsd_malformed_lines_total",
      ]
      var values = Dictionary(uniqueKeysWithValues: names.map { ($0, intake.value($0) ?? -1) })
      for (reason, count) in intake.droppedLines { values[reason] = Double(count) }
      return values
    }
  }

  @Test(arguments: ["127.0.0.1", "::1", "unix"])
  func `everything that is sent is counted`(host: String) async throws {
    let path = NSTemporaryDirectory() + "vitals-\(UUID().uuidString).sock"
    let address = host == "unix" ? try SocketAddress(unixPath: path) : try SocketAddress(literal: host, port: 0)
    // As fast as a client that does anything else: none is lost.
    let batch = [[UInt8]](repeating: Array("a:1|c".utf8), count: 300)
    let values = try await intake(at: address, samples: 300, of: [batch, batch, batch])
    #expect(values["a_total"] == 900)
    #expect(values["vitals_statsd_packets_total"] == 900)
    #expect(values["socket"] == nil)
    #expect(!FileManager.default.fileExists(atPath: path))
  }

  @Test func `a datagram that is larger than a turn's budget is taken whole`() async throws {
    let lines = Array(String(repeating: "a:1|c\n", count: 10_000).utf8)
    let values = try await intake(at: SocketAddress(literal: "127.0.0.1", port: 0), samples: 10_000, of: [[lines]])
    #expect(values["a_total"] == 10_000)
    #expect(values["vitals_statsd_packets_total"] == 1)
  }

  @Test func `of a datagram that is too large, the last line is dropped`() async throws {
    let path = NSTemporaryDirectory() + "vitals-\(UUID().uuidString).sock"
    // 10,922 lines of six bytes and four bytes of one more.
    let lines = Array(String(repeating: "a:1|c\n", count: 15_000).utf8)
    let values = try await intake(at: SocketAddress(unixPath: path), samples: 10_922, of: [[lines]])
    #expect(values["a_total"] == 10_922)
    #expect(values["truncated"] == 1)
    #expect(values["vitals_statsd_malformed_lines_total"] == 0)
  }
}
