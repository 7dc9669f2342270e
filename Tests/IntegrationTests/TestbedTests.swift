import Foundation
import Testing

/// The testbed itself: each server starts, answers, freezes, dies and leaves nothing behind.
@Suite(.timeLimit(.minutes(5)))
struct TestbedTests {
  @Test func `PostgreSQL starts, freezes, dies and comes back with its data`() throws {
    let server = try PostgresServer(.init(maxConnections: 12))
    defer { server.stop() }
    try server.createRole("app", password: "hunter2")
    try server.createDatabase("shop", owner: "app")
    try server.psql("CREATE TABLE kept (n int); INSERT INTO kept VALUES (7)", database: "shop")
    #expect(try server.psql("SHOW max_connections") == "12")

    let url = server.url(user: "app", password: "hunter2", database: "shop")
    #expect(try Subprocess.run(["psql", "-XAtc", "SELECT current_user", url]) == "app\n")
    let wrong = server.url(user: "app", password: "wrong", database: "shop")
    #expect(try Subprocess.outcome(["psql", "-XAtc", "SELECT 1", wrong]).errorOutput.contains("password"))

    try server.pause()
    let frozen = try Subprocess(["psql", "-XAtc", "SELECT 1", url])
    #expect(frozen.wait(within: .milliseconds(300)) == nil)
    server.resume()
    #expect(frozen.wait(within: .seconds(10)) == .code(0))

    server.kill()
    #expect(throws: TestbedError.self) { try RawSocket(.loopback(server.port)) }
    try server.start()
    #expect(try server.psql("SELECT n FROM kept", database: "shop") == "7")
    try server.restart()
    #expect(try server.psql("SELECT n FROM kept", database: "shop") == "7")

    let (pid, directory) = (try #require(server.pid), server.directory)
    try server.pause()
    server.stop()
    #expect(ProcessTree.state(of: pid) == nil)
    #expect(!FileManager.default.fileExists(atPath: directory))
  }

  @Test func `Redis starts with users, freezes, loads and dies`() throws {
    let server = try RedisServer(.init(password: "hunter2", users: ["probe on >knock -@all +ping"]))
    defer { server.stop() }
    #expect(try server.cli("set", "kept", "7") == "OK")
    let asProbe = ["redis-cli", "--no-auth-warning", "-u", server.url(user: "probe", password: "knock")]
    #expect(try Subprocess.run(asProbe + ["ping"]) == "PONG\n")
    #expect(try Subprocess.run(asProbe + ["info"]).contains("NOPERM"))

    try server.pause()
    let frozen = try Subprocess(asProbe + ["ping"])
    #expect(frozen.wait(within: .milliseconds(300)) == nil)
    server.resume()
    #expect(frozen.wait(within: .seconds(10)) == .code(0))

    try server.restartLoading(for: .seconds(1))
    try eventually(within: .seconds(20), "loaded") { try server.cli("dbsize") == "201" }

    server.kill()
    #expect(throws: TestbedError.self) { try RawSocket(.loopback(server.port)) }
    try server.start()
    #expect(try server.cli("ping") == "PONG")
  }

  @Test func `Prometheus scrapes itself`() throws {
    let server = try PrometheusServer(
      configuration: "scrape_configs: [{job_name: self, scrape_interval: 1s, metrics_path: /nowhere}]")
    defer { server.stop() }
    #expect(try server.query("vector(42)").first?.value == 42)
  }

  @Test func `the program serves on ports and sockets, is measured, and ends by a signal`() throws {
    let socket = "\(Scratch.root)/vitals.sock"
    let vitals = try VitalsProcess(serve: ["--drain", "0s"], listen: ["127.0.0.1:0", "unix:\(socket)"])
    defer { vitals.kill() }
    #expect(vitals.addresses == [.loopback(vitals.port), .unix(socket)])
    #expect(try vitals.get("/health/live").status == 200)
    #expect(try HTTPClient.get("/health/live", at: .unix(socket)).status == 200)

    let connection = try vitals.connect()
    try connection.sendByteByByte("HEAD /health/live HTTP/1.1\r\nHost: x\r\n\r\n")
    try connection.send("GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    #expect(try connection.readResponse(toHead: true).body.isEmpty)
    #expect(try connection.readResponse().status == 404)
    #expect(connection.isClosedByPeer())

    #expect(vitals.descriptorCount > 4)
    #expect(vitals.threadCount >= 1)
    #expect(vitals.anonymousMemory > 0)
    vitals.signal(SIGTERM)
    #expect(vitals.wait() == .code(0))
  }

  @Test func `the program's own word is heard when it cannot start`() throws {
    #expect(throws: TestbedError.self) { try VitalsProcess(serve: ["--interval", "never"]) }
    #expect(try VitalsProcess.run(["serve", "--interval", "never"]).errorOutput.contains("--interval"))
  }

  @Test(arguments: [
    ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", "ok", false),
    ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nok\r\n1\r\n!\r\n0\r\nA: b\r\n\r\n", "ok!", false),
    ("HTTP/1.0 200 OK\r\n\r\nuntil the end", "until the end", true),
    ("HTTP/1.1 204 No Content\r\n\r\n", "", false),
  ])
  func `a response is complete with its last byte and not before`(text: String, body: String, atEnd: Bool) throws {
    let bytes = Array(text.utf8)
    for length in 0..<bytes.count {
      #expect(try HTTPResponse.parse(Array(bytes[..<length]), toHead: false, atEnd: false) == nil)
    }
    let (response, length) = try #require(try HTTPResponse.parse(bytes, toHead: false, atEnd: atEnd))
    #expect(response.text == body)
    #expect(length == bytes.count)
  }

  @Test func `what the test process leaves behind is removed after its end`() throws {
    let directory = try Scratch.directory("crash")
    let script = """
      sleep 300 & orphan=$!; echo "$orphan"
      exec 3> >(exec setsid '\(Tool.script("crash-guard"))')
      echo "+1 rm -rf \(directory)" >&3
      echo "+2 \(Tool.script("end-process")) $orphan" >&3
      echo "+3 touch \(directory).wrong" >&3
      echo "-3" >&3
      kill -KILL "$$"
      """
    let process = try Subprocess(["bash", "-c", script])
    let orphan = try eventually { pid_t(process.output.trimmingCharacters(in: .newlines)) }
    try eventually(within: .seconds(10)) { [nil, "Z"].contains(ProcessTree.state(of: orphan)) }
    try eventually(within: .seconds(10)) { !FileManager.default.fileExists(atPath: directory) }
    #expect(!FileManager.default.fileExists(atPath: "\(directory).wrong"))
  }
}
