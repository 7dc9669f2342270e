import FoundationEssentials
import Operations
import Testing

struct PreflightTests {
  private static let route = """
    Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
    eth0\t00000000\t0100000A\t0003\t0\t0\t0\t00000000\t0\t0\t0
    eth0\t0000000A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0
    docker0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0
    wg0\t000A000A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0

    """
  private static let trie = """
    Main:
      +-- 0.0.0.0/0 3 0 5
         |-- 10.0.0.0
            /24 link UNICAST
         |-- 10.0.0.5
            /32 host LOCAL
         |-- 127.0.0.1
            /32 host LOCAL
         |-- 172.17.0.1
            /32 host LOCAL
    Local:
         |-- 10.0.0.5
            /32 host LOCAL
    """
  private static let tcp = """
      sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
       0: 00000000:0949 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1
       1: 0500000A:1F0A 0600000A:D431 01 00000000:00000000 00:00000000 00000000     0        0 4712 1
    """
  private static let udp = """
       sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
       9: 00000000:12B5 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 0 2 0 0
    """

  private var machine: MachineFacts {
    MachineFacts(route: Self.route, trie: Self.trie, sockets: [(Self.tcp, false), (Self.udp, true)])
  }

  private func engine(_ swarm: String = "inactive", api: String = "1.41", managers: Int64 = 0) -> EngineFacts {
    EngineFacts(
      .object([
        "Name": .string("node1"), "ServerVersion": .string("20.10.24"), "DockerRootDir": .string("/var/lib/docker"),
        "SystemTime": .string("2026-01-01T00:00:00.123456789Z"),
        "Swarm": .object([
          "LocalNodeState": .string(swarm), "ControlAvailable": .bool(swarm == "active"),
          "Managers": .integer(managers),
        ]),
      ]), apiVersion: api)
  }

  private func findings(
    _ engine: EngineFacts, _ machine: MachineFacts? = nil, subnets: [Subnet] = [], after seconds: Double = 0
  ) throws -> [Finding] {
    let time = try Date("2026-01-01T00:00:00Z", strategy: .iso8601)
    return Preflight(engine: engine, machine: machine, subnets: subnets, now: time.addingTimeInterval(seconds)).findings
  }

  @Test func `the kernel's tables tell routes, addresses and who listens`() {
    #expect(
      machine.routes.map { "\($0.subnet) \($0.device)" } == [
        "10.0.0.0/24 eth0", "172.17.0.0/16 docker0", "10.0.10.0/24 wg0",
      ])
    // Neither the loopback's, nor one twice, nor the bridge's.
    #expect(machine.addresses.map { "\(Subnet.text($0.address)) \($0.device)" } == ["10.0.0.5 eth0"])
    #expect(machine.listeners.map(\.port) == [2377, 4789])
  }

  @Test func `a port that somebody holds is a problem, the kernel's own and the engine's are none`() throws {
    var machine = machine
    #expect(
      try findings(engine(), machine).filter { $0.level == .problem }.map(\.text) == [
        "port 2377/tcp (managers) is held by another program"
      ])
    machine.listeners[0].program = "nginx"
    #expect(try findings(engine(), machine).contains { $0.text.hasSuffix("held by nginx") })
    machine.listeners[0].program = "dockerd"
    #expect(try findings(engine(), machine).allSatisfy { $0.level == .ok })
    machine.listeners[0].program = "nginx"
    #expect(try findings(engine("active", managers: 1), machine).allSatisfy { $0.level == .ok })
  }

  @Test func `a network over a route of the machine is a problem`() throws {
    var machine = machine
    machine.listeners = []
    let subnets = ["10.0.10.0/24", "10.0.12.0/24", "172.17.3.0/24"].compactMap { Subnet($0) }
    #expect(
      try findings(engine(), machine, subnets: subnets).filter { $0.level == .problem }.map(\.text) == [
        "the network 10.0.10.0/24 overlaps the route to 10.0.10.0/24 on wg0"
      ])
  }

  @Test(
    arguments: [
      ("1.40", 0, 0, "the engine is too old: its API is 1.40, and 1.41 is needed"),
      ("1.41", 2, 0, "2 managers: an even number survives no more failures than one less"),
      ("1.41", 1, 90, "the engine's clock and this machine's differ by 90 s"),
    ])
  func `an old engine, an even number of managers and a wrong clock are told`(
    api: String, managers: Int64, skew: Double, text: String
  ) throws {
    let found = try findings(engine("active", api: api, managers: managers), after: skew).filter { $0.level != .ok }
    #expect(found.map(\.text) == [text])
    #expect(found.allSatisfy { $0.advice != nil })
  }

  @Test(arguments: [(100, 1000, Finding.Level.ok), (4, 1000, .warning), (20, 500, .warning)])
  func `little room on the disk is a warning`(free: UInt64, total: UInt64, level: Finding.Level) throws {
    var machine = machine
    machine.listeners = []
    machine.disk = (free << 30, total << 30)
    let found = try #require(try findings(engine(), machine).first { $0.text.contains("/var/lib/docker") })
    #expect(found.level == level)
  }

  @Test(
    arguments: [
      (0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (9_949, "9.9 kB"), (9_950, "10 kB"), (999_499, "999 kB"),
      (999_500, "1.0 MB"), (420_000_000, "420 MB"), (1_234_000_000, "1.2 GB"),
    ])
  func `sizes are written as Docker writes them`(count: UInt64, text: String) {
    #expect(ByteCount.text(count) == text)
  }
}
