import ArgumentParser
import FoundationEssentials
import Operations
import Scoring
import Swarm

/// Where the stack's vitals is.
struct VitalsOptions: ParsableArguments, Sendable {
  @Option(
    help: .init(
      "A vitals of the stack: http://host[:port]. (VITALS_URL) (default: from within its container on this engine)",
      valueName: "url"))
  var vitalsURL: String?

  @Option(help: .init("The service that runs vitals.", valueName: "service"))
  var vitalsService = "vitals"

  /// The vitals, or what says why there is none.
  func source(stack: String?, _ manager: Manager, _ context: OperatorContext) async -> VitalsSource {
    let url = vitalsURL ?? variable("VITALS_URL")
    return await VitalsSource.find(url: url, service: vitalsService, stack: stack, manager, context)
  }

  /// What the vitals knows.
  func score(stack: String?, _ context: OperatorContext) async -> Result<Score, OperationError> {
    await source(stack: stack, context.manager, context).score()
  }
}

extension VitalsSource {
  /// The score by what it knows.
  func score() async -> Result<Score, OperationError> {
    do throws(OperationError) {
      let body = try await get("/health/score")
      guard let score = try? JSONDecoder().decode(Score.self, from: Data(body)) else {
        return .failure(OperationError(.failed, "what vitals answers is no score: is it an older one?"))
      }
      return .success(score)
    } catch {
      return .failure(error)
    }
  }
}

extension StackOptions {
  /// The stack that was named, which has to exist, or the only one that there is; nil for all of several.
  ///
  /// - Throws: an error of the kind `unknown` where there is none of the name.
  func resolveIfAny(
    _ context: OperatorContext, orElse unknown: OperationError.Kind = .failed
  ) async throws(OperationError) -> String? {
    let stacks = try await context.manager.stacks(before: context.deadline)
    if name == nil, stacks.count != 1 { return nil }
    do throws(OperationError) {
      return try Manager.stack(named: name, among: stacks)
    } catch {
      throw OperationError(unknown, error.message, advice: error.advice)
    }
  }
}
