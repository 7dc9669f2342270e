/// How often a check runs and what its results mean.
public struct CheckPolicy: Hashable, Sendable {
  /// The time from the end of one run to the start of the next.
  public var interval: Duration
  /// How long one run may take.
  public var timeout: Duration
  /// How many ambiguous failures in a row are a failure; until then they are a warning.
  public var failures: Int
  /// Whether the service cannot work without what is checked.
  ///
  /// Where it can, the failure is a warning for the whole.
  public var critical: Bool

  /// The default policy, or another.
  public init(
    interval: Duration = .seconds(5), timeout: Duration = .seconds(2), failures: Int = 3, critical: Bool = true
  ) {
    self.interval = interval
    self.timeout = timeout
    self.failures = failures
    self.critical = critical
  }

  /// The age at which a result no longer says anything: three missed runs, or one run that outlasts its timeout.
  public var stalenessBound: Duration { max(interval * 3, interval + timeout) }
}
