/// The release of this program, as semver.org has it.
public enum Version {
  /// `MAJOR.MINOR.PATCH`.
  public static let current = "0.1.0"
}
