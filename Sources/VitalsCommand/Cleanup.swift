import ArgumentParser
import Engine
import FoundationEssentials
import Operations
import Vitals

/// `vitals cleanup`: removes what no service needs any more.
struct Cleanup: OperatorCommand {
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
        vitals cleanup --engine tcp://10.0.0.6:2375 --engine tcp://10.0.0.7:2375

      EXIT CODES
        0 done, or nothing to do, 1 the engine kept something back, 5 no manager or no quorum, 64 not confirmed.
      """)
  static let ordinaryTimeout = Duration.seconds(900)

  @OptionGroup var operatorOptions: OperatorOptions

  @Option(help: .init("Clean this engine and not the manager's. (repeatable)", valueName: "host"))
  var engine: [String] = []

  @Option(help: .init("A volume to remove with all that is in it. (repeatable)", valueName: "name"))
  var volume: [String] = []

  @Flag(help: "Tell what would go, and do nothing.")
  var dryRun = false

  @Flag(name: .shortAndLong, help: "Answer yes to every question.")
  var yes = false

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
      return context.output.tell("nothing to clean up", Outcome(seen, isDry: dryRun))
    }
    let text = seen.filter { !$0.plan.items.isEmpty }.map(table).joined(separator: "\n")
    let total = seen.reduce(0) { $0 + $1.plan.size }
    let summary = "about \(ByteCount.text(total)) in \(seen.reduce(0) { $0 + $1.plan.items.count }) things"
    if dryRun {
      return context.output.tell("\(text)\nwould free \(summary)", Outcome(seen, isDry: true))
    }
    context.output.progress(text)
    try context.confirm("Remove \(summary)?", yes: yes)
    // Somebody may have deployed while the question stood: only what can go still, and was shown.
    let now = try await places(context)
    var places: [Place] = []
    for (place, before) in zip(now, seen) {
      var place = place
      place.plan = place.plan.limited(to: before.plan)
      places.append(place)
    }
    let action = (["cleanup"] + volume.map { "--volume \($0)" }).joined(separator: " ")
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
      throw OperationError(.failed, "the engine kept \(outcome.failures.count) things back")
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
    for host in try hosts(context) {
      // Engines add up sizes for a while.
      let one = Manager(host, on: context.loop, patience: .seconds(300))
      let name = try await one.facts(before: deadline).name
      let stock = try await one.engineStock(before: deadline)
      let volumes = volume.filter { stock.volumes[$0] != nil || engine.count < 2 }
      isVolumeFound.formUnion(volumes)
      places.append(
        Place(
          name: name, manager: one, plan: try CleanupPlan(of: stock, in: swarm, volumes: volumes),
          images: Dictionary(stock.images.map { ($0.id, $0) }) { $1 }))
    }
    if let missing = volume.first(where: { !isVolumeFound.contains($0) }) {
      throw OperationError(.failed, "none of the engines has a volume \(missing)")
    }
    return places
  }

  private func hosts(_ context: OperatorContext) throws(OperationError) -> [Host] {
    guard !engine.isEmpty else { return [context.host] }
    return try engine.map { text throws(OperationError) in
      do throws(ConfigurationError) {
        return try EngineAddress(text).host
      } catch {
        throw OperationError(.usage, "--engine: " + error.problems.map(\.message).joined(separator: "; "))
      }
    }
  }

  private func table(_ place: Place) -> String {
    let items = place.plan.items
    let width = items.map(\.name.count).max() ?? 0
    let lines = items.map { item in
      let kind = item.kind.rawValue.padding(to: 9)
      let size = item.size.map(ByteCount.text) ?? ""
      return "  \(kind)  \(item.name.padding(to: min(width, 60)))  \(size.padding(to: 7))  \(item.reason)"
    }
    let kept = place.plan.keptImages.count
    return (["\(place.name):"] + lines + (kept > 0 ? ["  \(kept) images stay"] : [])).joined(separator: "\n")
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

extension String {
  fileprivate func padding(to width: Int) -> String {
    self + String(repeating: " ", count: max(0, width - count))
  }
}
