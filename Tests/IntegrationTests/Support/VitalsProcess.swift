import Foundation
import Glibc

/// The built `vitals` program as a process of its own.
final class VitalsProcess: Sendable {
  private let process: Subprocess

  /// Where the program is: beside the test bundle, unless `VITALS_BINARY` names another one.
  static let binary: String = {
    if let path = ProcessInfo.processInfo.environment["VITALS_BINARY"] { return path }
    let tests = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    return tests.deletingLastPathComponent().appendingPathComponent("vitals").path
  }()

  /// Starts the program with exactly this environment, so that no variable of the tester's leaks in.
  ///
  /// - Parameter prefix: a command that runs the program, such as `nsenter` with its arguments.
  init(_ arguments: [String], environment: [String: String] = [:], prefix: [String] = []) throws {
    process = try Subprocess(prefix + [Self.binary] + arguments, environment: Self.environment(environment))
  }

  /// Starts `vitals serve` on a free loopback port, or on the given addresses; returns when it listens.
  convenience init(
    serve arguments: [String], listen: [String] = ["127.0.0.1:0"], environment: [String: String] = [:]
  ) throws {
    try self.init(["serve"] + listen.flatMap { ["--listen", $0] } + arguments, environment: environment)
    do {
      for count in 1...max(1, listen.count) {
        try eventually(within: .seconds(20), "listening") {
          if let exit = exit { throw TestbedError.final("vitals ended with \(exit): \(errorOutput)") }
          return addresses.count >= count
        }
      }
    } catch {
      kill()
      throw error
    }
  }

  /// Runs the program to its end.
  static func run(
    _ arguments: [String], environment: [String: String] = [:], input: String = "",
    within limit: Duration = .seconds(20)
  ) throws -> (exit: Subprocess.Exit, output: String, errorOutput: String) {
    try Subprocess.outcome(
      [binary] + arguments, environment: Self.environment(environment), input: input, within: limit)
  }

  /// The addresses of the lines `... listening ... address=ADDRESS`, in the order of the log.
  var addresses: [RawSocket.Address] {
    errorOutput.split(separator: "\n").filter { $0.contains("listening") }.compactMap { line in
      line.split(separator: " ").first { $0.hasPrefix("address=") }
        .flatMap { RawSocket.Address(String($0.dropFirst("address=".count).trimmingCharacters(in: ["\""]))) }
    }
  }

  /// The first address that it listens on.
  var address: RawSocket.Address { addresses[0] }

  /// The first port that it listens on.
  var port: Int {
    switch address {
    case .ipv4(_, let port), .ipv6(_, let port): port
    case .unix: 0
    }
  }

  var pid: pid_t { process.pid }
  var output: String { process.output }
  var errorOutput: String { process.errorOutput }
  var exit: Subprocess.Exit? { process.exit }

  /// GET on a connection of its own to the first address.
  func get(_ target: String, headers: [String: String] = [:], within limit: Duration = .seconds(10)) throws
    -> HTTPResponse
  {
    try HTTPClient.get(target, at: address, headers: headers, within: limit)
  }

  /// A new connection to the first address.
  func connect() throws -> RawSocket {
    try RawSocket(address)
  }

  @discardableResult
  func waitForLine(containing text: String, within limit: Duration = .seconds(10)) throws -> String {
    try process.waitForLine(containing: text, within: limit)
  }

  /// Waits for the end of the process; nil when it still runs after that time.
  func wait(within limit: Duration = .seconds(10)) -> Subprocess.Exit? {
    process.wait(within: limit)
  }

  func signal(_ number: Int32) {
    process.signal(number)
  }

  /// Ends the process. Call it when the test is over, in `defer` or `deinit`.
  func kill() {
    process.kill()
  }

  /// How many descriptors it has open.
  var descriptorCount: Int {
    (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd").count) ?? 0
  }

  /// How many descriptors it has open while no client of the test's is connected.
  ///
  /// An answer can be read before the server has closed its side; here the end of the connection is read too.
  func restingDescriptorCount() throws -> Int {
    let socket = try connect()
    try socket.send("GET /livez HTTP/1.0\r\n\r\n")
    _ = try socket.readToEnd()
    return descriptorCount
  }

  /// How many threads it has.
  var threadCount: Int { status("Threads") ?? 0 }

  /// Its anonymous resident memory in bytes: what it allocated, without the pages of its files.
  var anonymousMemory: Int { (status("RssAnon") ?? 0) * 1024 }

  /// CPU time used so far, user and system.
  var cpuTime: Duration {
    guard let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
      let fields = stat.split(separator: ")").last?.split(separator: " "), fields.count > 12,
      let user = Int(fields[11]), let system = Int(fields[12])
    else { return .zero }
    return .seconds(user + system) / sysconf(Int32(_SC_CLK_TCK))
  }

  private func status(_ name: String) -> Int? {
    let lines = try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8).split(separator: "\n")
    let line = lines?.first { $0.hasPrefix("\(name):") }
    return line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) }
  }

  private static func environment(_ additions: [String: String]) -> [String: String] {
    ["PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "SWIFT_BACKTRACE": "enable=no"].merging(additions) { $1 }
  }
}
