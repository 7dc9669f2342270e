package import Engine
package import EventLoop
package import Metrics

/// Asks an engine about the containers that run there, again and again.
///
/// It lives on the loop's thread. One refresh at a time.
package final class ContainerCollector: @unchecked Sendable {
  package struct Options: Sendable {
    /// How many containers are asked about at a time, each on a connection of its own.
    ///
    /// Engines before 24.0.7 answer at the next tick of a clock that beats once a second, all who wait at once
    /// (moby/moby#46448). So it is the count of these ticks that decides how long a refresh takes, and few connections are
    /// no relief for such an engine.
    package var connections = 64
    /// How many containers are shown; of more, those are left out whose places come last.
    package var maximumContainers = 500

    package init() {}
  }

  /// What kept some container from being read at the last refresh; nil where nothing did.
  package private(set) var problem: EngineError?
  /// How many containers were not shown by the last refresh because there were too many.
  package private(set) var excess = 0
  /// Counts those that ran out of memory; its `run` goes on beside the refreshes.
  package let watch: OutOfMemoryWatch

  private let options: Options
  private let node: NodeName
  private let makeClient: () -> Client
  private var clients: [Client] = []

  /// A collector that has asked nothing yet.
  package init(_ host: Host, on loop: EventLoop, options: Options = Options()) {
    let resolver = Resolver(on: loop)
    var clientOptions = Client.Options()
    // A tick of the older engines, during which they read up to so many containers one after the other.
    clientOptions.timeout = .seconds(5)
    clientOptions.maximumBody = 1024 * 1024
    makeClient = { [clientOptions] in Client(host, on: loop, resolver: resolver, options: clientOptions) }
    node = NodeName(makeClient(), on: loop)
    watch = OutOfMemoryWatch(makeClient(), on: loop)
    self.options = options
  }

  /// Asks about all containers anew.
  ///
  /// A container that ends meanwhile is not shown. One that cannot be read is left out, which a family and `problem` tell.
  ///
  /// - Parameter time: the present, in seconds since 1970.
  /// - Throws: why the engine did not answer, or why not one of its containers could be read.
  package func refresh(before deadline: Instant, at time: Double) async throws(EngineError) -> [Family] {
    let node = try await node.current(before: deadline)
    var census = Census()
    try await client(0).forEach(Container.self, at: "/containers/json", before: deadline) { census.add($0) }
    let all = census.containers
    let round = Round(all.prefix(options.maximumContainers))
    await read(round, before: deadline)
    if let failure = round.failure { throw failure }
    if round.readings.isEmpty, let problem = round.problem { throw problem }
    problem = round.problem
    excess = all.count - min(all.count, options.maximumContainers)
    watch.keep(all.lazy.map(\.place))
    let report = Report(round.readings, node: node, time: time, outOfMemory: watch.counts)
    var families = [report.leftOut(unreadable: round.unreadable, excess: excess)]
    for part in report.parts {
      families.append(part())
      await Task.yield()
    }
    return families
  }

  private func client(_ index: Int) -> Client {
    while clients.count <= index { clients.append(makeClient()) }
    return clients[index]
  }

  private func read(_ round: Round, before deadline: Instant) async {
    await withTaskGroup(of: Void.self) { group in
      for index in 0..<min(options.connections, round.count) {
        let client = client(index)
        group.addTask {
          while let container = round.next() {
            do throws(EngineError) {
              if let reading = try await Reading(of: container, from: client, before: deadline) { round.add(reading) }
            } catch {
              round.add(error)
            }
          }
        }
      }
    }
  }
}

/// The containers to ask about: the newest of each place.
private struct Census {
  private var newest: [Place: Container] = [:]

  mutating func add(_ container: Container) {
    if let other = newest[container.place], !container.replaces(other) { return }
    newest[container.place] = container
  }

  /// In the order of their places, which the next refresh has as well.
  var containers: [Container] { newest.values.sorted { $0.place < $1.place } }
}

/// What the tasks of one refresh share.
private final class Round: @unchecked Sendable {
  private(set) var readings: [Reading] = []
  /// Why a container could not be read, and how many could not.
  private(set) var problem: EngineError?
  private(set) var unreadable = 0
  /// Why there is no point in asking on.
  private(set) var failure: EngineError?
  private var rest: ArraySlice<Container>

  init(_ containers: ArraySlice<Container>) { rest = containers }

  /// How many containers are left to ask about.
  var count: Int { rest.count }

  func next() -> Container? { failure == nil ? rest.popFirst() : nil }

  func add(_ reading: Reading) { readings.append(reading) }

  func add(_ error: EngineError) {
    switch error.reason {
    case .unreachable, .permissionDenied, .invalidHost: failure = error
    // A single container can be stuck, with a storage that hangs, while the engine answers for the others.
    case .timedOut, .status, .malformed:
      problem = error
      unreadable += 1
    }
  }
}
