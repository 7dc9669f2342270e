import Testing

@testable import Operations

struct CleanupPlanTests {
  private func json(_ text: String) throws -> JSONValue { try JSONValue(Array(text.utf8)) }

  private func image(_ id: String, tags: String = "", digests: String = "", size: Int = 100) throws -> EngineImage {
    func list(_ text: String) -> String { text.split(separator: " ").map { "\"\($0)\"" }.joined(separator: ",") }
    return EngineImage(
      try json(
        #"{"Id":"sha256:\#(id)","RepoTags":[\#(list(tags))],"RepoDigests":[\#(list(digests))],"Size":\#(size),"SharedSize":40}"#
      ))
  }

  private func service(_ image: String, previous: String? = nil, config: String = "") throws -> JSONValue {
    func spec(_ image: String) -> String {
      #"{"Name":"shop_web","Labels":{"com.docker.stack.namespace":"shop"},"TaskTemplate":{"ContainerSpec":{"Image":"\#(image)","Configs":[{"ConfigID":"\#(config)"}]}}}"#
    }
    let old = previous.map { #","PreviousSpec":\#(spec($0))"# } ?? ""
    return try json(#"{"ID":"s1","Spec":\#(spec(image))\#(old)}"#)
  }

  private func container(_ image: String, id: String, state: String, isTask: Bool = true) throws -> Container {
    let label = isTask ? #""com.docker.swarm.task.id":"t""# : #""a":"b""#
    return Container(
      try json(
        #"{"Id":"c\#(id)","Names":["/c\#(id)"],"Image":"\#(image)","ImageID":"sha256:\#(id)","State":"\#(state)","SizeRw":7,"Labels":{\#(label)}}"#
      ))
  }

  private func removed(
    _ images: [EngineImage], _ services: [JSONValue], containers: [Container] = []
  ) throws -> [String] {
    var engine = EngineStock()
    engine.images = images
    engine.containers = containers
    var swarm = SwarmStock()
    swarm.services = services
    return try CleanupPlan(of: engine, in: swarm).items.map(\.name)
  }

  @Test func `images of the present and the previous specification stay, whatever their form`() throws {
    let images = [
      try image("1", tags: "shop:1"), try image("2", tags: "shop:2"), try image("3", tags: "shop:3 shop:latest"),
      try image("4", digests: "shop@sha256:dd"), try image("5", tags: "docker.io/library/redis:7"),
      try image("6", tags: "redis:6"), try image("7", tags: "<none>:<none>"),
      try image("8", tags: "registry:5000/shop:2"),
    ]
    let services = [
      try service("shop:2@sha256:ee", previous: "shop:1"), try service("docker.io/library/redis:7"),
      try service("shop@sha256:dd"), try service("sha256:6"),
    ]
    #expect(try removed(images, services) == ["registry:5000/shop:2", "sha256:7 (without a name)", "shop:3"])
  }

  @Test func `an image without a tag means its latest one, and a digest means no other tag`() throws {
    let images = [try image("1", tags: "shop:latest"), try image("2", tags: "shop:2")]
    #expect(try removed(images, [try service("shop")]) == ["shop:2"])
    #expect(try removed(images, [try service("shop@sha256:aa")]) == ["shop:2", "shop:latest"])
  }

  @Test func `images of containers stay, but for tasks that have ended; a port is no tag`() throws {
    let images = [
      try image("1", tags: "a:1"), try image("2", tags: "b:1"), try image("3", tags: "c:1"),
      try image("4", tags: "d:1"),
    ]
    let containers = [
      try container("a:1", id: "1", state: "running"), try container("b:1", id: "2", state: "exited"),
      try container("c:1", id: "3", state: "exited", isTask: false),
      try container("sha256:4", id: "4", state: "created"),
    ]
    #expect(try removed(images, [], containers: containers) == ["c2", "b:1"])
    #expect(ImageReference("registry:5000/shop").repository == "registry:5000/shop")
    #expect(ImageReference("registry:5000/shop").tag == "latest")
    #expect(ImageReference("registry:5000/shop:2@sha256:a").digest == "sha256:a")
  }

  @Test func `volumes go by their names alone, and a size is what no other image has`() throws {
    var engine = EngineStock()
    engine.volumes = ["shop_data": 500, "old": -1]
    engine.images = [try image("1", tags: "x:1")]
    engine.cache = 30
    #expect(try CleanupPlan(of: engine, in: SwarmStock()).items.map(\.kind) == [.image, .cache])
    let plan = try CleanupPlan(of: engine, in: SwarmStock(), volumes: ["old", "shop_data"])
    #expect(plan.items.map(\.name) == ["x:1", "build cache", "old", "shop_data"])
    #expect(plan.size == 60 + 30 + 500)
    let error = #expect(throws: OperationError.self) {
      try CleanupPlan(of: engine, in: SwarmStock(), volumes: ["shop_dat"])
    }
    #expect(error?.advice == "Did you mean shop_data?")
  }

  private func object(_ id: String, _ name: String, stack: String? = nil, label: String = "a") throws -> NamedObject {
    let labels = stack.map { #"{"com.docker.stack.namespace":"\#($0)"}"# } ?? #"{"\#(label)":"b"}"#
    return NamedObject(try json(#"{"ID":"\#(id)","Spec":{"Name":"\#(name)","Labels":\#(labels)}}"#))
  }

  @Test func `configs go that a deployment made and no specification names`() throws {
    var swarm = SwarmStock()
    swarm.services = [try service("a", config: "used")]
    swarm.configs = [
      try object("used", "shop_conf-0123456789ab", stack: "shop"),
      try object("1", "shop_conf-0123456789ac", stack: "shop"),
      try object("2", "shop_conf", stack: "shop"), try object("3", "mine-0123456789ab"),
      try object("4", "theirs-0123456789ab", label: "vitals.hash"),
      try object("5", "shop_x-0123456789AB", stack: "shop"),
      try object("6", "vitals-release-shop-4"), try object("7", "vitals-release-gone-12"),
      try object("8", "vitals-lock-shop"),
    ]
    swarm.secrets = [try object("9", "shop_key-aaaaaaaaaaaa", stack: "shop"), try object("10", "django_key")]
    swarm.networks = [try object("11", "shop_default", stack: "shop"), try object("12", "gone_default", stack: "gone")]
    // Made by `vitals init` for a stack that is to come.
    var encrypted = try object("13", "new_default", stack: "new")
    encrypted.labels["vitals.origin"] = "init"
    swarm.networks.append(encrypted)
    #expect(CleanupPlan(of: swarm).items.map(\.id) == ["12", "1", "4", "7", "9"])
  }

  @Test func `a job that has ended goes, one that runs stays`() throws {
    var swarm = SwarmStock()
    swarm.services = ["a", "b"].compactMap { id in
      try? json(#"{"ID":"\#(id)","Spec":{"Name":"run-\#(id)","Labels":{"vitals.run":"shop_web"}}}"#)
    }
    swarm.busy = ["a"]
    #expect(CleanupPlan(of: swarm).items.map(\.name) == ["run-b"])
  }

  @Test func `after the question only what was shown goes`() throws {
    var engine = EngineStock()
    engine.images = [try image("1", tags: "a:1")]
    let seen = try CleanupPlan(of: engine, in: SwarmStock())
    engine.images = [try image("2", tags: "b:1")]
    #expect(try CleanupPlan(of: engine, in: SwarmStock()).limited(to: seen).items.isEmpty)
  }
}
