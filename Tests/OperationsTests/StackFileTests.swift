import Testing

@testable import Operations

struct StackFileTests {
  @Test func `a service has what the file says, with its lines`() throws {
    let file = try stack(
      """
      name: shop
      services:
        web:
          image: web:${TAG:-1}
          environment:
            - A=1
            - B=x=y
            - HOME_OF
          deploy:
            replicas: ${N}
            resources:
              limits: {cpus: 0.50, memory: 1.5G}
          ports: ["8080:80", "127.0.0.1:53:53/udp", "9000-9001:90-91"]
          volumes: [data:/data, ./conf:/conf:ro]
          secrets: [key]
          networks: [front]
      networks: {front: {external: true}}
      volumes: {data: }
      secrets: {key: {external: true, name: the_key}}
      """, variables: ["N": "4", "HOME_OF": "me"])
    let web = try #require(file.services.first)
    #expect(file.name == "shop" && file.services.count == 1)
    #expect(web.name == "web" && web.position.line == 3)
    #expect(web.image?.text == "web:1" && web.image?.position.line == 4)
    #expect(web.replicas == 4 && web.mode == "replicated" && web.order == "stop-first")
    #expect(web.environment.map(\.key) == ["A", "B", "HOME_OF"])
    #expect(web.environment.map(\.value.text) == ["1", "x=y", "me"])
    #expect(web.environment.map(\.value.position.line) == [6, 7, 8])
    #expect(web.resource("limits", "cpus")?.amount == 0.5)
    #expect(web.resource("limits", "memory")?.amount == 1.5 * 1024 * 1024 * 1024)
    #expect(web.node.at("deploy", "resources", "limits", "cpus")?.json == .string("0.50"))
    #expect(web.ports.map(\.published) == [8080, 53, 9000, 9001] && web.ports.map(\.target) == [80, 53, 90, 91])
    #expect(web.ports.map(\.transport) == ["tcp", "udp", "tcp", "tcp"])
    #expect(web.mounts.map(\.type) == ["volume", "bind"] && web.mounts.map(\.target) == ["/data", "/conf"])
    #expect(web.mounts.map(\.isReadOnly) == [false, true])
    #expect(web.secrets.map(\.source) == ["key"] && web.networks.map(\.key) == ["front"])
    #expect(file.secrets[0].isExternal && file.secrets[0].name(in: "shop") == "the_key")
    #expect(file.networks[0].name(in: "shop") == "front" && file.volumes[0].name(in: "shop") == "shop_data")
  }

  @Test func `anchors, aliases and merge keys are resolved, and the own member wins`() throws {
    let file = try stack(
      """
      x-base: &base
        image: a:1
        stop_signal: INT
      x-more: &more {hostname: h, image: c:1}
      services:
        one: {<<: *base, image: b:1}
        two:
          <<: [*base, *more]
      """)
    #expect(file.services.map { $0.image?.text } == ["b:1", "a:1"])
    #expect(file.services[1].node["hostname"]?.text == "h")
    #expect(file.services[1].image?.position.line == 2)
  }

  @Test func `what YAML makes of a word, and what a variable brings, has the type that Docker asks for`() throws {
    let file = try stack(
      """
      services:
        web:
          image: a:1
          read_only: "yes"
          user: 1000
          environment: {V: 1.10, N: 0440, T: "true", E: "", Y: yes}
          healthcheck: {test: "true", retries: $R, disable: $D}
          configs: [{source: c, mode: 0440}]
      configs: {c: {file: c.txt}}
      """, variables: ["R": "3", "D": "off"], files: ["/srv/c.txt": "x"])
    let node = file.services[0].node
    #expect(node["read_only"]?.json == .bool(true) && node["user"]?.json == .string("1000"))
    #expect(node.at("healthcheck", "retries")?.json == .integer(3))
    #expect(node.at("healthcheck", "disable")?.json == .bool(false))
    #expect(node["configs"]?.elements[0]["mode"]?.json == .integer(288))
    #expect(file.services[0].environment.map(\.value.text) == ["1.10", "0440", "true", "", "yes"])
    #expect(file.configs[0].contents == [UInt8(ascii: "x")] && file.configs[0].path == "/srv/c.txt")
  }

  @Test func `a later file overrides an earlier one`() throws {
    let file = try stack(
      """
      services:
        web:
          image: a:1
          command: [one, two]
          environment: [A=1, B=2]
          ports: ["80:80", "81:81"]
          volumes: [data:/data, more:/more]
          configs: [c]
          networks: [front]
          deploy: {replicas: 3, labels: [x=1], placement: {constraints: [node.role==manager]}}
      configs: {c: {file: ./c}, d: {file: ./d}}
      """,
      """
      services:
        web:
          command: [three]
          environment: {B: "3", C: "4"}
          ports: ["81:81", "82:82"]
          volumes: [other:/data]
          configs: [{source: c, target: /c}]
          networks: {back: {aliases: [w]}}
          deploy: {replicas: 0, labels: {y: 2}, placement: {constraints: [node.labels.a==b]}}
        new: {image: b:1}
      configs: {c: {external: true}}
      """)
    let web = file.services[0]
    #expect(file.services.map(\.name) == ["web", "new"])
    #expect(web.node["command"]?.json == .array([.string("three")]))
    #expect(web.environment.map { "\($0.key)=\($0.value.text ?? "")" } == ["A=1", "B=3", "C=4"])
    #expect(web.environment.map(\.value.position.file) == ["stack.yml", "override1.yml", "override1.yml"])
    #expect(web.ports.map(\.published) == [80, 81, 82])
    #expect(web.mounts.map { "\($0.source ?? ""):\($0.target)" } == ["more:/more", "other:/data"])
    #expect(web.node["configs"]?.elements.count == 1 && web.networks.map(\.key) == ["front", "back"])
    #expect(web.replicas == 0 && web.constraints.map(\.text) == ["node.role==manager", "node.labels.a==b"])
    #expect(file.configs[0].isExternal && file.configs[0].path == nil)
  }

