import Foundation
import Glibc
import Testing

extension EngineTests {
  /// `vitals deploy` on a real engine, with the real docker command.
  @Suite(.timeLimit(.minutes(4)))
  struct OperatorDeployTests {
    @Test func `a stack is deployed from nothing, once, and then as far as it has changed`() async throws {
      try await onThread {
        let scene = try OperatorDeployScene()
        defer { scene.stop() }
        try scene.writeStack()

        let dry = try scene.vitals(["deploy", "--dry-run"])
        #expect(
          dry.exit == .code(0) && dry.output.contains("+ service web") && dry.output.contains("+ config shop_app-"))
        #expect(try scene.engine.docker("service", "ls", "-q").isEmpty && scene.configs().isEmpty)

        let first = try scene.vitals(["deploy"])
        #expect(first.exit == .code(0), "\(first)")
        #expect(first.output.contains("shop: release 1 runs"))
        #expect(try scene.tasks(of: "shop_web").count == 2 && scene.tasks(of: "shop_worker").count == 1)
        #expect(try scene.inspect("shop_web", "json .Spec.TaskTemplate.ContainerSpec.Args").contains("$HOME"))
        #expect(try scene.configs().map { String($0.prefix { $0 != "-" }) } == ["shop_app", "vitals"])

        try Self.deployAgain(scene)
        try Self.changeConfig(scene)
        try Self.scale(scene)
        try Self.dropService(scene)
        #expect(try scene.leftFiles().isEmpty)
        let audit = try String(contentsOfFile: "\(scene.directory)/audit.log", encoding: .utf8)
        #expect(audit.contains("\"action\":\"deploy\"") && audit.contains("\"stack\":\"shop\""))
      }
    }

    /// Nothing has changed: nothing is touched.
    private static func deployAgain(_ scene: OperatorDeployScene) throws {
      let versions = try ["shop_web", "shop_worker"].map { try scene.inspect($0, ".Version.Index") }
      let configs = try scene.configs()
      let again = try scene.vitals(["deploy", "--format", "json"])
      #expect(again.exit == .code(0) && again.output.contains("\"outcome\":\"unchanged\""), "\(again)")
      #expect(try scene.vitals(["deploy"]).output.contains("nothing to change in shop"))
      #expect(try ["shop_web", "shop_worker"].map { try scene.inspect($0, ".Version.Index") } == versions)
      #expect(try scene.configs() == configs)
    }

    /// Other contents of a config replace the tasks that use it, by the newer docker command too.
    private static func changeConfig(_ scene: OperatorDeployScene) throws {
      let (web, worker) = (try scene.tasks(of: "shop_web"), try scene.tasks(of: "shop_worker"))
      try scene.writeStack(content: "two")
      let changed = try scene.vitals(["deploy"], path: "/usr/local/bin:/usr/bin:/bin")
      #expect(changed.exit == .code(0), "\(changed)")
      #expect(changed.errorOutput.contains("~ service web") && changed.errorOutput.contains("configs.app: shop_app-"))
      #expect(!changed.errorOutput.contains("--detach=false"))
      #expect(try scene.tasks(of: "shop_web").isDisjoint(with: web) && scene.tasks(of: "shop_worker") == worker)
    }

