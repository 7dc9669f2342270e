/// What the testbed could not do: a sentence that says what was attempted and what came of it.
struct TestbedError: Error, CustomStringConvertible {
  let description: String
  /// Whether it is no use to try again, see ``eventually(within:every:_:_:)``.
  private(set) var isFinal = false

  init(_ description: String) {
    self.description = description
  }

  /// An error that ends all waiting, such as the end of the process that is waited for.
  static func final(_ description: String) -> TestbedError {
    var error = TestbedError(description)
    error.isFinal = true
    return error
  }
}
