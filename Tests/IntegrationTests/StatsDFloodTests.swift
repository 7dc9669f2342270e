import Foundation
import Testing

/// What a hundred thousand hostile datagrams do: they are counted.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct StatsDFloodTests {
  private static let count = 100_000
  /// What the registry holds at most, twice: as numbers and as pages.
  private static let room = 24 << 20

  @Test(arguments: [false, true])
  func `a flood takes neither memory nor probes, and is no text in the log`(isUnix: Bool) async throws {
    let directory = try Scratch.directory("flood")
    defer { Scratch.remove(directory) }
    let vitals = try VitalsProcess(serve: ["--statsd", isUnix ? "unix:\(directory)/socket" : "127.0.0.1:0"])
    defer { vitals.kill() }
    let address = try vitals.statsdAddresses()[0]
    let honest = try DatagramSender(to: address)
    try honest.send("honest:1|c")
    try vitals.waitForPage("an honest sample") { $0["honest_total"] == 1 }
    let before = vitals.anonymousMemory

    let first = try await flood(vitals, at: address, seed: 1)
    let descriptors = try vitals.restingDescriptorCount()
    let second = try await flood(vitals, at: address, seed: 2)
    let third = try await flood(vitals, at: address, seed: 3)
    print("\(address): \(before / 1024) KiB, then \(first), then \(second), then \(third)")
    for outcome in [first, second, third] {
      // What `vitals probe` waits for.
      #expect(outcome.latencies.allSatisfy { $0 < .seconds(3) })
      #expect(outcome.memory - before < Self.room)
    }
    // A unix socket loses nothing, so that the first flood has filled the registry, and the second has had pages of all of it.
    #expect(!isUnix || third.memory - second.memory < 4 << 20)
    #expect(try vitals.restingDescriptorCount() == descriptors)
    try eventually("one thread") { vitals.threadCount == 1 }

    // Only then is there surely room in the kernel for one datagram more.
    func lost(_ page: MetricsPage) -> Double { page["vitals_statsd_dropped_total", ["reason": "socket"]] ?? 0 }
    try vitals.waitForPage("all datagrams") { page in
      (page["vitals_statsd_packets_total"] ?? 0) + lost(page) == Double(3 * Self.count + 1)
    }
    // Those who are known go on, also where there is no room for anybody new.
    try honest.send("honest:1|c")
    try vitals.waitForPage("one more honest sample") { $0["honest_total"] == 2 }
    let page = try vitals.page()
    #expect((1...10_000).contains(page["vitals_statsd_series"] ?? 0))
    #expect(lost(page) == 0 || !isUnix)
    for reason in ["name_series", "length", "type"] + (isUnix ? ["series"] : []) {
      #expect(page["vitals_statsd_dropped_total", ["reason": reason]] ?? 0 > 0, "\(reason)")
    }
    #expect(page["vitals_statsd_malformed_lines_total"] ?? 0 > 0)
    #expect(vitals.errorOutput.split(separator: "\n").count < 10)
    #expect(!vitals.errorOutput.contains("hostile"))
    let prometheus = try PrometheusServer(scraping: "\(vitals.address)")
    defer { prometheus.stop() }
    try eventually(within: .seconds(60), every: .milliseconds(200), "a scrape of it all") {
      try prometheus.query("vitals_statsd_series").first?.value ?? 0 > 0
    }
    #expect(try prometheus.query("up").first?.value == 1)
  }

  /// What was seen of the service during a flood and after it.
  private struct Outcome: CustomStringConvertible {
    var memory: Int
    var latencies: [Duration]

    var description: String {
      let sorted = latencies.sorted()
      let (median, worst) = (sorted[sorted.count / 2], sorted[sorted.count - 1])
      return "\(memory / 1024) KiB, \(sorted.count) probes of \(median) at the median and \(worst) at worst"
    }
  }

  private func flood(_ vitals: VitalsProcess, at address: RawSocket.Address, seed: UInt64) async throws -> Outcome {
    let isOver = Monitor(false)
    async let sending: Void = onThread {
      defer { isOver.withLock { $0 = true } }
      let sender = try DatagramSender(to: address)
      var hostile = HostileDatagrams(seed: seed)
      for _ in 0..<Self.count { try sender.send(hostile.next()) }
    }
    let latencies = try await onThread {
      var latencies: [Duration] = []
      let socket = try vitals.connect()
      repeat {
        let began = ContinuousClock.now
        try socket.send("GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
        let answer = try socket.readResponse()
        latencies.append(ContinuousClock.now - began)
        guard answer.status == 200 else { throw TestbedError("\(answer.status) during the flood") }
        if latencies.count % 100 == 0 { _ = try vitals.page() }
      } while isOver.withLock({ !$0 })
      return latencies
    }
    try await sending
    _ = try vitals.page()
    return Outcome(memory: vitals.anonymousMemory, latencies: latencies)
  }
}

/// Datagrams of those who know the format, and of those who do not.
private struct HostileDatagrams {
  private var state: UInt64
  private var number = 0

  init(seed: UInt64) { state = seed }

  mutating func next() -> [UInt8] {
    number += 1
    // The seed is in the names too: no series is known from an earlier flood.
    let id = "\(random(1 << 40))"
    switch number % 8 {
    case 0: return Array("hostile.name.\(id):1|c".utf8)
    case 1: return Array("hostile.tag:1|c|#user:\(id)".utf8)
    case 2: return Array("hostile.time:\(random(10_000))|ms|#user:\(id)".utf8)
    case 3: return Array("hostile\(random(50)):1|\(["c", "g", "ms", "h"][Int(random(4))])".utf8)
    case 4: return Array("hostile.long:1|c|#x:\(String(repeating: id, count: 80))".utf8)
    case 5: return (0..<random(200)).map { _ in UInt8(truncatingIfNeeded: random(256)) }
    case 6: return Array("hostile\nhostile:|c\nhostile:nan|g\n:::|||\n\(id)".utf8)
    default: return Array("hostile_total:1|g\nhostile:-1|c\npg_up:0|g|#le:\(id),__name__:x".utf8)
    }
  }

  /// A number below `bound`, the same ones in each run.
  private mutating func random(_ bound: UInt64) -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return (state >> 17) % bound
  }
}
