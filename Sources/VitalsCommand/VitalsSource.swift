import Engine
import EventLoop
import FoundationEssentials
import HTTP
import Operations
import Vitals

/// A `vitals serve` of the stack, which knows what no engine does: the databases, the queues, the disks.
///
/// It is asked by its URL, or from within its own container on the engine that the command talks to, so that nothing has to be
/// published for that.
struct VitalsSource: Sendable {
  enum Place: Sendable {
    case url(String)
    /// A running container, by id, and the name of its service.
    case container(id: String, service: String)
    /// Why there is none.
    case nowhere(String)
  }

  let place: Place
  private let manager: Manager
  private let context: OperatorContext

  private init(_ place: Place, _ manager: Manager, _ context: OperatorContext) {
    self.place = place
    self.manager = manager
    self.context = context
  }

  /// Looks for one.
  ///
  /// - Parameters:
  ///   - url: where it is said to be; nil to look for its container.
  ///   - service: the name of its service, with or without its stack's.
  static func find(
    url: String?, service: String, stack: String?, _ manager: Manager, _ context: OperatorContext
  ) async -> VitalsSource {
    if let url {
      // Errors quote it.
      guard !url.contains("@") else {
        return VitalsSource(.nowhere("--vitals-url takes no user and password: set VITALS_TOKEN"), manager, context)
      }
      return VitalsSource(.url(url), manager, context)
    }
    let containers: [Container]
    do {
      containers = try await manager.containers(before: min(context.deadline, .now + .seconds(5)))
    } catch {
      return VitalsSource(.nowhere("the engine does not tell its containers: \(error.message)"), manager, context)
    }
    let found = containers.filter {
      $0.isRunning && ($0.service == service || $0.service == "\($0.stack)_\(service)")
        && (stack == nil || $0.stack == stack)
    }
    guard let first = found.min(by: { $0.service < $1.service }) else {
      let advice = "no container of the service \(service) runs on this engine: name its URL with --vitals-url"
      return VitalsSource(.nowhere(advice), manager, context)
    }
    return VitalsSource(.container(id: first.id, service: first.service), manager, context)
  }

  /// The body of the answer to a GET.
  ///
  /// - Throws: `failed`, with the reason in one line.
  func get(_ path: String, within limit: Duration = .seconds(5)) async throws(OperationError) -> [UInt8] {
    let deadline = min(context.deadline, .now + limit)
    switch place {
    case .nowhere(let reason): throw OperationError(.failed, reason)
    case .url(let url):
      do {
        let answer = try await HTTPExchange.get(
          path, from: url, token: vitalsToken(), on: context.loop, before: deadline)
        guard answer.status == 200 else {
          let advice = answer.status == 401 ? ": set VITALS_TOKEN" : ""
          throw OperationError(.failed, "\(url)\(path) answered \(answer.status)\(advice)")
        }
        return answer.body
      } catch let error as OperationError {
        throw error
      } catch {
        throw OperationError(.failed, "\(error)")
      }
    case .container(let id, let service):
      let outcome = try await manager.run(
        .init(["/vitals", "probe", "--print", "--path", path]), in: id, before: deadline)
      guard outcome.exitCode == 0 else {
        let text = (outcome.text + outcome.errorText).split(separator: "\n").first.map(String.init) ?? "no answer"
        throw OperationError(.failed, "vitals in \(service) does not answer: \(text)")
      }
      return outcome.output
    }
  }
}
