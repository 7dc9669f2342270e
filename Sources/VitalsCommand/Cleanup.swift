import ArgumentParser
import FoundationEssentials
import Operations
import Scoring

/// `vitals cleanup`: removes what no service needs any more.
struct Cleanup: EngineCommand {
  static let configuration = CommandConfiguration(
    abstract: "Remove stopped containers, images, build cache, networks and configs that nothing needs.",
    discussion: """
      Shows first what would go, and asks. Every image stays that a service runs or would go back to with a rollback, and \
      every one that a container uses, running or not. So do the configs and secrets of both. Volumes go only by their names.

      Images and containers are those of one engine: the one of --docker-host, or those of --engine while --docker-host is \
      the manager that knows what is needed.

      EXAMPLES
        vitals cleanup --dry-run
        vitals cleanup --yes
        vitals cleanup --volume pilito_old_data
        ssh -NL $HOME/worker-2.sock:/var/run/docker.sock worker-2 &
        vitals cleanup --engine unix://$HOME/worker-2.sock

      \(exitCodes())
      """)
  static let ordinaryTimeout = Duration.seconds(900)
  static let engineText = "Clean this engine and not the manager's"

  @OptionGroup var operatorOptions: OperatorOptions<Cleanup>
  @OptionGroup var confirmOptions: ConfirmOptions
  @OptionGroup var volumeOptions: VolumeOptions
  @OptionGroup var engineOptions: EngineOptions<Cleanup>

  /// What is cleaned: the swarm, or an engine.
  fileprivate struct Place: Sendable {
    var name: String
    var manager: Manager
    var plan: CleanupPlan
    /// By id, as an image goes name by name.
    var images: [String: EngineImage] = [:]
  }

  fileprivate struct Outcome: Encodable {
    struct Part: Encodable {
      var place: String
      var items: [CleanupItem]
      var keptImages: [String]
      var bytes: UInt64
    }
    struct Failure: Encodable {
      var place: String
      var name: String
      var error: String
    }
    var dryRun: Bool
    var bytes: UInt64
    var parts: [Part]
    var failures: [Failure] = []
  }

  func perform(_ context: OperatorContext) async throws(OperationError) {
    let seen = try await places(context)
    if seen.allSatisfy(\.plan.items.isEmpty) {
      return context.output.tell("nothing to clean up", Outcome(seen, isDry: confirmOptions.dryRun))
    }
    let text = seen.filter { !$0.plan.items.isEmpty }.map(table).joined(separator: "\n")
    let total = seen.reduce(0) { $0 + $1.plan.size }
    let summary = "about \(ByteCount.text(total)) in \(counted(seen.reduce(0) { $0 + $1.plan.items.count }, "thing"))"
    if confirmOptions.dryRun {
      return context.output.tell("\(text)\nwould free \(summary)", Outcome(seen, isDry: true))
    }
    context.output.progress(text)
    try await context.confirm("Remove \(summary)?", confirmOptions)
    // Somebody may have deployed while the question stood: only what can go still, and was shown.
    let now = try await places(context)
    var places: [Place] = []
    for (place, before) in zip(now, seen) {
      var place = place
      place.plan = place.plan.limited(to: before.plan)
      places.append(place)
    }
    let action = (["cleanup"] + volumeOptions.volume.map { "--volume \($0)" }).joined(separator: " ")
    try await context.audited(action: action) { () throws(OperationError) in
      try await remove(places, context)
    }
  }

  private func remove(_ places: [Place], _ context: OperatorContext) async throws(OperationError) {
    var outcome = Outcome(places, isDry: false)
    outcome.bytes = 0
    for place in places {
      for item in place.plan.items {
        // Between two things is a good place to stop.
        try await context.pause(.zero)
        do throws(OperationError) {
          let freed = try await place.manager.remove(item, image: place.images[item.id], before: context.deadline)
          outcome.bytes += freed ?? item.size ?? 0
          context.output.progress("removed \(item.kind.rawValue) \(item.name)")
        } catch {
          guard error.kind == .failed else { throw error }
          outcome.failures.append(.init(place: place.name, name: item.name, error: error.message))
          context.output.progress("kept \(item.kind.rawValue) \(item.name): \(error.message)")
        }
      }
    }
    context.output.tell("freed about \(ByteCount.text(outcome.bytes))", outcome)
    guard outcome.failures.isEmpty else {
      throw OperationError(.failed, "the engine kept \(counted(outcome.failures.count, "thing")) back")
    }
  }

  /// What can go at present, the swarm's part first.
  private func places(_ context: OperatorContext) async throws(OperationError) -> [Place] {
    let manager = context.manager
    let deadline = context.deadline
    try await manager.check(before: deadline)
    try await manager.checkUnlocked(at: Date(), before: deadline)
    let swarm = try await manager.swarmStock(before: deadline)
    var places = [Place(name: "the swarm", manager: manager, plan: CleanupPlan(of: swarm))]
    var isVolumeFound: Set<String> = []
    let named = try engineOptions.hosts()
    for host in named.isEmpty ? [context.host] : named {
      // Engines add up sizes for a while.
      let one = Manager(host, on: context.loop, patience: .seconds(300))
      let name = try await one.facts(before: deadline).name
      let stock = try await one.engineStock(before: deadline)
      let volumes = volumeOptions.volume.filter { stock.volumes[$0] != nil || named.count < 2 }
      isVolumeFound.formUnion(volumes)
      places.append(
        Place(
          name: name, manager: one, plan: try CleanupPlan(of: stock, in: swarm, volumes: volumes),
          images: Dictionary(stock.images.map { ($0.id, $0) }) { $1 }))
    }
    if let missing = volumeOptions.volume.first(where: { !isVolumeFound.contains($0) }) {
      throw OperationError(.failed, "none of the engines has a volume \(missing)")
    }
    return places
  }

  private func table(_ place: Place) -> String {
    var table = TextTable([
      .init("KIND"), .init("NAME", least: 12), .init("SIZE", isRight: true), .init("WHY", least: 12),
    ])
    table.rows = place.plan.items.map { item in
      let size = item.size.map { ByteCount.text($0) } ?? ""
      return [TextLine(item.kind.rawValue), TextLine(item.name), TextLine(size), TextLine(item.reason)]
    }
    let kept = place.plan.keptImages.count
    let lines = table.lines(width: terminalWidth()).map { "  \($0.text)" }
    return (["\(place.name):"] + lines + (kept > 0 ? ["  \(counted(kept, "image")) still needed"] : []))
      .joined(separator: "\n")
  }
}

extension Cleanup.Outcome {
  fileprivate init(_ places: [Cleanup.Place], isDry: Bool) {
    self.init(
      dryRun: isDry, bytes: places.reduce(0) { $0 + $1.plan.size },
      parts: places.map {
        Part(place: $0.name, items: $0.plan.items, keptImages: $0.plan.keptImages, bytes: $0.plan.size)
      })
  }
}
