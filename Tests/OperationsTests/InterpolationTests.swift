import Testing

@testable import Operations

struct InterpolationTests {
  private let variables = ["A": "x", "EMPTY": "", "B_2": "y"]

  @Test(arguments: [
    ("plain", "plain"), ("$A", "x"), ("${A}", "x"), ("-$A-", "-x-"), ("$A$B_2", "xy"), ("$$A", "$A"), ("$$$A", "$x"),
    ("${NONE:-d}", "d"), ("${NONE-d}", "d"), ("${EMPTY:-d}", "d"), ("${EMPTY-d}", ""), ("${A:-d}", "x"),
    ("${NONE:-}", ""), ("${NONE:-a:b-c?d}", "a:b-c?d"), ("${NONE:-${A}}", "x"), ("${NONE:-${NO:-z}}!", "z!"),
    ("${A:?m}", "x"), ("${EMPTY?m}", ""), ("${A:+w}", "w"), ("${NONE:+w}", ""), ("${EMPTY:+w}", ""),
    ("${EMPTY+w}", "w"),
    ("a$", nil), ("$1", nil), ("${A", nil), ("${}", nil), ("${1}", nil), ("${A!}", nil), ("${A b}", nil), ("$-", nil),
    ("${NONE:?m}", nil), ("${EMPTY:?m}", nil), ("${NONE?m}", nil), ("$NONE", nil), ("${NONE}", nil),
  ])
  func `variables are replaced as Docker does`(text: String, expected: String?) {
    #expect((try? Interpolation(variables).apply(text)) == expected)
  }

  @Test func `defaults within defaults have an end`() {
    func nested(_ depth: Int) -> String {
      String(repeating: "${NONE:-", count: depth) + "x" + String(repeating: "}", count: depth)
    }
    #expect((try? Interpolation([:]).apply(nested(20))) == "x")
    #expect(throws: (Interpolation.Failure).self) { try Interpolation([:]).apply(nested(10_000)) }
  }

  @Test(arguments: [
    ("${NONE:?name the image}", "NONE is not set: name the image"), ("$NONE", "NONE is not set and has no default"),
    ("${NONE:?}", "NONE is not set"), ("5$", "\"5$\" has a dollar sign that begins no variable"),
  ])
  func `a failure says what is missing`(text: String, message: String) {
    #expect(throws: (Interpolation.Failure).self) { try Interpolation(variables).apply(text) }
    do throws(Interpolation.Failure) {
      _ = try Interpolation(variables).apply(text)
    } catch {
      #expect(error.message == message)
      #expect(error.advice != nil)
    }
  }
}
