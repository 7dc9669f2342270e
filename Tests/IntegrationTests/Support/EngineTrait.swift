import Foundation
import Testing

extension Trait where Self == ConditionTrait {
  /// Marks tests that start Docker Engines. They need root, and fail without it unless `VITALS_SKIP_ENGINE=1` says that
  /// they are left out on purpose.
  static var engine: Self {
    .disabled("VITALS_SKIP_ENGINE=1") { ProcessInfo.processInfo.environment["VITALS_SKIP_ENGINE"] == "1" }
  }
}
