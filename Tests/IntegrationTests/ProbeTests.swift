import Foundation
import Glibc
import Testing

/// `vitals probe`: one line, and an exit code that Docker understands.
@Suite(.timeLimit(.minutes(1)))
struct ProbeTests {
  @Test func `a healthy service is one line and code 0`() throws {
    let service = try SharedServices.service(isHealthy: true)
    let (result, seconds) = try timed { try probe(["http://\(service.address)"]) }
    print("vitals probe took \(seconds)")
    #expect(result == Result(code: 0, line: "pass"))
    for path in ["/livez", "/readyz", "/health/checks/redis"] {
      let result = try probe(["--path", path, "http://\(service.address)"])
      #expect(result.code == 0 && result.line.hasPrefix("pass"))
      #expect(try probe(["http://\(service.address)\(path)"]).code == 0)
    }
  }

  @Test func `a sick service says why, and is code 1`() throws {
    let service = try SharedServices.service(isHealthy: false)
    for path in ["/health/container", "/health/", "/readyz", "/health/checks/redis"] {
      let result = try probe(["--path", path, "http://\(service.address)"])
      #expect(result.code == 1)
      #expect(result.line.hasPrefix("fail: ") && result.line.contains("redis"), "\(result.line)")
      #expect(result.line.contains("refused"), "\(result.line)")
    }
    #expect(try probe(["--path", "/livez", "http://\(service.address)"]) == Result(code: 0, line: "pass"))
  }

