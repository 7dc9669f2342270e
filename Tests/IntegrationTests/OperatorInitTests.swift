import Foundation
import Testing

extension EngineTests {
  /// `vitals init` on an engine that is in no swarm, and on one that is.
  @Suite(.timeLimit(.minutes(3)))
  struct OperatorInitTests {
    private static let stack = """
      version: "3.8"
      name: shop
      services:
        web:
          image: vitals-test:1
          secrets: [password, url, token]
          networks: [front]
          deploy: {placement: {constraints: ["node.labels.shop.storage == true", "node.role == manager"]}}
      networks:
        front: {external: true, name: shop_front, x-vitals: {subnet: 10.77.1.0/24}}
      secrets:
        password: {external: true, name: shop_password}
        url: {external: true, x-vitals: {template: "redis://:$${password}@redis/0"}}
        token: {external: true, x-vitals: {value: "not-set-up"}}
      """

    @Test func `from nothing to a swarm that is ready, and again without a change`() async throws {
      try await onThread {
        let engine = try DockerEngine(.init(name: "alone"))
        defer { engine.stop() }
        let vitals = try Operator(engine)
        let file = try Scratch.directory("stack") + "/stack.yml"
        try Data(Self.stack.utf8).write(to: URL(fileURLWithPath: file))

        try Self.refuseMistakes(vitals, file)
        #expect(try engine.docker("info", "--format", "{{.Swarm.LocalNodeState}}") == "inactive")

        try Self.prepare(vitals, engine, file)
        try Self.repeatIt(vitals, engine, file)
        try Self.meetBadStates(vitals, engine, file)
      }
    }

    /// Before anything is changed.
    private static func refuseMistakes(_ vitals: Operator, _ file: String) throws {
      let address = ["--advertise-addr", "127.0.0.1"]
      let noAddress = try vitals("init", "-c", file)
      #expect(noAddress.exit == .code(64))
      #expect(noAddress.errorOutput.contains("no address at which other nodes could reach it"))
      let strange = try vitals("init", "-c", file, address[0], address[1], "--label", "nobody:a=b")
      #expect(strange.exit == .code(1))
      #expect(strange.errorOutput.contains("there is no node nobody\nThere are: alone."))
      let typo = try vitals(
        "init", "-c", file, address[0], address[1], "--secret", "pasword=-", input: "s3cret-value\n")
      #expect(typo.exit == .code(64))
      #expect(typo.errorOutput.contains("the stack has no external secret pasword\nDid you mean"))
      #expect(!typo.text.contains("s3cret-value"))
      #expect(try vitals("init", "-c", "/no/such/file.yml").exit == .code(64))
      #expect(try vitals("init", "-c", file, "--label", "x").exit == .code(64))
      #expect(try vitals("init", "-c", file, "--secret", "url=/no/such/file").exit == .code(64))
      let config = try Scratch.directory("stack") + "/config.yml"
      try Data((stack + "\nconfigs:\n  proxy: {external: true}\n").utf8).write(to: URL(fileURLWithPath: config))
      let missing = try vitals("init", "-c", config, address[0], address[1])
      #expect(missing.exit == .code(1))
      #expect(missing.errorOutput.contains("the stack needs configs that the swarm does not have: proxy"))
      let dry = try vitals("init", "-c", file, address[0], address[1], "--dry-run")
      #expect(dry.exit == .code(0))
      #expect(dry.output.contains("would do: network shop_front (overlay, 10.77.1.0/24)"))
      #expect(dry.output.contains("nothing was changed (--dry-run)"))
    }

    private static func prepare(_ vitals: Operator, _ engine: DockerEngine, _ file: String) throws {
      let first = try vitals("init", "-c", file, "--advertise-addr", "127.0.0.1", "--format", "json")
      #expect(first.exit == .code(0), "\(first.text)")
      let steps = first.json["steps"].elements.map { step in
        ["outcome", "kind", "name"].map { step[$0].text }.joined(separator: " ")
      }
      #expect(steps.first?.hasPrefix("done swarm ") == true)
      #expect(
        steps.dropFirst() == [
          "done network shop_front", "done label shop.storage=true", "done secret shop_password", "done secret token",
          "done secret url",
        ])
      // Nobody looks at a terminal, and nobody has asked.
      #expect(first.json["join"] == .null && !first.text.contains("SWMTKN"))
      let network = try engine.docker(
        "network", "inspect", "shop_front", "--format", "{{.Driver}} {{.Attachable}} {{(index .IPAM.Config 0).Subnet}}")
      #expect(network == "overlay true 10.77.1.0/24")
      #expect(try engine.docker("node", "inspect", "self", "--format", "{{.Spec.Labels}}") == "map[shop.storage:true]")
      #expect(try contents(of: "token", engine) == "not-set-up")
      let password = try contents(of: "shop_password", engine)
      #expect(password.count == 32 && !first.text.contains(password))
      #expect(try contents(of: "url", engine) == "redis://:\(password)@redis/0")
    }

