import Foundation
import Testing

extension EngineTests {
  /// `vitals deploy` of services with `build:`, with the real docker command, a registry, and another node that pulls from it.
  @Suite(.timeLimit(.minutes(4)))
  struct OperatorBuildTests {
    @Test func `what a stack file builds is pushed, and runs on another node`() throws {
      let scene = try OperatorBuildScene()
      defer { scene.stop() }
      let dry = try scene.vitals(["deploy", "--dry-run"], tag: "1", on: "node2")
      #expect(dry.exit == .code(0) && dry.output.contains("* image registry:5000/web:1 will be built"), "\(dry)")
      #expect(try scene.tags() == [])
      let misplaced = try scene.vitals(["deploy", "--dry-run"], tag: "1", on: "node9")
      #expect(
        misplaced.output.contains("! service web: no ready node meets node.hostname == node9\n"), "\(misplaced)")

      let first = try scene.vitals(["deploy"], tag: "1", on: "node2")
      #expect(first.exit == .code(0), "\(first)")
      #expect(first.errorOutput.contains("building registry:5000/web:1\n"))
      #expect(first.errorOutput.contains("pushing registry:5000/web:1\n"))
      #expect(try scene.tags() == ["1"])
      // The context, the Dockerfile of another name, the stage that is not the last, an argument of the file and one of the
      // environment.
      #expect(try scene.content(on: "node2") == "context, version 1, from outside")

      try Self.buildOnly(scene)
      try Self.buildNothing(scene)
      try Self.fail(scene)
    }

    /// An image that is not pushed is there where it was built.
    private static func buildOnly(_ scene: OperatorBuildScene) throws {
      let deployment = try scene.vitals(["deploy", "--no-push"], tag: "2", on: "node1")
      #expect(deployment.exit == .code(0), "\(deployment)")
      #expect(deployment.errorOutput.contains("building registry:5000/web:2\n"))
      #expect(!deployment.errorOutput.contains("pushing"))
      #expect(try scene.tags() == ["1"])
      #expect(try scene.content(on: "node1") == "context, version 2, from outside")
    }

    /// Without a build, the image is the registry's, whatever the context has become.
    private static func buildNothing(_ scene: OperatorBuildScene) throws {
      try scene.write("other\n", to: "app/context.txt")
      let dry = try scene.vitals(["deploy", "--dry-run", "--no-build"], tag: "1", on: "node2")
      #expect(dry.exit == .code(0) && !dry.output.contains("will be built"), "\(dry)")
      let deployment = try scene.vitals(["deploy", "--no-build"], tag: "1", on: "node2")
      #expect(deployment.exit == .code(0), "\(deployment)")
      #expect(!deployment.errorOutput.contains("building") && !deployment.errorOutput.contains("pushing"))
      #expect(try scene.content(on: "node2") == "context, version 1, from outside")
      // What is deployed is not deployed again, and what is built is: nobody knows before what comes of it.
      let again = try scene.vitals(["deploy", "--no-build"], tag: "1", on: "node2")
      #expect(again.exit == .code(0) && again.output.contains("nothing to change"), "\(again)")
    }

    /// A build that fails, and a registry that is not there: nothing is deployed.
    private static func fail(_ scene: OperatorBuildScene) throws {
      let (version, container) = (try scene.version(), try scene.container(on: "node2"))
      try scene.write(
        "FROM vitals-test:1 AS released\nSHELL [\"sh\", \"-c\"]\nRUN echo nearly there; exit 3\n",
        to: "app/Dockerfile.release")
      let build = try scene.vitals(["deploy"], tag: "3", on: "node2")
      #expect(build.exit == .code(1), "\(build)")
      #expect(build.errorOutput.contains("docker build failed"), "\(build)")
      // Nobody asks the registry for what is only about to be built.
      #expect(!build.errorOutput.contains("no digest of"))
      let said = build.errorOutput.components(separatedBy: "It said: ").last ?? ""
      #expect(said.contains("nearly there") && said.contains("returned a non-zero code: 3"), "\(build)")

      try scene.write("FROM vitals-test:1 AS released\n", to: "app/Dockerfile.release")
      let push = try scene.vitals(["deploy"], tag: "3", on: "node2", registry: "localhost:1")
      #expect(push.exit == .code(1) && push.errorOutput.contains("docker push localhost:1/web:3 failed"), "\(push)")
      #expect(push.errorOutput.contains("connection refused"), "\(push)")

      #expect(try scene.tags() == ["1"])
      #expect(try scene.version() == version && scene.container(on: "node2") == container)
      // Neither has left its lock, nor a release.
      let next = try scene.vitals(["deploy", "--no-build"], tag: "1", on: "node2")
      #expect(next.exit == .code(0) && next.output.contains("nothing to change"), "\(next)")
    }
  }
}

