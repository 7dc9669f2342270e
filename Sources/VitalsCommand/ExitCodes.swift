import Operations

/// The section of a command's help that lists its exit codes.
///
/// - Parameters:
///   - done: what 0 means.
///   - failures: what else it may end with.
func exitCodes(
  _ done: String = "done, or nothing to do",
  _ failures: [OperationError.Kind] = [.failed, .deadline, .noManager, .usage, .interrupted]
) -> String {
  exitCodes([(0, done)] + failures.map { ($0.rawValue, $0.meaning) })
}

/// The same for codes of a command's own.
func exitCodes(_ meanings: [(code: Int32, meaning: String)]) -> String {
  let lines = meanings.map { code, meaning in
    "  \(code)\(String(repeating: " ", count: max(0, 5 - "\(code)".count)))\(meaning)"
  }
  return (["EXIT CODES"] + lines).joined(separator: "\n")
}

extension [OperationError.Kind] {
  /// What a command may end with that follows an update of services.
  static var ofRollouts: Self { [.failed, .rolledBack, .paused, .deadline, .noManager, .usage, .interrupted] }
}

extension OperationError.Kind {
  /// What the exit code means, in a few words.
  var meaning: String {
    switch self {
    case .failed: "failed, or refused"
    case .rolledBack: "the swarm went back to the previous version"
    case .paused: "the swarm stopped half-way and waits for somebody"
    case .deadline: "not over in time (--timeout)"
    case .noManager: "no engine, no manager, or no quorum"
    case .usage: "a flag, an argument or a file is wrong, or nobody could be asked"
    case .interrupted: "interrupted by Ctrl-C"
    }
  }
}
