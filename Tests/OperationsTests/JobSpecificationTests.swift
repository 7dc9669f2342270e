import Testing

@testable import Operations

struct JobSpecificationTests {
  private static let service = #"""
    {"ID":"s1","Spec":{"Name":"shop_web","Labels":{"com.docker.stack.namespace":"shop"},
      "Mode":{"Replicated":{"Replicas":3}},
      "EndpointSpec":{"Ports":[{"TargetPort":80,"PublishedPort":80}]},
      "UpdateConfig":{"Order":"start-first"},
      "TaskTemplate":{
        "ContainerSpec":{"Image":"shop:1@sha256:a","Command":["/entry"],"Args":["serve"],"Env":["A=b"],"User":"1000",
          "Secrets":[{"SecretID":"x"}],"Healthcheck":{"Test":["CMD","true"],"Interval":1},"Hostname":"web-{{.Task.Slot}}","TTY":true,"OpenStdin":true,
          "Future":{"Kept":1}},
        "RestartPolicy":{"Condition":"any"},
        "Resources":{"Limits":{"MemoryBytes":1},"Reservations":{"MemoryBytes":9}},
        "Placement":{"Constraints":["node.role==worker"],"MaxReplicas":1,"Preferences":[{}]},
        "Networks":[{"Target":"n1","Aliases":["web"]}]}}}
    """#

  @Test func `a job has a service's surroundings, and nothing by which the service is known`() throws {
    let service = try JSONValue(Array(Self.service.utf8))
    let value = JobSpecification(from: service, name: "shop_web-run-1", arguments: ["migrate", "--all"]).value
    let expected = try JSONValue(
      Array(
        #"""
        {"Name":"shop_web-run-1","Labels":{"vitals.run":"shop_web"},
          "Mode":{"ReplicatedJob":{"MaxConcurrent":1,"TotalCompletions":1}},
          "EndpointSpec":{"Mode":"dnsrr"},
          "TaskTemplate":{
            "ContainerSpec":{"Image":"shop:1@sha256:a","Command":["/entry"],"Args":["migrate","--all"],"Env":["A=b"],"User":"1000",
              "Secrets":[{"SecretID":"x"}],"Healthcheck":{"Test":["NONE"]},"Future":{"Kept":1}},
            "RestartPolicy":{"Condition":"none","MaxAttempts":0},
            "Resources":{"Limits":{"MemoryBytes":1}},
            "Placement":{"Constraints":["node.role==worker"]},
            "Networks":[{"Target":"n1"}]}}
        """#.utf8))
    #expect(value == expected)
  }

  @Test func `networks that an old client has put beside the template are found`() throws {
    var service = try JSONValue(Array(Self.service.utf8))
    service["Spec"]["TaskTemplate"]["Networks"] = .null
    service["Spec"]["Networks"] = .array([.object(["Target": .string("n2")])])
    let value = JobSpecification(from: service, name: "x", arguments: ["a"]).value
    #expect(value["TaskTemplate"]["Networks"].elements.map { $0["Target"].text } == ["n2"])
  }
}
