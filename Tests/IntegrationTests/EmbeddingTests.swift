import Foundation
import Glibc
import Testing

/// The service as a part of other programs, which see the library's public interface only.
@Suite(.timeLimit(.minutes(10)))
struct EmbeddingTests {
  @Test func `the example serves its own check beside one of ours`() throws {
    let redis = try RedisServer(.init(password: "hunter2"))
    defer { redis.stop() }
    let uploads = "\(try Scratch.directory("embedding"))/uploads"
    let program = try EmbeddingProcess("Embedding", ["127.0.0.1:0", redis.url(), uploads])
    defer { program.kill() }

    try eventually("a failing check") {
      try HealthBody(program.get("/health/"))["uploads"]?.reason == "readonly"
    }
    let body = try HealthBody(program.get("/health/"))
    #expect(body.status == "fail")
    #expect(body["uploads"]?.componentType == "component")
    #expect(body["uploads"]?.critical == true)
    #expect(body["redis"]?.critical == false)
    #expect(program.log.contains("uploads: No such file or directory"))

    try FileManager.default.createDirectory(atPath: uploads, withIntermediateDirectories: false)
    try eventually("a passing check") { try program.get("/health/").status == 200 }
    #expect(try HealthBody(program.get("/health/"))["redis"]?.status == "pass")
    #expect(try program.get("/metrics").text.contains("health_check_up{check=\"uploads\",critical=\"true\"} 1\n"))
    #expect(try program.get("/health/checks/uploads").status == 200)
    redis.kill()
    try eventually("a warning") {
      let response = try program.get("/health/")
      return try response.status == 200 && HealthBody(response).status == "warn"
    }
    program.signal(SIGTERM)
    #expect(program.wait() == .code(0))
    #expect(!program.log.contains("hunter2"))
  }

  @Test func `a check that never comes back makes the verdict stale, and hinders nothing else`() throws {
    let program = try EmbeddingProcess("FrozenService", [])
    defer { program.kill() }
    let watcher = try HealthWatcher(program.address())
    defer { watcher.stop() }
    let pass = try watcher.first("pass") { $0.code == 200 }
    let stale = try watcher.first("failure", since: pass.time) { $0.code == 503 }
    #expect(stale.output == "frozen stale")
    // Three intervals of 500 ms; the first answer may have come after the result.
    #expect(stale.time - pass.time > .milliseconds(1000))
    #expect(stale.time - pass.time < .seconds(4))

    #expect(try program.get("/health/live").status == 200)
    #expect(try program.get("/health/container").status == 200)
    #expect(try program.get("/health/ready").status == 503)
    #expect(try program.get("/health/checks/frozen").status == 503)
    let metrics = try program.get("/metrics").text
    #expect(metrics.contains("health_check_up{check=\"frozen\",critical=\"true\"} 0\n"))
    #expect(metrics.contains("health_status{status=\"fail\"} 1\n"))

    program.signal(SIGTERM)
    #expect(program.wait() == .code(0))
  }
}

/// A program of this package beside `vitals`, on a port that its log names.
private final class EmbeddingProcess {
  private let process: Subprocess

  init(_ name: String, _ arguments: [String]) throws {
    let directory = URL(fileURLWithPath: VitalsProcess.binary).deletingLastPathComponent()
    process = try Subprocess([directory.appendingPathComponent(name).path] + arguments)
  }

  var log: String { process.errorOutput }

  /// Where it listens; waits until it does.
  func address() throws -> RawSocket.Address {
    let line = try process.waitForLine(containing: "listening", within: .seconds(20))
    let field = try line.split(separator: " ").first { $0.hasPrefix("address=") }.orThrow("no address in \(line)")
    return try RawSocket.Address(String(field.dropFirst("address=".count))).orThrow("no address: \(field)")
  }

  func get(_ target: String) throws -> HTTPResponse { try HTTPClient.get(target, at: address()) }

  func signal(_ number: Int32) { process.signal(number) }

  func wait() -> Subprocess.Exit? { process.wait(within: .seconds(20)) }

  func kill() { process.kill() }
}

extension Optional {
  fileprivate func orThrow(_ problem: String) throws -> Wrapped {
    guard let self else { throw TestbedError(problem) }
    return self
  }
}
