import StatsD
import TestSupport
import Testing

/// What holds for any datagram, of those that are kept and of random ones.
@Suite struct FuzzTests {
  @Test func `inputs hold again`() throws {
    let inputs = try fuzzInputs("StatsD")
    #expect(!inputs.isEmpty)
    for input in inputs { #expect(statsDFuzzProblem(input.bytes) == nil, "\(input.name)") }
  }

  @Test(arguments: 0..<8) func `random datagrams hold`(seed: Int) {
    var random = Generator(state: UInt64(seed))
    let words =
      [
        "a", "b.c", "a_total", "a_count", "gunicorn.", "request.status.200", "log.error", "pg_up", "up", ":", ":", ":",
        "|", "|",
        "|", "c", "g", "ms", "h", "d", "s", "@", "0.1", "1", "-1", "+2", "1e308", "#", "k:v", "le:x", "__x", ",", "\n",
        "\n", "\r",
        "=", "_e{", "_sc|", "\u{e9}", "\"", "\\", "{", "}", " ", "\u{0}",
      ].map { Array($0.utf8) } + [[0xff]]
    for _ in 0..<60 {
      let datagram = (0..<Int.random(in: 0..<40, using: &random)).flatMap { _ in
        words.randomElement(using: &random) ?? []
      }
      let problem = statsDFuzzProblem(datagram)
      #expect(problem == nil, "\(problem ?? "") of \(String(decoding: datagram, as: UTF8.self).debugDescription)")
    }
    for _ in 0..<60 {
      let noise = (0..<Int.random(in: 0..<100, using: &random)).map { _ in
        UInt8.random(in: .min ... .max, using: &random)
      }
      #expect(statsDFuzzProblem(noise) == nil, "\(noise)")
    }
  }
}

/// The same numbers at each run: xorshift64*.
private struct Generator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state = state &* 0x9e37_79b9_7f4a_7c15 &+ 1
    state ^= state >> 12
    state ^= state << 25
    state ^= state >> 27
    return state &* 0x2545_f491_4f6c_dd1d
  }
}
