/// What the testbed could not do: a sentence that says what was attempted and what came of it.
struct TestbedError: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) {
    self.description = description
  }
}
