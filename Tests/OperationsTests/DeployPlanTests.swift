import Foundation
import Swarm
import Testing

@testable import Operations

struct DeployPlanTests {
  private static let text = """
    services:
      web: {image: "web:1", environment: {A: "1"}, configs: [app], deploy: {replicas: 3, update_config: {max_failure_ratio: 0}}}
      worker: {image: "web:1"}
    configs: {app: {file: app.txt}}
    """

  /// What the engine makes of a service, as far as plans look at it.
  private static func specification(
    _ name: String, image: String, replicas: Int, recorded: Int? = nil, configs: [String] = []
  ) -> JSONValue {
    var spec = JSONValue.object([:])
    spec["Name"] = .string("shop_\(name)")
    spec["Labels"]["com.docker.stack.namespace"] = .string("shop")
    if let recorded { spec["Labels"]["vitals.replicas"] = .string("\(recorded)") }
    spec["Mode"]["Replicated"]["Replicas"] = .integer(Int64(replicas))
    spec["TaskTemplate"]["ContainerSpec"]["Image"] = .string(image)
    spec["TaskTemplate"]["ContainerSpec"]["Configs"] = .array(
      configs.map { .object(["ConfigName": .string($0)]) })
    return spec
  }

  private static func file(_ text: String = text, content: String = "x") throws -> StackFile {
    try stack(text, files: ["/srv/app.txt": content])
  }

  /// The stack as it is after a deploy of `file`.
  private static func deployed(_ file: StackFile, number: Int = 1) throws -> LiveStack {
    var live = LiveStack(stack: "shop")
    for service in file.services {
      let replicas = service.replicas ?? 1
      live.services[service.name] = LiveStack.Service(
        id: service.name,
        specification: specification(
          service.name, image: service.image?.text ?? "", replicas: replicas, recorded: replicas,
          configs: service.configs.isEmpty ? [] : [file.contentName(of: file.configs[0], in: "shop")]))
    }
    live.configs = [try config(of: record(file, live, number: number))]
    return live
  }

  private static func record(_ file: StackFile, _ live: LiveStack, number: Int) -> ReleaseRecord {
    ReleaseRecord(
      number: number, stack: "shop", time: Date(timeIntervalSince1970: 1_700_000_000), user: "me@here",
      document: file.document(of: "shop"), specifications: live.services.mapValues(\.specification))
  }

  private static func config(of record: ReleaseRecord) throws -> NamedObject {
    NamedObject(.object(["ID": .string(record.name), "Spec": try record.specification()]))
  }

  private func action(_ plan: DeployPlan, _ name: String) -> DeployPlan.Action? {
    plan.services.first { $0.name == name }?.action
  }

  @Test func `of a stack that is not there, all is added`() throws {
    let plan = DeployPlan(try DeployPlanTests.file(), live: LiveStack(stack: "shop"))
    #expect(plan.services.map(\.action) == [.add, .add] && plan.release == 1 && !plan.isEmpty)
    #expect(plan.objects.map(\.kind) == ["config"] && plan.objects[0].name.hasPrefix("shop_app-"))
  }

  @Test func `what was deployed is not deployed again`() throws {
    let file = try DeployPlanTests.file()
    let plan = DeployPlan(file, live: try DeployPlanTests.deployed(file))
    #expect(plan.isEmpty && plan.services.map(\.action) == [.unchanged, .unchanged] && plan.release == 2)
    #expect(plan.lines.map(\.text) == ["2 services unchanged"])
  }

  @Test func `a changed field is told with what it was`() throws {
    let live = try DeployPlanTests.deployed(try DeployPlanTests.file())
    let text = DeployPlanTests.text.replacing("A: \"1\"", with: "A: \"2\"").replacing(
      "replicas: 3", with: "replicas: 4")
    let plan = DeployPlan(try DeployPlanTests.file(text), live: live)
    #expect(action(plan, "web") == .change && action(plan, "worker") == .unchanged)
    #expect(plan.services[0].changes.map(\.line) == ["deploy.replicas: 3 -> 4", "environment.A: 1 -> 2"])
    #expect(plan.replicas.isEmpty)
  }

  @Test func `other contents of a config change the services that use it, and no other`() throws {
    let live = try DeployPlanTests.deployed(try DeployPlanTests.file())
    let plan = DeployPlan(try DeployPlanTests.file(content: "y"), live: live)
    #expect(action(plan, "web") == .change && action(plan, "worker") == .unchanged)
    #expect(plan.services[0].changes.map(\.field) == ["configs.app"])
    #expect(plan.objects.map(\.action) == [.change])
  }

