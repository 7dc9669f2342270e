import Foundation
import TestSupport
import Testing

@Suite struct FuzzTests {
  @Test func `inputs hold again`() throws {
    let inputs = try fuzzInputs("EventDecoder")
    #expect(!inputs.isEmpty)
    for input in inputs { #expect(eventFuzzProblem(input.bytes) == nil, "\(input.name)") }
  }

  @Test func `real messages hold`() throws {
    for message in try Fixture.events() { #expect(eventFuzzProblem(message) == nil) }
  }
}