  @Test func `a path that is not there, and a page that is not ours`() throws {
    let service = try SharedServices.service(isHealthy: true)
    #expect(
      try probe(["--path", "/nowhere", "http://\(service.address)"])
        == Result(code: 1, line: "fail: /nowhere answered 404"))
    #expect(
      try probe(["--path", "/metrics", "http://\(service.address)"])
        == Result(code: 0, line: "pass: /metrics answered 200"))
  }

  @Test func `nobody there`() throws {
    let port = try Scratch.port()
    let directory = try Scratch.directory("probe")
    defer { Scratch.remove(directory) }
    #expect(
      try probe(["http://127.0.0.1:\(port)"])
        == Result(code: 1, line: "fail: connect to 127.0.0.1:\(port): Connection refused"))
    #expect(
      try probe(["http://[::1]:\(port)/livez"])
        == Result(code: 1, line: "fail: connect to [::1]:\(port): Connection refused"))
    #expect(
      try probe(["unix:\(directory)/none"])
        == Result(code: 1, line: "fail: connect to unix:\(directory)/none: No such file or directory"))
  }

  @Test func `a peer that says nothing costs the timeout and no more`() throws {
    let peer = try Peer(answer: nil)
    let (result, elapsed) = try timed { try probe(["--timeout", "300ms", "http://127.0.0.1:\(peer.port)"]) }
    #expect(result.code == 1)
    #expect(result.line.hasPrefix("fail: ") && result.line.hasSuffix("timed out"), "\(result.line)")
    #expect(elapsed > .milliseconds(290) && elapsed < .seconds(2), "\(elapsed)")
  }

  @Test(arguments: [
    ("220 mail.example ESMTP\r\n", "does not speak HTTP"),
    ("HTTP/2.0 200 OK\r\n\r\n", "does not speak HTTP"),
    ("", "does not speak HTTP"),
    ("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\npart", "does not speak HTTP"),
    ("HTTP/1.1 500 Oops\r\nContent-Length: 5\r\n\r\nhello", "answered 500"),
    (
      "HTTP/1.1 503 Busy\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfail\n\r\n8\r\ntoo many\r\n0\r\n\r\n",
      "fail: too many"
    ),
    ("HTTP/1.0 503 Busy\r\n\r\nfail\nold", "fail: old"),
    ("HTTP/1.1 500 Oops\r\nContent-Length: 5\r\n\r\npass\n", "answered 500"),
  ])
  func `what is not a healthy answer is code 1`(answer: String, line: String) throws {
    let peer = try Peer(answer: answer)
    let result = try probe(["http://127.0.0.1:\(peer.port)"])
    #expect(result.code == 1)
    #expect(result.line.contains(line), "\(result.line)")
    #expect(result.line.hasPrefix("fail: "), "\(result.line)")
  }

  @Test func `a long answer with control characters is one short line`() throws {
    let text = "fail\n" + String(repeating: "\u{1B}[31mx\u{7F}", count: 3000)
    let peer = try Peer(answer: "HTTP/1.1 503 Busy\r\nContent-Length: \(text.utf8.count)\r\n\r\n\(text)")
    let result = try probe(["http://127.0.0.1:\(peer.port)"])
    #expect(result.code == 1)
    #expect(result.line.utf8.count < 4096)
    #expect(result.line.unicodeScalars.allSatisfy { $0 >= " " && $0 != "\u{7F}" })
  }

  @Test(arguments: ["127.0.0.1:0", "0.0.0.0:0", "[::1]:0", "[::]:0", ":0", "unix:"])
  func `it asks where VITALS_LISTEN says`(listen: String) throws {
    let directory = try Scratch.directory("probe")
    defer { Scratch.remove(directory) }
    let service = try VitalsProcess(serve: [], listen: [listen == "unix:" ? "unix:\(directory)/s" : listen])
    defer { service.kill() }
    let told = listen.hasSuffix(":0") ? String(listen.dropLast()) + "\(service.port)" : "unix:\(directory)/s"
    #expect(try probe([], ["VITALS_LISTEN": told]) == Result(code: 0, line: "pass"))
    // The first one counts.
    #expect(try probe([], ["VITALS_LISTEN": "\(told),127.0.0.1:1"]) == Result(code: 0, line: "pass"))
    #expect(try probe(["--path", "/livez"], ["VITALS_LISTEN": "\(told) [::1]:1"]).code == 0)
    if case .unix = service.address {
      #expect(try probe(["unix:\(directory)/s"]).code == 0)
      #expect(try probe(["unix://\(directory)/s"]).code == 0)
    }
  }

  @Test(arguments: [
    ["http://vitals.example:8080"], ["http://localhost.example/"], ["https://127.0.0.1:8080"], ["127.0.0.1:8080"],
    ["http://127.0.0.1:x"], ["http://127.0.0.1:99999"], ["http://[::1"], ["unix:"], ["http://"], ["http://:8080"],
    ["--timeout", "soon", "http://127.0.0.1"], ["--timeout", "0s", "http://127.0.0.1"],
    ["--path", "livez", "http://127.0.0.1"], ["--nonsense"],
  ])
  func `what cannot be asked is code 64 at once, without a look-up`(arguments: [String]) throws {
    let (result, elapsed) = try timed { try VitalsProcess.run(["probe"] + arguments) }
    #expect(result.exit == .code(64))
    #expect(result.output.isEmpty)
    #expect(!result.errorOutput.isEmpty)
    // A look-up without a network takes seconds.
    #expect(elapsed < .seconds(3))
  }

  @Test func `an unusable VITALS_LISTEN is code 64 and named`() throws {
    let result = try VitalsProcess.run(["probe"], environment: ["VITALS_LISTEN": "web:8080"])
    #expect(result.exit == .code(64))
    #expect(result.errorOutput.hasPrefix("vitals probe: VITALS_LISTEN: "))
  }

  // MARK: Helpers

  private struct Result: Equatable {
    var code: Int32
    var line: String
  }

  /// Runs a probe that must print exactly one line.
  private func probe(_ arguments: [String], _ environment: [String: String] = [:]) throws -> Result {
    let result = try VitalsProcess.run(["probe"] + arguments, environment: environment)
    #expect(result.errorOutput.isEmpty)
    let lines = result.output.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.count == 2 && lines.last == "", "one line, ended: \(result.output)")
    guard case .code(let code) = result.exit else { throw TestbedError("\(result.exit)") }
    return Result(code: code, line: String(lines[0]))
  }

  private func timed<Value>(_ body: () throws -> Value) rethrows -> (Value, Duration) {
    let start = ContinuousClock.now
    let value = try body()
    return (value, ContinuousClock.now - start)
  }
}

/// A listener that answers its first client with fixed bytes as soon as it has sent something, or with nothing at all.
private final class Peer {
  let port: Int
  private let descriptor: Int32

  init(answer: String?) throws {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    self.descriptor = descriptor
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let result = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, length) + listen(descriptor, 8) + getsockname(descriptor, $0, &length)
      }
    }
    guard descriptor >= 0, result == 0 else { throw TestbedError("listen: errno \(errno)") }
    port = Int(in_port_t(bigEndian: address.sin_port))
    guard let answer else { return }
    Thread.detachNewThread {
      let client = accept(descriptor, nil, nil)
      guard client >= 0 else { return }
      // A child of another test must not hold the connection open.
      _ = fcntl(client, F_SETFD, FD_CLOEXEC)
      var buffer = [UInt8](repeating: 0, count: 4096)
      _ = recv(client, &buffer, buffer.count, 0)
      _ = answer.withCString { send(client, $0, answer.utf8.count, Int32(MSG_NOSIGNAL)) }
      close(client)
    }
  }

  deinit {
    shutdown(descriptor, Int32(SHUT_RDWR))
    close(descriptor)
  }
}
