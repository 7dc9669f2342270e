import Testing

/// What the tests of a suite share, as it takes long to set up.
protocol Scene: AnyObject, Sendable {
  /// Sets it up, on a thread that may block.
  init() throws
  func stop()
  /// Where the tests find the scene.
  static var holder: TaskLocal<Self?> { get }
}

/// Gives a suite one scene, which ends with its last test.
struct SceneTrait<S: Scene>: SuiteTrait, TestScoping {
  func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @concurrent @Sendable () async throws -> Void
  ) async throws {
    let scene = try await onThread { try S() }
    defer { scene.stop() }
    try await S.holder.withValue(scene, operation: function)
  }
}