    private static func repeatIt(_ vitals: Operator, _ engine: DockerEngine, _ file: String) throws {
      let again = try vitals("init", "-c", file)
      #expect(again.exit == .code(0))
      #expect(again.output.contains("nothing to change: the swarm was ready"))
      #expect(!again.output.contains("done:"))
      let tokens = try vitals("init", "-c", file, "--show-tokens", "--format", "json")
      let join = tokens.json["join"]
      #expect(join["worker"].text.hasPrefix("docker swarm join --token SWMTKN-1-"))
      #expect(join["manager"].text.hasSuffix(" 127.0.0.1:2377"))

      // What was made of a secret can't be made anew without it, nor the secret without what was made of it.
      try engine.docker("secret", "rm", "url")
      let unknown = try vitals("init", "-c", file)
      #expect(unknown.exit == .code(64))
      #expect(unknown.errorOutput.contains("the secret url is made of password, which the swarm has already"))
      let given = try vitals("init", "-c", file, "--secret", "url=-", input: "redis://mine\n")
      #expect(given.output.contains("done: secret url (from what was given)"))
      #expect(!given.text.contains("redis://mine"))
      #expect(try contents(of: "url", engine) == "redis://mine")
      try engine.docker("secret", "rm", "shop_password")
      #expect(try vitals("init", "-c", file).errorOutput.contains("url, which the swarm has, was made of it"))
      let wrong = try vitals("init", "-c", file, "--secret", "password=-", "--encrypt-network", input: "x")
      #expect(wrong.exit == .code(1))
      #expect(wrong.errorOutput.contains("the network shop_front is there, but not encrypted"))
      let log = try String(contentsOfFile: vitals.auditLog, encoding: .utf8)
      #expect(log.contains(#""action":"init","exitCode":0"#) && !log.contains("redis://mine"))
    }

    /// A locked swarm, the last manager, and no engine.
    private static func meetBadStates(_ vitals: Operator, _ engine: DockerEngine, _ file: String) throws {
      let refused = try vitals("leave", "--yes")
      #expect(refused.exit == .code(1))
      #expect(
        refused.errorOutput.contains("it is the last manager: the swarm ends, with 0 services, 2 secrets and 0 configs")
      )
      try engine.docker("swarm", "update", "--autolock=true")
      engine.killDaemon()
      try engine.startDaemon()
      for command in [
        ["init", "-c", file], ["down"], ["leave", "--yes"], ["cleanup", "--yes"], ["run", "web", "--", "id"],
      ] {
        let answer = try vitals(command)
        #expect(answer.exit == .code(5), "\(command): \(answer.text)")
        #expect(answer.errorOutput.contains("locked") && answer.errorOutput.contains("docker swarm unlock"))
      }
      let forced = try vitals("leave", "--force", "--yes")
      #expect(forced.exit == .code(0), "\(forced.text)")
      #expect(try engine.docker("info", "--format", "{{.Swarm.LocalNodeState}}") == "inactive")
      #expect(try vitals("leave").output == "alone is in no swarm\n")
      let nowhere = try Operator("unix://\(Scratch.root)/no-such.sock")
      for command in [["init"], ["down"], ["leave", "--yes"], ["cleanup", "--yes"], ["run", "web", "--", "id"]] {
        let answer = try nowhere(command)
        #expect(answer.exit == .code(5), "\(command): \(answer.text)")
        #expect(answer.errorOutput.contains("no engine at unix://"))
      }
    }

    /// What a task sees of a secret, which nobody else does.
    private static func contents(of secret: String, _ engine: DockerEngine) throws -> String {
      let service = "show-\(secret)"
      let options = ["--secret", secret, "--restart-condition", "none"]
      try engine.createService(service, options, command: ["sh", "-c", "cat /run/secrets/\(secret); echo; sleep 600"])
      defer { _ = try? engine.docker("service", "rm", service) }
      return try eventually(within: .seconds(30), every: .milliseconds(200), "the secret \(secret)") {
        let text = try engine.docker("service", "logs", "--raw", service)
        return text.isEmpty ? nil : text
      }
    }
  }
}