  @Test func `the variables of an env_file come first, and those of environment win`() throws {
    let text = """
      services:
        web:
          image: a:1
          env_file: [a.env, sub/b.env]
          environment: {B: own}
      """
    let file = try stack(
      text, files: ["/srv/a.env": "# c\nA=1\n\nB=2\n", "/srv/sub/b.env": "C=\"q\"\r\nA=9\nNONE"])
    #expect(
      file.services[0].environment.map { "\($0.key)=\($0.value.text ?? "-")" } == ["A=9", "B=own", "C=\"q\"", "NONE=-"])
    #expect(complaint(text, files: ["/srv/a.env": ""])?.message == "stack.yml:4: there is no env_file sub/b.env")
  }

  @Test(arguments: [
    ("", "stack.yml: the file is empty"),
    ("- a", "stack.yml:1: a stack file is a mapping, with services: in it"),
    ("version: '3'", "stack.yml:1: there are no services"),
    ("services:\n  web:\n    image: a\n   x: b\n", "stack.yml:4: no YAML: "),
    ("services:\n  web:\n    image: \"a\n", "stack.yml:4: no YAML: "),
    ("services:\n\tweb: {image: a}\n", "stack.yml:2: no YAML: "),
    ("services:\n  web: *none\n", "stack.yml:2: no YAML: found undefined alias"),
    ("services: &all\n  web: *all\n", "stack.yml:1: lists and mappings are more than 500 deep in each other"),
    ("services: {}\n---\nservices: {}\n", "stack.yml:2: no YAML: but found another document"),
    ("services:\n  web: {image: \"a\u{7}\"}\n", "stack.yml:2: no YAML: control characters are not allowed"),
    ("services:\n  web: {image: a}\n  web: {image: b}\n", "stack.yml:2: web stands there twice"),
    ("services:\n  web:\n    image: a\n    helthcheck: {}\n", "stack.yml:4: services.web has no helthcheck"),
    ("services:\n  web:\n    image: [a]\n", "stack.yml:3: services.web.image is a list, and has to be a word"),
    (
      "services:\n  web:\n    deploy:\n      replicas: many\n",
      "stack.yml:4: services.web.deploy.replicas is \"many\", and has to be a whole number"
    ),
    (
      "services:\n  web:\n    stop_grace_period: 10\n",
      "stack.yml:3: services.web.stop_grace_period is \"10\", and has to be a duration as 10s or 1m30s"
    ),
    (
      "services:\n  web:\n    environment: {A: true}\n",
      "stack.yml:3: services.web.environment.A is \"true\", and has to be a word or a number: quote true and false"
    ),
    ("services:\n  web:\n    image: a:${TAG}\n", "stack.yml:3: TAG is not set and has no default"),
    ("services: [web]", "stack.yml:1: services is a list, and has to be a mapping"),
    ("a: &a [1, 1, 1]\nb: {<<: 1}", "stack.yml:2: << takes a mapping, or a list of mappings"),
  ])
  func `a mistake is told with its line`(text: String, message: String) throws {
    let error = try #require(complaint(text))
    #expect(error.kind == .usage)
    #expect(error.message.hasPrefix(message), "\(error)")
  }

  @Test func `all mistakes are told at once, with advice`() throws {
    let error = try #require(
      complaint("services:\n  web:\n    imagee: a\n    deploy: {replica: 1}\n    hostname: $X\n"))
    #expect(
      error.message.split(separator: "\n").map { $0.prefix { $0 != " " } } == [
        "stack.yml:5:", "stack.yml:3:", "stack.yml:4:",
      ])
    #expect(error.advice?.contains("Did you mean image?") ?? false)
    #expect(error.advice?.contains("Did you mean replicas?") ?? false)
  }

  @Test func `a few lines of aliases do not become millions of values`() {
    var text = "services: {}\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    for level in 1...9 {
      let aliases = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
      text += "a\(level): &a\(level) [\(aliases)]\n"
    }
    #expect(complaint(text)?.message.contains("more than 100000 values") ?? false)
  }

  @Test(arguments: [
    ("0", 0), ("1024", 1024), ("64b", 64), ("1k", 1024), ("512M", 536_870_912), ("1.5g", 1_610_612_736),
    ("1 GB", 1_073_741_824), ("1GiB", 1_073_741_824), ("", nil), ("M", nil), ("1x", nil), ("-1M", nil),
  ])
  func `sizes are powers of 1024`(text: String, bytes: Int64?) {
    #expect(MemorySize.parse(text) == bytes)
  }
}