  @Test func `a scaled service keeps its number, unless the file's has changed or it is to go back`() throws {
    let file = try DeployPlanTests.file()
    var live = try DeployPlanTests.deployed(file)
    live.services["web"]?.specification["Mode"]["Replicated"]["Replicas"] = .integer(5)
    let kept = DeployPlan(file, live: live)
    #expect(kept.isEmpty && kept.replicas == ["web": 5])
    #expect(kept.lines.map(\.text).contains("service web keeps 5 replicas; the file has 3 (--reset-scale)"))

    var options = DeployPlan.Options()
    options.resetScale = true
    let reset = DeployPlan(file, live: live, options)
    #expect(reset.services[0].changes.map(\.line) == ["deploy.replicas: 5 -> 3"] && reset.replicas.isEmpty)

    let text = DeployPlanTests.text.replacing("replicas: 3", with: "replicas: 4")
    let wins = DeployPlan(try DeployPlanTests.file(text), live: live)
    #expect(action(wins, "web") == .change && wins.replicas.isEmpty)

    let other = DeployPlanTests.text.replacing("worker: {image: \"web:1\"}", with: "worker: {image: \"web:2\"}")
    #expect(DeployPlan(try DeployPlanTests.file(other), live: live).replicas == ["web": 5])
  }

  @Test func `no replicas are kept as well as five`() throws {
    let file = try DeployPlanTests.file()
    var live = try DeployPlanTests.deployed(file)
    live.services["web"]?.specification["Mode"]["Replicated"]["Replicas"] = .integer(0)
    let plan = DeployPlan(file, live: live)
    #expect(plan.replicas == ["web": 0])
    #expect(
      file.deployable(as: "shop", replicas: plan.replicas)["services"]["web"]["deploy"]["replicas"] == .integer(0))
  }

  @Test func `what somebody else has changed is restored, a restart by hand is not`() throws {
    let file = try DeployPlanTests.file()
    var live = try DeployPlanTests.deployed(file)
    live.services["web"]?.specification["TaskTemplate"]["ForceUpdate"] = .integer(2)
    #expect(DeployPlan(file, live: live).isEmpty)
    live.services["web"]?.specification["TaskTemplate"]["ContainerSpec"]["Image"] = .string("web:9")
    let plan = DeployPlan(file, live: live)
    #expect(action(plan, "web") == .restore)
    #expect(plan.services[0].changes.map(\.line) == ["TaskTemplate.ContainerSpec.Image: web:9 -> web:1"])
  }

  @Test func `without a record all that runs is deployed again`() throws {
    let file = try DeployPlanTests.file()
    var live = try DeployPlanTests.deployed(file)
    live.configs = []
    let plan = DeployPlan(file, live: live)
    #expect(plan.services.map(\.action) == [.adopt, .adopt] && !plan.isEmpty)
    #expect(plan.objects.map(\.action) == [.add])
    let name = file.contentName(of: file.configs[0], in: "shop")
    live.configs = [NamedObject(.object(["ID": .string("1"), "Spec": .object(["Name": .string(name)])]))]
    #expect(DeployPlan(file, live: live).objects.isEmpty)
  }

  @Test func `a service that left the file is removed only when asked for`() throws {
    let live = try DeployPlanTests.deployed(try DeployPlanTests.file())
    let file = try DeployPlanTests.file(DeployPlanTests.text.replacing("  worker: {image: \"web:1\"}\n", with: ""))
    let plan = DeployPlan(file, live: live)
    #expect(action(plan, "worker") == .leave && plan.isEmpty && plan.removed.isEmpty)
    var options = DeployPlan.Options()
    options.prune = true
    #expect(DeployPlan(file, live: live, options).removed == ["worker"])
  }

  @Test func `another image under the same tag is a change`() throws {
    let file = try DeployPlanTests.file()
    var live = try DeployPlanTests.deployed(file)
    live.services["web"]?.specification["TaskTemplate"]["ContainerSpec"]["Image"] = .string("web:1@sha256:a")
    live.configs = [try DeployPlanTests.config(of: DeployPlanTests.record(file, live, number: 1))]
    var options = DeployPlan.Options()
    options.digests = ["web:1": "sha256:a"]
    #expect(DeployPlan(file, live: live, options).isEmpty)
    options.digests = ["web:1": "sha256:b"]
    let plan = DeployPlan(file, live: live, options)
    #expect(action(plan, "web") == .change && action(plan, "worker") == .unchanged)
    #expect(plan.services[0].changes.map(\.line) == ["digest of web:1: sha256:a -> sha256:b"])
  }

  @Test(
    arguments: [
      ("deploy: {placement: {constraints: [node.role == manager]}}", nil),
      (
        "deploy: {placement: {constraints: [node.role == manager, node.labels.disk == ssd]}}",
        "service web: no ready node meets node.role == manager, node.labels.disk == ssd"
      ),
      // It has none, whatever the constraint.
      ("deploy: {replicas: 0, placement: {constraints: [node.labels.disk == ssd]}}", nil),
      (
        "deploy: {mode: global, placement: {constraints: [node.hostname == node3]}}",  // Which is down.
        "service web: no ready node meets node.hostname == node3"
      ),
      // What can't be judged here is the engine's to judge.
      ("deploy: {placement: {constraints: [engine.labels.disk == ssd]}}", nil),
      ("deploy: {resources: {reservations: {cpus: '2', memory: 4G}}}", nil),
      (
        "deploy: {resources: {reservations: {cpus: '2.5'}}}",
        "service web: a task reserves 2.5 CPUs; node1 has 2 CPU and 4096 MiB, node2 has 1 CPU and 8192 MiB"
      ),
      // Each is to be had, but not on one node.
      (
        "deploy: {resources: {reservations: {cpus: '2', memory: 6G}}}",
        "service web: a task reserves 2 CPUs and 6G of memory; node1 has 2 CPU and 4096 MiB, node2 has 1 CPU and 8192 MiB"
      ),
      (
        "deploy: {placement: {constraints: [node.role != manager]}, resources: {reservations: {cpus: '2'}}}",
        "service web: a task reserves 2 CPUs; node2 has 1 CPU and 8192 MiB"
      ),
    ] as [(String, String?)])
  func `what no node can take is told`(deploy: String, warning: String?) throws {
    var nodes = Scene().nodes
    nodes[0].role = "manager"
    nodes[0].resources = Resources(nanoCPUs: 2_000_000_000, memory: 4 << 30)
    nodes[1].resources = Resources(nanoCPUs: 1_000_000_000, memory: 8 << 30)
    nodes[2].resources = Resources(nanoCPUs: 64_000_000_000, memory: 64 << 30)
    nodes[2].state = "down"
    var options = DeployPlan.Options()
    options.nodes = nodes
    let file = try stack("services: {web: {image: \"web:1\", \(deploy)}}")
    let plan = DeployPlan(file, live: LiveStack(stack: "shop"), options)
    #expect(plan.warnings == (warning.map { [$0] } ?? []))
    #expect(plan.lines.filter { $0.mark == "!" }.map(\.text) == plan.warnings)
    // A node that comes or goes while somebody reads the plan is no other plan.
    #expect(plan.changesTheSame(as: DeployPlan(file, live: LiveStack(stack: "shop"))))
  }

  @Test func `without a node that takes tasks, nothing else is told of places`() throws {
    var options = DeployPlan.Options()
    options.nodes = Scene(nodes: ["node1"]).nodes
    options.nodes[0].availability = "drain"
    let plan = DeployPlan(try DeployPlanTests.file(), live: LiveStack(stack: "shop"), options)
    #expect(plan.warnings == ["no node is ready and active: nothing starts until one is"])
  }

  @Test func `secrets are not shown`() {
    let changes = FieldChange.between(
      .object(["A_PASSWORD": .string("one"), "URL": .string("a://u:p@h"), "B": .string("x")]),
      .object(["A_PASSWORD": .string("two"), "URL": .string("a://u:q@h"), "B": .string("y")]))
    #expect(
      changes.map(\.line) == [
        "A_PASSWORD: (not shown) -> (not shown), changed", "B: x -> y", "URL: (not shown) -> (not shown), changed",
      ])
    let list = FieldChange.between(.array([.string("PASSWORD=a")]), .array([.string("PASSWORD=b"), .string("C=1")]))
    #expect(list.map(\.line) == [": (not shown) -> (not shown), changed", ": (none) -> C=1"])
  }

  @Test func `a record is read back as it was written, and the newest counts`() throws {
    let file = try DeployPlanTests.file()
    let live = try DeployPlanTests.deployed(file)
    let record = DeployPlanTests.record(file, live, number: 12)
    let configs = try [record, DeployPlanTests.record(file, live, number: 9)].map(DeployPlanTests.config)
    #expect(ReleaseRecord(configs[0], stack: "shop") == record)
    #expect(ReleaseRecord(configs[0], stack: "sho") == nil)
    #expect(ReleaseRecord.all(of: "shop", among: configs).map(\.number) == [9, 12])
  }

  @Test func `what Docker gets has no variable left, absolute paths, and nothing that is ours alone`() throws {
    let file = try stack(
      """
      name: shop
      x-a: 1
      services:
        web:
          image: web:1
          build: .
          command: [sh, -c, "echo $$HOME"]
          volumes: [./a:/a:ro, {type: bind, source: ../b, target: /b}, data:/data]
          x-vitals: {allow: [no-limits]}
          deploy: {resources: {limits: {cpus: 0.5}}}
      configs: {app: {file: sub/app.txt, x-vitals: {a: 1}}}
      volumes: {data: }
      """, files: ["/srv/sub/app.txt": "abc"])
    let document = file.deployable(as: "shop", replicas: [:])
    let web = document["services"]["web"]
    #expect(document["name"] == .null && document["x-a"] == .null && web["build"] == .null && web["x-vitals"] == .null)
    #expect(document["version"] == .string("3.8"))
    #expect(web["command"].elements.last == .string("echo $$HOME"))
    #expect(
      web["volumes"].elements[0] == .string("/srv/a:/a:ro") && web["volumes"].elements[1]["source"] == .string("/b"))
    #expect(web["deploy"]["labels"]["vitals.replicas"] == .string("1"))
    #expect(web["deploy"]["resources"]["limits"]["cpus"] == .string("0.5"))
    let app = document["configs"]["app"]
    // echo -n abc | sha256sum
    #expect(app["name"] == .string("shop_app-ba7816bf8f01") && app["file"] == .string("/srv/sub/app.txt"))
    #expect(file.document(of: "shop")["configs"]["app"]["file"] == .null)
  }

  @Test(arguments: [
    ("3", "3.8"), ("3.1", "3.8"), ("3.7", "3.8"), ("3.8", "3.8"), ("3.9", "3.9"), ("3.13", "3.13"),
  ])
  func `a version that knows no names of configs becomes one that does`(version: String, expected: String) throws {
    let file = try stack("version: \"\(version)\"\nservices: {web: {image: a}}")
    #expect(file.deployable(as: "shop", replicas: [:])["version"] == .string(expected))
  }

  @Test func `what has to be there and is not is told with its line`() throws {
    let file = try stack(
      """
      services: {web: {image: "a:1", networks: [front, back]}}
      networks:
        front: {external: true}
        back: {name: taken}
      secrets:
        key: {external: true, name: the_key}
      """)
    var live = LiveStack(stack: "shop")
    let error = try #require(file.obstacle(in: live))
    #expect(error.kind == .failed)
    #expect(
      error.message
        == "stack.yml:6: there is no secret the_key in the swarm\nstack.yml:3: there is no network front in the swarm"
    )
    func network(_ name: String, _ scope: String, _ stack: String) -> NamedObject {
      NamedObject(
        .object([
          "Id": .string(name), "Name": .string(name), "Scope": .string(scope),
          "Labels": .object(["com.docker.stack.namespace": .string(stack)]),
        ]))
    }
    live.secrets = [NamedObject(.object(["ID": .string("1"), "Spec": .object(["Name": .string("the_key")])]))]
    live.networks = [network("front", "local", ""), network("taken", "swarm", "other")]
    #expect(
      file.obstacle(in: live)?.message
        == "stack.yml:3: the network front is of this node alone, not of the swarm\nstack.yml:4: a network taken that is not of this stack exists already"
    )
    live.networks = [network("front", "swarm", ""), network("taken", "swarm", "shop")]
    #expect(file.obstacle(in: live) == nil)
  }

  @Test func `only contents that no service has any more are left over`() throws {
    let file = try DeployPlanTests.file()
    var live = try DeployPlanTests.deployed(file)
    func config(_ name: String, content: Bool = true, stack: String = "shop") -> NamedObject {
      var labels: [String: JSONValue] = ["com.docker.stack.namespace": .string(stack)]
      if content { labels["vitals.content"] = .string("x") }
      return NamedObject(
        .object(["ID": .string(name), "Spec": .object(["Name": .string(name), "Labels": .object(labels)])]))
    }
    let current = file.contentName(of: file.configs[0], in: "shop")
    live.services["web"]?.previous = DeployPlanTests.specification(
      "web", image: "web:0", replicas: 1, configs: ["shop_app-previous"])
    live.configs += [
      config(current), config("shop_app-previous"), config("shop_app-old"), config("shop_own", content: false),
      config("other_app-old", stack: "other"),
    ]
    #expect(file.leftovers(in: live).map(\.object.name) == ["shop_app-old"])
  }
}
