/// Who is shown what is behind a verdict: reasons, times, metrics, the status page's tables.
public enum Details: String, CaseIterable, Sendable {
  /// Everybody who can connect.
  case always
  /// Clients that send the token; others get the verdict alone.
  case authorized
}
