import EventLoop
import Logging

/// What a server has refused to tell: said once in the log, and not asked for again at each refresh.
///
/// Every refusal costs the server an error in its statistics, and PostgreSQL a line in its log.
struct Refusals {
  typealias Refusal = (name: String, isLasting: Bool, detail: String)

  /// How long a server is not asked again for what it has refused for good.
  static let pause = Duration.seconds(600)

  /// By the name of the question: when to ask it again.
  private var pauses: [String: Instant] = [:]
  /// What is refused at present and was told.
  private var told: Set<String> = []

  /// The questions not to ask at `now`.
  func names(at now: Instant) -> Set<String> { Set(pauses.filter { $0.value > now }.keys) }

  /// Takes in what was refused at `now`, of all that was asked.
  ///
  /// - Returns: what the log has to say of it.
  mutating func take(_ refusals: [Refusal], at now: Instant) -> [Logger.Metadata] {
    pauses = pauses.filter { $0.value > now }
    told.formIntersection(Set(pauses.keys).union(refusals.map(\.name)))
    var messages: [Logger.Metadata] = []
    for (name, isLasting, detail) in refusals {
      if isLasting { pauses[name] = now + Refusals.pause }
      guard told.insert(name).inserted else { continue }
      messages.append(["question": "\(name)", "detail": "\(detail)"])
    }
    return messages
  }
}
