/// A version of the Engine API, as in `/v1.41/services`.
package struct APIVersion: Comparable, Hashable, Sendable, CustomStringConvertible {
  package let major: Int
  package let minor: Int

  package init(major: Int, minor: Int) {
    self.major = major
    self.minor = minor
  }

  /// Reads `1.41`; nil for anything else.
  package init?(_ text: some StringProtocol) {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 2, let major = UInt16(parts[0]), let minor = UInt16(parts[1]) else { return nil }
    self.init(major: Int(major), minor: Int(minor))
  }

  package static func < (a: APIVersion, b: APIVersion) -> Bool { (a.major, a.minor) < (b.major, b.minor) }

  package var description: String { "\(major).\(minor)" }

  /// The version that an engine asks for when it refuses the client's.
  ///
  /// Engines from 1.24 on answer 400 with `client version 1.41 is too old. Minimum supported API version is 1.44, ...`
  /// or `client version 1.99 is too new. Maximum supported API version is 1.41`.
  static func demanded(by message: String) -> APIVersion? {
    for phrase in ["Minimum supported API version is ", "Maximum supported API version is "] {
      guard let found = message.firstRange(of: phrase) else { continue }
      return APIVersion(message[found.upperBound...].prefix { $0.isNumber || $0 == "." })
    }
    return nil
  }
}
