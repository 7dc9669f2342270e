package import Engine
package import EventLoop
package import Metrics

/// Asks an engine about its swarm, again and again, and remembers between two times what has failed.
///
/// It lives on the loop's thread. One refresh at a time.
package final class SwarmCollector: @unchecked Sendable {
  package struct Options: Sendable {
    /// How often at most the engine is asked about itself, which is slow for it.
    package var infoInterval = Duration.seconds(60)
    /// How long a manager may need to gather its services or tasks, before the first byte.
    ///
    /// Engines have been seen to take 12 s for 96,000 tasks. One that has just listed its nodes is not waited for in vain.
    package var gatheringTime = Duration.seconds(15)
    /// The labels of nodes to expose in `swarm_node_labels`.
    package var nodeLabels: [String] = []

    package init() {}
  }

  /// What the engine was to a swarm at the last refresh; nil before the first.
  package private(set) var state: SwarmState?
  /// What the last complete refresh found; nil before the first, and where the engine has turned out to be no manager.
  package private(set) var snapshot: Snapshot?
  private let client: Client
  private let loop: EventLoop
  private let options: Options
  private var ledger = FailureLedger()
  private var info = Info()
  private var infoExpiry: Instant?
  private var isUp = false

  /// A collector that has asked nothing yet.
  package init(_ client: Client, on loop: EventLoop, options: Options = Options()) {
    self.client = client
    self.loop = loop
    self.options = options
  }

  /// What the last refresh came to, also where it failed: `swarm_up` and `swarm_state`, or none before the first.
  package var stateFamilies: [Family] {
    guard let state else { return [] }
    var up = Family.gauge("swarm_up", "Whether a manager answered all questions at the last refresh.")
    up.add(isUp)
    var states = Family.gauge("swarm_state", "What the engine is to a swarm: 1 for the present state.")
    for known in SwarmState.allCases { states.add(known == state, ["state": known.rawValue]) }
    return [up, states]
  }

  /// What is known of the failures of a service's tasks.
  package func tally(of serviceID: String) -> FailureLedger.Tally { ledger[serviceID] }

  /// Asks for everything anew.
  ///
  /// - Returns: the families of the swarm, without `stateFamilies`; none where the engine is no manager, which `state`
  ///   then tells and which is no error.
  /// - Throws: why a manager, or what was one, did not answer. `state` is then `noEngine`, `noQuorum` or, where only part
  ///   of the answers came, `manager`.
  package func refresh(before deadline: Instant) async throws(EngineError) -> [Family] {
    do {
      let families = try await collect(before: deadline)
      isUp = !families.isEmpty
      if !isUp { snapshot = nil }
      return families
    } catch {
      isUp = false
      throw error
    }
  }

  private func collect(before deadline: Instant) async throws(EngineError) -> [Family] {
    if state != .manager, state != .noQuorum { try await findState(before: deadline) }
    guard state == .manager || state == .noQuorum else { return [] }
    guard let nodes = try await nodes(before: deadline) else { return [] }
    await refreshInfo(before: deadline)
    let snapshot = try await snapshot(of: nodes, before: deadline)
    try await pollHistory(snapshot, before: deadline)
    self.snapshot = snapshot
    let report = Report(
      snapshot, ledger, info: info, apiVersion: client.version?.description ?? "", nodeLabels: options.nodeLabels)
    var families: [Family] = []
    for part in Report.parts {
      families += part(report)
      await Task.yield()
    }
    return families
  }

  // MARK: The state

  /// Asks the engine what it is to a swarm.
  ///
  /// Not by asking for the nodes: an engine that is no manager would log each such question as an error.
  private func findState(before deadline: Instant) async throws(EngineError) {
    do {
      try await client.ping(before: deadline)
    } catch {
      state = .noEngine
      throw error
    }
    if let told = client.swarm.flatMap(SwarmState.init(ping:)) {
      state = told
      return
    }
    // Engines before 23.0 don't tell in the ping. While the answer is fresh, the state is the one it gave.
    if state == .noEngine { infoExpiry = nil }
    if await refreshInfo(before: deadline) { state = SwarmState(info) }
    // A socket proxy may not let the question pass.
    if state == nil || state == .noEngine { state = .manager }
  }

  /// Asks for what changes seldom, unless that was done a short while ago.
  ///
  /// What fails here is asked again an interval later.
  ///
  /// - Returns: whether `info` is new.
  @discardableResult
  private func refreshInfo(before deadline: Instant) async -> Bool {
    if let infoExpiry, loop.now < infoExpiry { return false }
    infoExpiry = loop.now + options.infoInterval
    guard let answer = try? await client.object(Info.self, at: "/info", before: deadline) else { return false }
    info = answer
    return true
  }

  // MARK: The snapshot

  /// The nodes, or nil where the engine says that it is no manager.
  private func nodes(before deadline: Instant) async throws(EngineError) -> [Node]? {
    var nodes: [Node] = []
    do {
      try await client.forEach(Node.self, at: "/nodes", before: deadline) { nodes.append($0) }
    } catch {
      state = await state(after: error, before: deadline)
      if state == .noQuorum || state == .noEngine || state == .manager { throw error }
      return nil
    }
    state = .manager
    return nodes
  }

  /// What a failure to list the nodes tells.
  private func state(after error: EngineError, before deadline: Instant) async -> SwarmState {
    switch error.reason {
    case .status(_, let message):
      if let told = SwarmState(refusal: message) { return told }
      // It may be a proxy that refuses because its engine has gone.
      return await answersPing(before: deadline) ? .manager : .noEngine
    case .timedOut:
      // Without a leader the engine waits for one longer than a client does. A ping does not need one.
      return await answersPing(before: deadline) ? .noQuorum : .noEngine
    case .unreachable, .permissionDenied, .invalidHost: return .noEngine
    case .malformed: return .manager
    }
  }

  private func answersPing(before deadline: Instant) async -> Bool {
    do {
      try await client.ping(before: deadline)
      return true
    } catch {
      return false
    }
  }

  private func snapshot(of nodes: [Node], before deadline: Instant) async throws(EngineError) -> Snapshot {
    var services: [Service] = []
    let countsTasks = client.version ?? client.options.newestVersion >= APIVersion(major: 1, minor: 41)
    try await client.forEach(
      Service.self, at: "/services", query: countsTasks ? ["status": "true"] : [:], before: deadline,
      silence: options.gatheringTime
    ) { services.append($0) }
    var snapshot = Snapshot(nodes: nodes, services: services)
    var states = ["running", "ready"]
    if services.contains(where: \.mode.isJob) { states.append("complete") }
    try await forEachTask(["desired-state": states], before: deadline) { snapshot.add($0) }
    let updating = snapshot.incompleteUpdates
    if !updating.isEmpty {
      // Undocumented, but the engine's own comparison, and what the docker command itself waits by.
      var filters = ["desired-state": states, "_up-to-date": ["true"]]
      // A longer list would not fit into what a proxy takes for a request's target.
      if updating.count <= 100 { filters["service"] = updating }
      try await forEachTask(filters, before: deadline) { snapshot.addUpdated($0) }
    }
    return snapshot
  }

  private func pollHistory(_ snapshot: Snapshot, before deadline: Instant) async throws(EngineError) {
    ledger.beginPoll()
    do {
      try await forEachTask(["desired-state": ["shutdown"]], before: deadline) { task in
        ledger.add(task, isOccupied: snapshot.hasSuccessor(task), isJob: snapshot.isJob(task))
      }
    } catch {
      ledger.abandonPoll()
      throw error
    }
    ledger.endPoll(services: snapshot.services.lazy.map(\.service.id))
  }

  private func forEachTask(
    _ filters: [String: [String]], before deadline: Instant, _ body: (ServiceTask) -> Void
  ) async throws(EngineError) {
    // Ids and names of states: nothing in them needs an escape.
    let lists = filters.sorted { $0.key < $1.key }.map { key, values in
      "\"\(key)\":[" + values.map { "\"\($0)\"" }.joined(separator: ",") + "]"
    }
    let filter = "{" + lists.joined(separator: ",") + "}"
    try await client.forEach(
      ServiceTask.self, at: "/tasks", query: ["filters": filter], before: deadline, silence: options.gatheringTime, body
    )
  }
}
