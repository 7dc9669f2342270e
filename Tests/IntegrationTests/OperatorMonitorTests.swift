import Foundation
import Glibc
import Testing

extension EngineTests {
  /// `vitals monitor` on a real terminal, and without one.
  @Suite(.timeLimit(.minutes(5)))
  struct OperatorMonitorTests {
    @Test func `a screen with keys, in every size, that leaves the terminal as it was`() throws {
      let engine = try DockerEngine(.init(name: "node1"))
      defer { engine.stop() }
      try engine.initializeSwarm()
      let stack = ["--label", "com.docker.stack.namespace=pilito"]
      try engine.createService("pilito_web", ["--replicas", "2"] + stack)
      try engine.createService(
        "pilito_worker", stack,
        command: ["sh", "-c", #"echo "first \033[2J line"; sleep 1; echo second; sleep infinity"#])
      for (service, count) in [("pilito_web", 2), ("pilito_worker", 1)] {
        try engine.waitForRunning(count, of: service)
      }
      let vitals = try VitalsProcess(serve: ["--docker-host", engine.host, "--refresh", "500ms"])
      defer { vitals.kill() }
      let command =
        "\(VitalsProcess.binary) monitor --docker-host \(engine.host) --interval 500ms --vitals-url http://\(vitals.address)"

      let terminal = try TerminalSession(command)
      defer { terminal.stop() }
      let screen = try terminal.wait("a whole screen") { lines in
        lines.contains { $0.contains("100 healthy") } && lines.contains { $0.contains("QUEUES") }
          && lines.contains { $0.hasPrefix("pilito_worker") } && lines.contains { $0.hasSuffix(" disk collectors") }
      }
      #expect(screen.count == 24)
      #expect(masked(screen) == golden, "\n\(screen.joined(separator: "\n"))")

      try terminal.resize(width: 200, height: 60)
      try terminal.wait("the large screen") { lines in
        lines.count == 60 && lines[59].hasPrefix("q quit") && lines[0].hasSuffix(" UTC") && lines[0].count == 200
      }
      try terminal.resize(width: 80, height: 24)
      try terminal.wait("the small one") { $0.count == 24 && $0[23].hasPrefix("q quit") && $0[0].count == 80 }

      try terminal.press("f", "o", "r", "k")
      try terminal.wait("a filter") { lines in
        lines[23].hasPrefix("filter: ork") && !lines.contains { $0.hasPrefix("pilito_web") }
          && lines.contains { $0.hasPrefix("pilito_worker") }
      }
      try terminal.press("Enter", "l")
      try terminal.wait("the log") { lines in
        lines.contains("Log of pilito_worker") && lines.contains { $0.contains("second") }
          // What would clear the screen is shown.
          && lines.contains { $0.contains("first \u{FFFD}[2J line") }
      }
      try terminal.press("Escape")
      try terminal.wait("the overview") { $0.contains { $0.hasPrefix("SERVICE") } }
      // tmux waits for a moment whether an escape begins something.
      try terminal.press("Escape")
      try terminal.wait("all services") { $0.contains { $0.hasPrefix("pilito_web") } }
      try terminal.press("h")
      try terminal.wait("help") { $0.contains { $0.hasPrefix("l, enter") } }
      try terminal.press("x")

      // What happens is seen.
      try engine.docker("service", "scale", "--detach", "pilito_web=1")
      try terminal.wait("one replica") { $0.contains { $0.contains(/pilito_web +1\/1/) } }
      engine.killDaemon()
      try terminal.wait("no engine") { $0[0].contains("no engine at") }
      try engine.startDaemon()
      try terminal.wait("an answer again", within: .seconds(60)) {
        !$0[0].contains("no engine") && $0[0].contains("100 healthy")
      }

      try terminal.press("q")
      try expectEnd(terminal, 0)
      for (signal, code) in [(SIGINT, 130), (SIGTERM, 143), (SIGHUP, 129)] {
        let other = try TerminalSession(command)
        defer { other.stop() }
        try other.wait("a screen") { $0.contains { $0.hasPrefix("pilito_web") } }
        if signal == SIGINT {
          try other.press("C-c")
        } else {
          for process in try other.processes { kill(process, signal) }
        }
        try expectEnd(other, code)
      }
      try tellWithoutTerminal(engine, vitals)
    }

    private func expectEnd(_ terminal: TerminalSession, _ code: Int) throws {
      let screen = try terminal.wait("the end") { $0.contains { $0.hasPrefix("ended") } }
      // The screen of before, not the one of the program.
      #expect(screen.first == "ended \(code)", "\(screen)")
      #expect(terminal.isRestored)
    }

    /// As in a pipe and in a log.
    private func tellWithoutTerminal(_ engine: DockerEngine, _ vitals: VitalsProcess) throws {
      let host = ["--docker-host", engine.host, "--vitals-url", "http://\(vitals.address)"]
      // Its engine was killed a moment ago, and its tasks with it.
      for service in ["pilito_web", "pilito_worker"] { try engine.waitForRunning(1, of: service) }
      let once = try VitalsProcess.run(["monitor", "--once"] + host)
      #expect(
        once.exit == .code(0) && once.output.contains(/pilito_web +1\/1/) && !once.output.contains("\u{1B}"), "\(once)")
      let plain = try VitalsProcess(["monitor", "--interval", "300ms"] + host)
      defer { plain.kill() }
      try eventually(within: .seconds(20), "a summary") {
        plain.output.contains(/\d\d:\d\d:\d\d UTC score 100 healthy, 2\/2 services healthy, 1\/1 nodes ready\n/)
      }
      try engine.docker("service", "scale", "--detach", "pilito_web=3")
      try eventually(within: .seconds(20), "a change") { plain.output.contains(/UTC pilito_web 3\/3 healthy/) }
      #expect(!plain.output.contains("\u{1B}"))
      plain.signal(SIGTERM)
      #expect(plain.wait() == .code(143))
      // Whoever read it has gone.
      let pipe = [
        "sh", "-c", "\(VitalsProcess.binary) monitor --interval 200ms \(host.joined(separator: " ")) | head -n 1",
      ]
      #expect(try Subprocess.run(pipe, within: .seconds(20)).contains("UTC score"))
      let json = try VitalsProcess.run(["monitor", "--once", "--format", "json"] + host)
      #expect(try JSON(json.output)["score"]["score"] == 100, "\(json)")
    }

    /// A screen without what differs from run to run.
    private func masked(_ lines: [String]) -> String {
      lines.map { line in
        line.replacing(/\d\d:\d\d:\d\d UTC/, with: "HH:MM:SS UTC").replacing(/engine [^ ]+/, with: "engine VERSION")
          .replacing(#/ +0 of \d+ +0 B of .*/#, with: "  ...").replacing(/CPU RESERVED.*/, with: "...")
      }.joined(separator: "\n")
    }

    private let golden = """
      vitals monitor  pilito  100 healthy                                 HH:MM:SS UTC
      Swarm  node1 leads, 1/1 managers, 1 node, engine VERSION

      SERVICE        RUNNING  UPDATE  NODES     WHY
      pilito_web         2/2          node1 x2
      pilito_worker      1/1          node1

      CHECKS  services updates tasks nodes quorum disk collectors

      NODE   ROLE    STATE  TASKS  ...
      node1  leader  ready      3  ...

      QUEUES  none










      q quit  f filter  s sort by trouble  l log  h help
      """
  }
}
