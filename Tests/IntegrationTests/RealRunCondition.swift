/// Something that happens in a ``RealRun``, and the alerts that it is a reason for.
struct RealRunCondition: Sendable {
  /// What happens, as a sentence.
  let what: String
  /// By name, labels that one of the alert's series has then.
  let alerts: [String: [String: String]]
  /// Makes it happen, or begin to.
  let make: @Sendable () throws -> Void

  init(_ what: String, _ alerts: [String: [String: String]], make: @escaping @Sendable () throws -> Void) {
    self.what = what
    self.alerts = alerts
    self.make = make
  }
}