/// A swarm of two engines with a registry, and a stack whose one service is built.
final class OperatorBuildScene: Sendable {
  private let lab: StackLab
  private let directory: String

  init() throws {
    lab = try StackLab(nodes: 2, managers: 1, isSwarm: true, vitals: nil)
    directory = try Scratch.directory("build")
    do {
      // What is built on is there on the node that builds, and no other.
      try lab.docker(["import", TestImage.archive.get(), TestImage.name], on: lab.nodes[0])
      try writeAll()
    } catch {
      stop()
      throw error
    }
  }

  func stop() {
    lab.stop()
    Scratch.remove(directory)
  }

  func write(_ text: String, to name: String) throws {
    try Data(text.utf8).write(to: URL(fileURLWithPath: "\(directory)/\(name)"))
  }

  private func writeAll() throws {
    try FileManager.default.createDirectory(atPath: "\(directory)/app", withIntermediateDirectories: false)
    try write("context", to: "app/context.txt")
    try write(
      """
      ARG BASE
      FROM ${BASE} AS released
      SHELL ["sh", "-c"]
      ARG VERSION
      ARG MARK
      COPY context.txt /
      RUN echo "$(cat /context.txt), version $VERSION, $MARK" >/content.txt
      FROM released AS other
      RUN echo "the last stage" >/content.txt
      """, to: "app/Dockerfile.release")
    try write(
      """
      version: "3.8"
      name: shop
      services:
        web:
          image: ${REGISTRY}/web:${TAG}
          build:
            context: ./app
            dockerfile: Dockerfile.release
            target: released
            args: ["BASE=\(TestImage.name)", "VERSION=${TAG}", MARK]
          command: [sleep, infinity]
          stop_signal: KILL
          deploy:
            endpoint_mode: dnsrr
            update_config: {order: stop-first, failure_action: rollback, monitor: 1s, parallelism: 0}
            rollback_config: {parallelism: 0, monitor: 1s}
            restart_policy: {condition: any, delay: 1s}
            placement: {constraints: ["node.hostname == ${NODE}"]}
      """, to: "stack.yml")
  }

  /// Runs `vitals` for version `tag` of the image, to run on a node.
  func vitals(
    _ arguments: [String], tag: String, on node: String, registry: String = "registry:5000"
  ) throws -> (exit: Subprocess.Exit, output: String, errorOutput: String) {
    let own = [
      "VITALS_STACK_FILE": "\(directory)/stack.yml", "VITALS_AUDIT_LOG": "\(directory)/audit.log", "TMPDIR": directory,
      "TAG": tag, "NODE": node, "REGISTRY": registry, "MARK": "from outside",
    ]
    return try Subprocess.outcome(
      [VitalsProcess.binary] + arguments, environment: lab.environment(of: lab.nodes[0]).merging(own) { $1 },
      within: .seconds(120))
  }

  /// The tags that the registry has of the image.
  func tags() throws -> [String] {
    struct List: Decodable { var tags: [String]? }
    guard let address = try lab.status.columns(of: "registry").dropFirst().first else {
      throw TestbedError("no address of the registry")
    }
    let response = try HTTPClient.get("/v2/web/tags/list", at: .ipv4(address, 5000))
    return response.status == 404
      ? [] : try JSONDecoder().decode(List.self, from: Data(response.body)).tags?.sorted() ?? []
  }

  /// The container of the service on a node.
  func container(on node: String) throws -> String {
    guard let node = lab.nodes.first(where: { $0.name == node }) else { throw TestbedError("no \(node)") }
    let ids = try lab.docker(["ps", "-q", "--filter", "label=com.docker.swarm.service.name=shop_web"], on: node)
    guard !ids.isEmpty else { throw TestbedError("no container on \(node.name)") }
    return ids
  }

  /// What the build wrote into the image.
  func content(on name: String) throws -> String {
    guard let node = lab.nodes.first(where: { $0.name == name }) else { throw TestbedError("no \(name)") }
    return try lab.docker(["exec", container(on: name), "cat", "/content.txt"], on: node)
  }

  func version() throws -> String {
    try lab.docker(["service", "inspect", "--format", "{{.Version.Index}}", "shop_web"], on: lab.nodes[0])
  }
}
