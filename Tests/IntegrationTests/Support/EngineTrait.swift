import Foundation
import Testing

extension Trait where Self == ConditionTrait {
  /// Marks tests that start Docker Engines. They need root, and fail without it unless `VITALS_SKIP_ENGINE=1` says that
  /// they are left out on purpose.
  static var engine: Self {
    .disabled("VITALS_SKIP_ENGINE=1") { ProcessInfo.processInfo.environment["VITALS_SKIP_ENGINE"] == "1" }
  }
}

/// The parent of all suites that start Docker Engines: one test at a time, because each of them fills a core.
@Suite(.serialized, .engine)
enum EngineTests {}
