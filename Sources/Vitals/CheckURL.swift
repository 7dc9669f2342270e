import EventLoop
import Health

/// The parts of `scheme://host[:port][/rest]` that an HTTP or TCP check needs.
struct CheckURL {
  struct Invalid: Error, CustomStringConvertible {
    let description: String
  }

  let scheme: String
  /// Without the brackets of an IPv6 address.
  let host: String
  let port: UInt16?
  /// Path and query, with the slash.
  let rest: String

  init(_ text: String) throws(Invalid) {
    guard let separator = text.firstRange(of: "://") else { throw Invalid(description: "not scheme://host[:port]") }
    scheme = text[..<separator.lowerBound].lowercased()
    let remainder = text[separator.upperBound...]
    let authority = remainder.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    rest = String(remainder.dropFirst(authority.count).prefix { $0 != "#" })
    guard !authority.contains("@") else {
      throw Invalid(description: "a user and password are not supported in this URL")
    }
    if authority.hasPrefix("["), let end = authority.firstIndex(of: "]") {
      host = String(authority[authority.index(after: authority.startIndex)..<end])
      port = try CheckURL.port(authority[authority.index(after: end)...])
    } else {
      let name = authority.prefix { $0 != ":" }
      host = String(name)
      port = try CheckURL.port(authority.dropFirst(name.count))
    }
    guard !host.isEmpty else { throw Invalid(description: "the URL names no host") }
  }

  private static func port(_ text: Substring) throws(Invalid) -> UInt16? {
    if text.isEmpty { return nil }
    guard text.hasPrefix(":"), let port = UInt16(text.dropFirst()), port > 0 else {
      throw Invalid(description: "the port is no number from 1 to 65535")
    }
    return port
  }
}

extension CheckFailure {
  /// A failure to reach or to talk to a host.
  init(_ error: IOError) { self.init(Reason(error), detail: error.description) }
}
