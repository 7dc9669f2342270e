import EventLoop
import Glibc
import Operations
import Swarm

/// A change of a service, as it is shown and as it is made.
struct ServiceEdit {
  var service: LiveService
  var changes: [PlannedChange]
  /// Whether to go back to the previous specification; `apply` is not asked then.
  var isRollback = false
  /// The header X-Registry-Auth.
  var registryAuth: String?
  var apply: (inout JSONValue) -> Void = { _ in }

  /// `web: image pilito:1 -> pilito:2`.
  var text: String { "\(service.service.shortName): \(changes.map(\.text).joined(separator: ", "))" }
}

extension OperatorContext {
  /// Shows what is to be done, does it under the stack's lock, and waits until the services have arrived.
  ///
  /// - Parameters:
  ///   - action: the command with its arguments, for the audit log.
  ///   - goal: what the services are to arrive at.
  ///   - question: what is asked once it was shown what is to be done; nil for nothing.
  func carryOut(
    _ edits: [ServiceEdit], of stack: String, action: String, goal: Rollout.Goal, _ options: ChangeOptions,
    detach: Bool, question: String? = nil
  ) async throws(OperationError) {
    struct Plan: Encodable {
      var kind = "plan"
      var changes: [PlannedChange]
      var dryRun: Bool
    }
    let plan = Plan(changes: edits.flatMap(\.changes), dryRun: options.dryRun)
    let text = edits.isEmpty ? "nothing to change" : edits.map(\.text).joined(separator: "\n")
    if options.dryRun || edits.isEmpty {
      output.tell(text, plan)
      return
    }
    if output.format == .json { output.tell(text, plan) } else { output.progress(text) }
    fflush(nil)
    if let question { try await confirm(question, options.confirmOptions) }
    let began = Instant.now
    try await change(stack: stack, action: action, options) { () throws(OperationError) in
      let names = Set(edits.map(\.service.service.name))
      let before = try await manager.observe(names, before: deadline)
      try await apply(edits)
      if detach {
        output.tell("begun; vitals status shows how it goes on", ["begun": names.sorted()])
      } else {
        tellOutcome(of: try await follow(Rollout(of: names, since: before, goal: goal)), since: began)
      }
    }
  }

  /// Sends the changes, one service after the other.
  private func apply(_ edits: [ServiceEdit]) async throws(OperationError) {
    var done: [String] = []
    for edit in edits {
      do throws(OperationError) {
        try await manager.update(
          "/services/\(edit.service.service.id)", rollback: edit.isRollback, registryAuth: edit.registryAuth,
          before: deadline
        ) { specification throws(OperationError) in
          // The engine knows one step back only: by now it may be another one.
          guard !edit.isRollback || specification == edit.service.specification else {
            throw OperationError(
              .failed, "somebody has changed it since", advice: "Repeat this to see what a rollback would do now.")
          }
          edit.apply(&specification)
          return true
        }
      } catch {
        let begun = done.isEmpty ? "Nothing was changed." : "Changed already: \(done.joined(separator: ", "))."
        throw OperationError(
          error.kind, "\(edit.service.service.shortName): \(error.message)",
          advice: [error.advice, begun].compactMap { $0 }.joined(separator: "\n"))
      }
      done.append(edit.service.service.shortName)
    }
  }

  /// The services that `names` mean, each once, in the order of their names; all where there are no names.
  func services(_ names: [String], among all: [LiveService]) throws(OperationError) -> [LiveService] {
    guard !names.isEmpty else { return all }
    var ids: Set<String> = []
    for name in names { ids.insert(try Service.named(name, among: all.map(\.service)).id) }
    return all.filter { ids.contains($0.service.id) }
  }
}
