import TestSupport
import Testing

/// Files that a fuzz target once failed on, or starts from, run through the same checks.
struct `Fuzz inputs` {
  @Test(
    arguments: [
      ("RequestParser", requestFuzzProblem), ("ResponseParser", responseFuzzProblem),
      ("ChunkedDecoder", chunkedFuzzProblem),
    ] as [(String, @Sendable ([UInt8]) -> String?)])
  func `hold again`(target: String, problem: @Sendable ([UInt8]) -> String?) throws {
    let inputs = try fuzzInputs(target)
    #expect(!inputs.isEmpty)
    for input in inputs {
      #expect(problem(input.bytes) == nil, "\(input.name)")
    }
  }
}
