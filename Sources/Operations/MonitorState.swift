package import Scoring

/// What `vitals monitor` knows, and what somebody wants to see of it.
package struct MonitorState: Sendable {
  package enum Screen: Equatable, Sendable {
    case overview
    case help
    /// The log of a service, by its name.
    case logs(String)
  }

  package enum Order: String, Sendable, CaseIterable {
    case name, trouble
  }

  /// What the program has to do because of a key.
  package enum Action: Equatable, Sendable {
    case quit
    case openLogs(String)
    case closeLogs
  }

  // MARK: What is known

  /// The last answer of a manager; nil before the first.
  package var status: StatusReport?
  package var score: Score?
  package var failures: [CheckReport.RecentFailure] = []
  package var traffic: Traffic?
  /// Why there is no newer answer; nil while there are.
  package var problem: String?
  /// How old the last answer is, in seconds.
  package var age = 0.0
  /// The time of day.
  package var clock = ""
  /// The log that is shown, the newest line last.
  package var log: [String] = []

  // MARK: What is wanted

  package private(set) var screen = Screen.overview
  package private(set) var order = Order.name
  package private(set) var filter = ""
  package private(set) var isFiltering = false
  /// The service that keys are about, by its name; nil for the first.
  package private(set) var selection: String?
  /// How many of the last lines of a log are below the screen.
  package private(set) var scroll = 0

  private static let logLimit = 2000

  package init() {}

  /// The services to show, in their order.
  package var services: [StatusReport.Service] {
    let all = (status?.services ?? []).filter { filter.isEmpty || $0.name.lowercased().contains(filter.lowercased()) }
    guard order == .trouble else { return all }
    return all.enumerated().sorted { ($0.element.rank, $0.offset) < ($1.element.rank, $1.offset) }.map(\.element)
  }

  /// The place of the selected service among `services`.
  package var selectedIndex: Int { services.firstIndex { $0.name == selection } ?? 0 }

  package mutating func add(logLine: String) {
    log.append(logLine)
    if log.count > MonitorState.logLimit { log.removeFirst(log.count - MonitorState.logLimit) }
    // Whoever reads further up is not moved.
    if scroll > 0 { scroll = min(scroll + 1, log.count) }
  }

  /// Takes a key.
  package mutating func press(_ key: Key) -> Action? {
    if isFiltering {
      type(key)
      return nil
    }
    switch screen {
    case .overview: return pressInOverview(key)
    case .help:
      if key == .character("q") { return .quit }
      screen = .overview
    case .logs: return pressInLogs(key)
    }
    return nil
  }

  private mutating func pressInOverview(_ key: Key) -> Action? {
    switch key {
    case .character("q"): return .quit
    case .character("h"), .character("?"): screen = .help
    case .character("f"), .character("/"): isFiltering = true
    case .character("s"): order = order == .name ? .trouble : .name
    case .escape: filter = ""
    case .up, .character("k"): select(selectedIndex - 1)
    case .down, .character("j"): select(selectedIndex + 1)
    case .pageUp: select(selectedIndex - 10)
    case .pageDown: select(selectedIndex + 10)
    case .character("l"), .enter:
      guard !services.isEmpty else { return nil }
      let name = services[selectedIndex].name
      screen = .logs(name)
      selection = name
      log = []
      scroll = 0
      return .openLogs(name)
    case .backspace, .character: break
    }
    return nil
  }

  private mutating func pressInLogs(_ key: Key) -> Action? {
    switch key {
    case .character("q"), .character("l"), .escape, .backspace:
      screen = .overview
      return .closeLogs
    case .up, .character("k"): scroll += 1
    case .down, .character("j"): scroll -= 1
    case .pageUp: scroll += 20
    case .pageDown: scroll -= 20
    case .enter, .character: break
    }
    scroll = min(max(0, scroll), max(0, log.count - 1))
    return nil
  }

  /// Takes a key of a filter.
  private mutating func type(_ key: Key) {
    switch key {
    case .enter, .up, .down, .pageUp, .pageDown: isFiltering = false
    case .escape:
      isFiltering = false
      filter = ""
    case .backspace: filter = String(filter.dropLast())
    case .character(let character): if filter.count < 60 { filter.append(character) }
    }
  }

  private mutating func select(_ index: Int) {
    guard !services.isEmpty else { return }
    selection = services[min(max(0, index), services.count - 1)].name
  }
}

extension StatusReport.Service {
  /// What is worse comes first.
  fileprivate var rank: Int { isHealthy ? update == "updating" ? 2 : 3 : running == 0 ? 0 : 1 }
}
