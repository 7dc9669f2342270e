import Operations
import Testing

struct StackNeedsTests {
  private func needs(_ sections: String, encrypting stack: String? = nil) throws -> StackNeeds {
    let text =
      "services:\n  web: {image: a, deploy: {placement: {constraints: [node.labels.x==1, node.role==worker]}}}\n"
    let file = try StackFile(
      [.init(path: "stack.yml", text: text + sections)], variables: [:], directory: "/", readFile: { _ in nil })
    return try StackNeeds(file, encryptingNetworksOf: stack)
  }

  @Test func `what the file calls external has to be there, and x-vitals says of what`() throws {
    let needs = try needs(
      """
      secrets:
        a: {external: true}
        b: {external: true, name: b-1, x-vitals: {value: not-set}}
        c: {external: true, x-vitals: {template: "redis://:$${a}@redis"}}
        d: {file: ./d}
      configs:
        e: {external: true, name: e-1}
        f: {file: ./f}
      networks:
        g: {external: true, name: g-1, x-vitals: {subnet: 10.1.0.0/24, attachable: false}}
        h: {ipam: {config: [{subnet: 10.2.0.0/24}, {subnet: "fd00::/64"}]}}
      """)
    #expect(
      needs.secrets == [
        .init(key: "a", name: "a"), .init(key: "b", name: "b-1", origin: .value("not-set")),
        .init(key: "c", name: "c", origin: .template("redis://:${a}@redis")),
      ])
    #expect(needs.configs == ["e-1"])
    #expect(needs.networks.map(\.name) == ["g-1"])
    #expect(needs.networks.first?.subnets == ["10.1.0.0/24"] && needs.networks.first?.isAttachable == false)
    #expect(needs.subnets.map(\.description) == ["10.1.0.0/24", "10.2.0.0/24"])
    #expect(needs.labels == [.init(key: "x", value: "1")])
  }

  @Test func `networks that are to be encrypted are made as the deployment would make them`() throws {
    let needs = try needs(
      """
      networks:
        g: {external: true}
        h: {attachable: true, internal: true, ipam: {config: [{subnet: 10.2.0.0/24}]}}
        i: {name: own, labels: [a=b]}
        j: {driver: bridge}
      """, encrypting: "shop")
    #expect(needs.networks.map(\.name) == ["g", "shop_h", "own"])
    #expect(needs.networks.map(\.isEncrypted) == [true, true, true])
    let label = "com.docker.stack.namespace"
    #expect(needs.networks.map { $0.labels[label] } == [nil, "shop", "shop"])
    #expect(needs.networks[1].isAttachable && needs.networks[1].isInternal)
    #expect(needs.networks[1].subnets == ["10.2.0.0/24"])
    #expect(needs.networks[2].labels["a"] == "b" && !needs.networks[2].isAttachable)
  }

  @Test(
    arguments: [
      ("secrets: {a: {external: true, x-vitals: {templat: x}}}", "x-vitals has no templat"),
      ("secrets: {a: {external: true, x-vitals: {value: x, template: y}}}", "a value or a template, not both"),
      ("secrets: {a: {external: true, x-vitals: {value: ''}}}", "value of the secret a is empty"),
      ("networks: {a: {external: true, x-vitals: {subnet: 10.1.0.0}}}", "10.1.0.0 of the network a is no subnet"),
      ("networks: {a: {external: true, x-vitals: {mtu: 1}}}", "x-vitals has no mtu"),
    ])
  func `what x-vitals says and nobody understands is refused with its line`(section: String, message: String) {
    let error = #expect(throws: OperationError.self) { try needs(section) }
    #expect(error?.kind == .usage)
    #expect(error?.message.contains(message) == true)
    #expect(error?.message.hasPrefix("stack.yml:3: ") == true)
  }
}
