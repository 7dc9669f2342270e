import ArgumentParser
import EventLoop
import Operations
import Swarm

/// `vitals update`: gives services a new image, or the newest of the tag that they have.
struct Update: RolloutCommand {
  static let configuration = CommandConfiguration(
    abstract: "Give services a new image, or the newest one of their tag, and wait until they run.",
    discussion: """
      The registry is asked for the digest of each image, so that all nodes run the same. A service that has that digest \
      already is left alone. Without a service all of the stack are looked at.

      EXAMPLES
        vitals update web celery beat --image registry.example.com/pilito:2
        vitals update
        vitals update web --force
        vitals update web --image pilito:3 --dry-run

      \(exitCodes("done, or nothing to do", .ofRollouts))
      """)

  @OptionGroup var operatorOptions: OperatorOptions<Update>
  @OptionGroup var stackOptions: StackOptions<Update>
  @OptionGroup var changeOptions: ChangeOptions
  @OptionGroup var followOptions: FollowOptions

  @Option(
    help: .init("The new image; by default the one that the service has, without its digest.", valueName: "image"))
  var image: String?

  @Flag(help: "Replace the tasks also where nothing changes.")
  var force = false

  @Argument(help: .init("The services, with or without the stack's name.", valueName: "service"))
  var services: [String] = []

  func perform(_ context: OperatorContext) async throws(OperationError) {
    if image != nil, services.isEmpty {
      throw OperationError(.usage, "--image needs the services that are to have it")
    }
    try await context.manager.check(before: context.deadline)
    let stack = try await stackOptions.resolve(context)
    let all = try await context.manager.liveServices(of: stack, before: context.deadline)
    var resolver = DigestResolver(context)
    var edits: [ServiceEdit] = []
    for service in try context.services(services, among: all) {
      if let edit = try await edit(service, &resolver) { edits.append(edit) }
    }
    try await context.carryOut(
      edits, of: stack, action: action, goal: .change, changeOptions, detach: followOptions.detach)
  }

  /// What is to be done to a service; nil where it has the image already.
  private func edit(
    _ service: LiveService, _ resolver: inout DigestResolver
  ) async throws(OperationError) -> ServiceEdit? {
    let present = ImageReference(service.image)
    var wanted = ImageReference(image ?? present.name)
    if wanted.digest == nil {
      wanted.digest = try await resolver.digest(of: wanted)
      // Without the registry's word nobody knows of anything newer, and the nodes might come to differ.
      if wanted.digest == nil, wanted.name == present.name { wanted = present }
    }
    let name = service.service.name
    var changes: [PlannedChange] = []
    if wanted != present { changes.append(PlannedChange(name, "image", from: "\(present)", to: "\(wanted)")) }
    if force { changes.append(PlannedChange(name, "restart")) }
    guard !changes.isEmpty else { return nil }
    return ServiceEdit(service: service, changes: changes, registryAuth: resolver.header(for: wanted)) {
      [wanted, force] specification in
      specification["TaskTemplate"]["ContainerSpec"]["Image"] = .string("\(wanted)")
      if force {
        let count = specification["TaskTemplate"]["ForceUpdate"].integer ?? 0
        specification["TaskTemplate"]["ForceUpdate"] = .integer(count + 1)
      }
    }
  }

  private var action: String {
    (["update"] + services + (image.map { ["--image", $0] } ?? []) + (force ? ["--force"] : [])).joined(separator: " ")
  }
}
