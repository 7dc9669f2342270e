import Foundation
import Testing

/// Files that a fuzz target once failed on, or starts from, run through the same checks.
struct `Fuzz inputs` {
  private static let folder = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().appending(path: "Fuzzing")

  /// The files of a target: its seeds in `Corpus/TARGET/`, its failures in `FailCases/` with its name in front.
  private static func inputs(_ target: String) throws -> [URL] {
    let seeds = folder.appending(path: "Corpus").appending(path: target)
    let failures = folder.appending(path: "FailCases")
    let manager = FileManager.default
    return try manager.contentsOfDirectory(at: seeds, includingPropertiesForKeys: nil)
      + manager.contentsOfDirectory(at: failures, includingPropertiesForKeys: nil)
      .filter { $0.lastPathComponent.hasPrefix(target + "-") }
  }

  @Test(
    arguments: [
      ("RequestParser", requestFuzzProblem), ("ResponseParser", responseFuzzProblem),
      ("ChunkedDecoder", chunkedFuzzProblem),
    ] as [(String, @Sendable ([UInt8]) -> String?)])
  func `hold again`(target: String, problem: @Sendable ([UInt8]) -> String?) throws {
    let inputs = try Self.inputs(target)
    #expect(!inputs.isEmpty)
    for input in inputs {
      #expect(problem(Array(try Data(contentsOf: input))) == nil, "\(input.lastPathComponent)")
    }
  }
}
