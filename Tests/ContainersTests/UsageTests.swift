import Testing

@testable import Containers

@Suite struct UsageTests {
  @Test func `an answer with cgroup version 1 is read`() throws {
    let usage = try Fixture.v1.usage("web")
    #expect(usage.isRunning)
    #expect(usage.cpuSeconds == 0.267162521)
    #expect(
      usage.throttling == Usage.Throttling(periods: 30, throttledPeriods: 24, throttledSeconds: 0.755624370))
    #expect(usage.memory == Usage.Memory(usage: 17_379_328, workingSet: 17_379_328))
    #expect(usage.processes == 2)
    #expect(
      usage.network
        == Usage.Network(
          receivedBytes: 726, receivedPackets: 9, receiveErrors: 0, sentBytes: 0, sentPackets: 0, sendErrors: 0))
    #expect(usage.readBytes == 0 && usage.writtenBytes == 0)
  }

  @Test func `an answer with cgroup version 2 is read`() throws {
    let usage = try Fixture.v2.usage("web")
    #expect(usage.isRunning)
    #expect(usage.cpuSeconds == 9.584307)
    #expect(
      usage.throttling == Usage.Throttling(periods: 619, throttledPeriods: 581, throttledSeconds: 56.247717))
    #expect(usage.memory == Usage.Memory(usage: 6_889_472, workingSet: 5_820_416))
    #expect(usage.processes == 2)
    #expect(
      usage.network
        == Usage.Network(
          receivedBytes: 796, receivedPackets: 10, receiveErrors: 0, sentBytes: 0, sentPackets: 0, sendErrors: 0))
    #expect(usage.readBytes == 5_193_728 && usage.writtenBytes == 0)
  }

  @Test(arguments: Fixture.allCases)
  func `a container that was stopped is told from one that runs`(_ fixture: Fixture) throws {
    #expect(try !fixture.usage("stopped").isRunning)
    #expect(try !fixture.specification("stopped").isRunning)
    #expect(try fixture.usage("plain").isRunning)
    #expect(try fixture.specification("plain").isRunning)
  }

  @Test(arguments: Fixture.allCases)
  func `a container without a network of its own has no counters of one`(_ fixture: Fixture) throws {
    #expect(try fixture.usage("plain").network == nil)
    #expect(try fixture.usage("everywhere").network != nil)
  }

  @Test(arguments: [
    // Version 1 tells of the group with and without its subgroups, version 2 with them only.
    (#"{"usage":1000,"stats":{"inactive_file":1,"total_inactive_file":300}}"#, 700.0),
    (#"{"usage":1000,"stats":{"inactive_file":300}}"#, 700), (#"{"usage":1000,"stats":{}}"#, 1000),
    (#"{"usage":1000}"#, 1000), (#"{"usage":1000,"stats":null}"#, 1000),
    // The two numbers are not of the same moment.
    (#"{"usage":1000,"stats":{"inactive_file":1000}}"#, 1000),
    (#"{"usage":1000,"stats":{"inactive_file":2000}}"#, 1000),
  ])
  func `the working set leaves out inactive file pages`(_ memory: String, _ workingSet: Double) throws {
    let usage: Usage = try decode(#"{"read":"2026-11-23T12:00:00Z","memory_stats":\#(memory)}"#)
    #expect(usage.memory == Usage.Memory(usage: 1000, workingSet: workingSet))
  }

  @Test func `what the kernel does not account for is left out`() throws {
    let usage: Usage = try decode(#"{"read":"2026-11-23T12:00:00Z","memory_stats":{},"pids_stats":{}}"#)
    #expect(usage.isRunning)
    #expect(usage.memory == nil && usage.processes == nil && usage.network == nil)
  }

  @Test(arguments: [
    ("null", 0.0, 0.0), ("[]", 0, 0),
    (#"[{"op":"Read","value":3},{"op":"Write","value":4},{"op":"Sync","value":7},{"op":"Total","value":7}]"#, 3, 4),
    (#"[{"op":"read","value":3},{"op":"write","value":4},{"op":"read","value":5},{"op":"discard","value":9}]"#, 8, 4),
    (#"[{"op":"","value":3},{}]"#, 0, 0),
  ])
  func `bytes of all devices are added up`(_ list: String, _ read: Double, _ written: Double) throws {
    let usage: Usage = try decode(#"{"blkio_stats":{"io_service_bytes_recursive":\#(list)}}"#)
    #expect(usage.readBytes == read && usage.writtenBytes == written)
  }

  @Test func `all interfaces are added up`() throws {
    let one = #"{"rx_bytes":1,"rx_packets":2,"rx_errors":3,"rx_dropped":9,"tx_bytes":4,"tx_packets":5,"tx_errors":6}"#
    let usage: Usage = try decode(#"{"networks":{"eth0":\#(one),"eth1":\#(one),"eth2":{}}}"#)
    #expect(
      usage.network
        == Usage.Network(
          receivedBytes: 2, receivedPackets: 4, receiveErrors: 6, sentBytes: 8, sentPackets: 10, sendErrors: 12))
  }
}