    /// A number that somebody has set stays, until the file has another one.
    private static func scale(_ scene: OperatorDeployScene) throws {
      func replicas() throws -> String { try scene.inspect("shop_web", ".Spec.Mode.Replicated.Replicas") }
      try scene.engine.docker("service", "scale", "--detach", "shop_web=0")
      try scene.writeStack(content: "two", variable: "2")
      let kept = try scene.vitals(["deploy"])
      #expect(
        kept.exit == .code(0) && kept.errorOutput.contains("service web keeps 0 replicas; the file has 2"), "\(kept)")
      #expect(try replicas() == "0")
      let reset = try scene.vitals(["deploy", "--reset-scale"])
      #expect(reset.exit == .code(0) && reset.errorOutput.contains("deploy.replicas: 0 -> 2"), "\(reset)")
      #expect(try replicas() == "2")
      try scene.engine.docker("service", "scale", "--detach", "shop_web=3")
      try scene.writeStack(replicas: 1, content: "two", variable: "2")
      #expect(try scene.vitals(["deploy"]).exit == .code(0))
      #expect(try replicas() == "1")
      // Of the contents, those of the present and the previous specification are kept.
      #expect(try scene.configs().filter { $0.hasPrefix("shop_app-") }.count == 1)
    }

    /// A service that left the file is removed only with a word and a yes.
    private static func dropService(_ scene: OperatorDeployScene) throws {
      try scene.writeStack(replicas: 1, content: "two", hasWorker: false)
      let left = try scene.vitals(["deploy"])
      #expect(left.exit == .code(0) && left.output.contains("stays (--prune removes it)"), "\(left)")
      #expect(try scene.vitals(["deploy", "--prune"]).exit == .code(64))
      #expect(try scene.tasks(of: "shop_worker").count == 1)
      let pruned = try scene.vitals(["deploy", "--prune", "--yes"])
      #expect(pruned.exit == .code(0), "\(pruned)")
      #expect(try !scene.engine.docker("service", "ls", "--format", "{{.Name}}").contains("shop_worker"))
    }

    @Test func `what goes wrong ends with its code, and the next deploy does it again`() async throws {
      try await onThread {
        let scene = try OperatorDeployScene()
        defer { scene.stop() }
        try Self.refuse(scene)

        // Ctrl-C while it waits: the engine goes on, the lock is gone, and there is no record.
        try scene.writeStack()
        let process = try VitalsProcess(
          ["deploy", "--docker-host", scene.engine.host], environment: scene.environment())
        defer { process.kill() }
        try process.waitForLine(containing: "running", within: .seconds(30))
        process.signal(SIGINT)
        #expect(process.wait(within: .seconds(20)) == .code(130), "\(process.errorOutput)")
        #expect(try scene.configs().count == 1 && scene.leftFiles().isEmpty)
        let again = try scene.vitals(["deploy"])
        #expect(again.exit == .code(0) && again.errorOutput.contains("no release has it on record"), "\(again)")
        let good = try scene.tasks(of: "shop_worker")

        try scene.writeStack(image: "vitals-test:none")
        let broken = try scene.vitals(["deploy"])
        #expect(broken.exit == .code(2), "\(broken)")
        #expect(broken.errorOutput.contains("rolled back"))
        #expect(try scene.inspect("shop_web", ".Spec.TaskTemplate.ContainerSpec.Image") == TestImage.name)
        #expect(try scene.tasks(of: "shop_worker") == good)
        let repeated = try scene.vitals(["deploy", "--dry-run"])
        #expect(repeated.output.contains("image: vitals-test:1 -> vitals-test:none"), "\(repeated)")
        // Back to what ran: the file is as recorded, and so is the swarm.
        try scene.writeStack()
        let back = try scene.vitals(["deploy"])
        #expect(back.exit == .code(0) && back.output.contains("nothing to change"), "\(back)")
        #expect(try !scene.configs().contains { $0.hasPrefix("vitals-lock-") })
      }
    }

    /// What is refused before anything is touched.
    private static func refuse(_ scene: OperatorDeployScene) throws {
      func expect(_ code: Int32, _ text: String, _ arguments: [String] = [], path: String = "/usr/bin:/bin") throws {
        let outcome = try scene.vitals(["deploy"] + arguments, path: path)
        #expect(outcome.exit == .code(code) && outcome.errorOutput.contains(text), "\(outcome)")
      }
      try scene.write("services:\n  web:\n    image: [a]\n")
      try expect(64, "stack.yml:3: services.web.image is a list")
      try scene.write("services:\n  web:\n    image: a:${NO_SUCH}\n")
      try expect(64, "stack.yml:3: NO_SUCH is not set")
      try scene.write("services:\n  web:\n    image: a:1\n")
      try expect(64, "the stack has no name")
      try expect(64, "no-such.yml can't be read", ["-c", "no-such.yml"])
      try scene.writeStack(more: "  two: {image: \"a:1\", networks: [none]}")
      try expect(1, "there is no network none in the file (unknown-reference)")
      try scene.writeStack(more: "  two: {image: \"a:1\", secrets: [key]}\nsecrets: {key: {external: true}}")
      try expect(1, "there is no secret key in the swarm")
      try scene.writeStack()
      try expect(1, "there is no docker command on this machine", path: "/nonexistent")
      #expect(
        try scene.engine.docker("service", "ls", "-q").isEmpty && scene.configs().isEmpty && scene.leftFiles().isEmpty)
    }
  }
}
