import Foundation
import Glibc
import Testing

/// Where the service listens, and what it says where it cannot.
@Suite(.timeLimit(.minutes(1)))
struct HTTPListenerTests {
  @Test func `one service listens on IPv4, IPv6 and a unix socket at once`() throws {
    let directory = try Scratch.directory("listen")
    defer { Scratch.remove(directory) }
    let path = "\(directory)/vitals.sock"
    let service = try VitalsProcess(serve: [], listen: ["127.0.0.1:0", "[::1]:0", "unix:\(path)"])
    defer { service.kill() }
    let addresses = service.addresses
    #expect(addresses.count == 3)
    guard case .ipv4("127.0.0.1", let port4) = addresses[0], case .ipv6("::1", let port6) = addresses[1] else {
      Issue.record("\(addresses)")
      return
    }
    #expect(port4 > 0 && port6 > 0)
    #expect(addresses[2] == .unix(path))
    for address in addresses {
      let answer = try HTTPClient.get("/readyz", at: address)
      #expect(answer.status == 200)
      #expect(answer["date"] != nil)
    }
    // Neither address takes the other family.
    #expect(throws: TestbedError.self) { try RawSocket(.ipv6("::1", port4)) }
    #expect(throws: TestbedError.self) { try RawSocket(.ipv4("127.0.0.1", port6)) }

    service.signal(SIGKILL)
    _ = service.wait()
    // A socket that a killed process left behind is replaced.
    #expect(FileManager.default.fileExists(atPath: path))
    let second = try VitalsProcess(serve: ["--drain", "0s"], listen: ["unix:\(path)"])
    defer { second.kill() }
    #expect(try HTTPClient.get("/livez", at: .unix(path)).status == 200)
    second.signal(SIGTERM)
    #expect(second.wait() == .code(0))
    #expect(!FileManager.default.fileExists(atPath: path))
  }

  @Test(arguments: [":0", "[::]:0"]) func `all addresses of both families`(listen: String) throws {
    let service = try VitalsProcess(serve: [], listen: [listen])
    defer { service.kill() }
    guard case .ipv6("::", let port) = service.address else {
      Issue.record("\(service.addresses)")
      return
    }
    #expect(try HTTPClient.get("/livez", at: .ipv4("127.0.0.1", port)).status == 200)
    #expect(try HTTPClient.get("/livez", at: .ipv6("::1", port)).status == 200)
  }

  @Test func `all addresses of IPv4`() throws {
    let service = try VitalsProcess(serve: [], listen: ["0.0.0.0:0"])
    defer { service.kill() }
    #expect(try HTTPClient.get("/livez", port: service.port).status == 200)
    #expect(throws: TestbedError.self) { try RawSocket(.ipv6("::1", service.port)) }
  }

  @Test func `an address that is taken is an error that names it`() throws {
    let directory = try Scratch.directory("taken")
    defer { Scratch.remove(directory) }
    let first = try VitalsProcess(serve: [], listen: ["127.0.0.1:0", "unix:\(directory)/s"])
    defer { first.kill() }
    for address in first.addresses {
      let second = try VitalsProcess.run(["serve", "--listen", "127.0.0.1:0", "--listen", "\(address)"])
      #expect(second.exit == .code(1))
      let problem = "vitals serve: listen on \(address): Address already in use"
      #expect(second.errorOutput.split(separator: "\n").last.map(String.init) == problem)
      #expect(try HTTPClient.get("/livez", at: address).status == 200)
    }
  }

  @Test(arguments: [
    ("unix:/proc/nowhere/s", "listen on unix:/proc/nowhere/s: No such file or directory"),
    ("192.0.2.1:0", "listen on 192.0.2.1:0: Cannot assign requested address"),
  ])
  func `an address that cannot be had is an error that names it`(listen: String, problem: String) throws {
    let result = try VitalsProcess.run(["serve", "--listen", listen])
    #expect(result.exit == .code(1))
    #expect(result.errorOutput == "vitals serve: \(problem)\n")
  }

  @Test func `a file that is no socket is left alone`() throws {
    let directory = try Scratch.directory("file")
    defer { Scratch.remove(directory) }
    let path = "\(directory)/precious"
    try "data".write(toFile: path, atomically: false, encoding: .utf8)
    let result = try VitalsProcess.run(["serve", "--listen", "unix:\(path)"])
    #expect(result.exit == .code(1))
    #expect(result.errorOutput == "vitals serve: listen on unix:\(path): Address already in use\n")
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "data")
  }

  @Test func `a service restarts on its port while old connections linger`() throws {
    let port = try Scratch.port()
    let first = try VitalsProcess(serve: ["--drain", "0s"], listen: ["127.0.0.1:\(port)"])
    defer { first.kill() }
    let socket = try first.connect()
    try socket.send("GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
    #expect(try socket.readResponse().status == 200)
    first.signal(SIGTERM)
    #expect(first.wait() == .code(0))
    // Its side closed first: the port is in TIME_WAIT or FIN_WAIT now.
    let second = try VitalsProcess(serve: [], listen: ["127.0.0.1:\(port)"])
    defer { second.kill() }
    #expect(try second.get("/livez").status == 200)
  }
}
