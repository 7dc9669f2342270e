/// The verdict of a check or of the whole service, by the names of draft-inadarei-api-health-check-06.
public enum Status: String, CaseIterable, Sendable {
  /// All is well.
  case pass
  /// Something is wrong that does not keep the service from doing its work: answered with 200 as well.
  case warn
  /// The service, or what was checked, does not work: answered with 503.
  case fail
}

extension Status {
  /// The HTTP status code of an answer with this verdict.
  package var code: Int { self == .fail ? 503 : 200 }

  /// The worse of two verdicts.
  func worse(_ other: Status) -> Status {
    self == .fail || other == .fail ? .fail : self == .warn || other == .warn ? .warn : .pass
  }
}
