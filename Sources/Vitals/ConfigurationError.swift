/// What is wrong with a configuration: all of it, so that one look mends it.
public struct ConfigurationError: Error, CustomStringConvertible {
  /// One setting that cannot be used.
  public struct Problem: Sendable, Equatable, CustomStringConvertible {
    /// The flag, variable, file or check by its name.
    public var setting: String
    /// What is wrong and what to do; without the value where that may hold a secret.
    public var message: String

    /// A problem of `setting`.
    public init(_ setting: String, _ message: String) {
      self.setting = setting
      self.message = message
    }

    /// `setting: message`.
    public var description: String { "\(setting): \(message)" }
  }

  /// At least one.
  public var problems: [Problem]

  /// An error with these problems.
  public init(_ problems: [Problem]) { self.problems = problems }

  /// A line for each problem.
  public var description: String { problems.map(\.description).joined(separator: "\n") }
}
