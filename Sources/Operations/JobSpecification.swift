/// A job that runs a command once, in what a service's tasks run in: its image, environment, secrets, configs, volumes,
/// user and networks.
package struct JobSpecification: Equatable, Sendable {
  /// The label of such a job; its value is the service's name.
  package static let label = "vitals.run"

  package let value: JSONValue

  /// - Parameters:
  ///   - service: `GET /services/ID`.
  ///   - name: what the job is called.
  ///   - arguments: the command, which takes the place of the service's; its entrypoint stays, as with `docker run`.
  package init(from service: JSONValue, name: String, arguments: [String]) {
    let spec = service["Spec"]
    var container = spec["TaskTemplate"]["ContainerSpec"]
    container["Args"] = .array(arguments.map(JSONValue.string))
    container["Healthcheck"] = .object(["Test": .array([.string("NONE")])])
    container["Hostname"] = .null
    // Its log is read by frames, and nobody types.
    for key in ["TTY", "OpenStdin"] { container[key] = .null }
    var template = JSONValue.object([
      "ContainerSpec": container,
      "RestartPolicy": .object(["Condition": .string("none"), "MaxAttempts": .integer(0)]),
      // By the networks' names alone: under the service's own it would be given the service's requests.
      "Networks": .array(JobSpecification.networks(of: spec).map { .object(["Target": .string($0)]) }),
    ])
    // Where its volumes and its image are.
    for key in ["Constraints", "Platforms"] { template["Placement"][key] = spec["TaskTemplate"]["Placement"][key] }
    template["Resources"]["Limits"] = spec["TaskTemplate"]["Resources"]["Limits"]
    template["LogDriver"] = spec["TaskTemplate"]["LogDriver"]
    value = .object([
      "Name": .string(name),
      // Not the stack's label: the job is no part of what was deployed.
      "Labels": .object([JobSpecification.label: spec["Name"]]),
      "TaskTemplate": template,
      "Mode": .object(["ReplicatedJob": .object(["MaxConcurrent": .integer(1), "TotalCompletions": .integer(1)])]),
      // Nobody calls it: no virtual address is needed.
      "EndpointSpec": .object(["Mode": .string("dnsrr")]),
    ])
  }

  /// Old clients put the networks beside the template.
  private static func networks(of spec: JSONValue) -> [String] {
    let inTemplate = spec["TaskTemplate"]["Networks"].elements
    return (inTemplate.isEmpty ? spec["Networks"].elements : inTemplate).compactMap { $0["Target"].text }
  }
}
