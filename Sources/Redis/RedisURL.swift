/// Where a Redis server is and how to log in.
///
/// `redis://[user[:password]@]host[:port][/database]` for TCP, `unix:///path?db=0` (also `redis+unix:`, `redis+socket:`
/// and `redis-socket:`) for a unix socket. Parts are percent-encoded. The query may hold `db`, `username` and `password`,
/// as redis-py has them.
///
/// Its description names the place and the database, and never user or password: `redis://secret@host` is a common slip.
package struct RedisURL: Equatable, Sendable, CustomStringConvertible, CustomReflectable {
  enum Place: Equatable, Sendable {
    case tcp(host: String, port: UInt16)
    case unix(path: String)
  }

  /// Why a text is no such URL, without anything that may be a piece of a password.
  package struct Invalid: Error, Equatable, CustomStringConvertible {
    package let description: String
    init(_ description: String) { self.description = description }
  }

  let place: Place
  private(set) var user: String?
  private(set) var password: String?
  package private(set) var database = 0

  /// The server alone: host and port, or the path of a unix socket.
  package var server: String {
    switch place {
    case .tcp(let host, let port): "\(host.contains(":") ? "[\(host)]" : host):\(port)"
    case .unix(let path): path
    }
  }

  /// The same server and login, without a choice of database.
  package var withoutDatabase: RedisURL {
    var url = self
    url.database = 0
    return url
  }

  /// The texts that must not be seen in a log.
  package var secrets: [String] {
    // A user alone is likely a password in the wrong place.
    [password, password == nil ? user : nil].compactMap { $0 }.filter { !$0.isEmpty }
  }

  package init(_ text: String) throws(Invalid) {
    let parts = try Parts(text)
    switch parts.scheme {
    case "redis":
      place = try RedisURL.tcp(parts.hostAndPort)
      let path = parts.path.dropFirst()
      if !path.isEmpty { database = try RedisURL.database(path) }
    case "unix", "redis+unix", "redis+socket", "redis-socket":
      guard parts.hostAndPort.isEmpty, parts.path.hasPrefix("/"), parts.path != "/" else {
        throw Invalid("the URL of a unix socket is unix:///path")
      }
      place = .unix(path: try RedisURL.decoded(parts.path, "path"))
    case "rediss", "redis+tls":
      throw Invalid("rediss:// needs TLS, which this build's hiredis does not have: use redis:// on a private network")
    default:
      throw Invalid("the URL begins with neither redis:// nor unix://")
    }
    if let userInfo = parts.userInfo {
      let fields = userInfo.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      user = try RedisURL.decoded(fields[0], "user")
      if fields.count == 2 { password = try RedisURL.decoded(fields[1], "password") }
    }
    try read(query: parts.query)
    if user == "" { user = nil }
    if password == "" { password = nil }
  }

  /// `redis://host:6379/0`, `unix:///path?db=0`.
  package var description: String {
    switch place {
    case .tcp: "redis://\(server)/\(database)"
    case .unix: "unix://\(server)?db=\(database)"
    }
  }

  /// Without children: a dump or a failed expectation must not print the password.
  package var customMirror: Mirror { Mirror(self, children: []) }

  private mutating func read(query: Substring) throws(Invalid) {
    for field in query.split(separator: "&") {
      let pair = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let value = pair.count == 2 ? pair[1] : ""
      switch pair[0] {
      case "db": database = try RedisURL.database(value)
      case "username": user = try RedisURL.decoded(value, "user")
      case "password": password = try RedisURL.decoded(value, "password")
      case let key where key.allSatisfy { $0.isASCII && ($0.isLowercase || $0 == "_") }:
        throw Invalid("unknown key \"\(key)\" in the query: it may hold db, username and password")
      default: throw Invalid("unknown key in the query: it may hold db, username and password")
      }
    }
  }

  private static func tcp(_ text: Substring) throws(Invalid) -> Place {
    var host = text
    var port: Substring = ""
    if text.hasPrefix("[") {
      guard let end = text.firstIndex(of: "]") else { throw Invalid("the \"]\" after the IPv6 address is missing") }
      host = text[text.index(after: text.startIndex)..<end]
      port = text[text.index(after: end)...]
      guard port.isEmpty || port.hasPrefix(":") else { throw Invalid("only :port may follow the IPv6 address") }
      port = port.dropFirst()
    } else if let colon = text.firstIndex(of: ":") {
      host = text[..<colon]
      port = text[text.index(after: colon)...]
      guard !port.contains(":") else { throw Invalid("an IPv6 address stands in brackets: [::1]:6379") }
    }
    guard let number = port.isEmpty ? 6379 : UInt16(port), number > 0 else {
      throw Invalid("the port is not a number from 1 to 65535")
    }
    return .tcp(host: host.isEmpty ? "localhost" : try decoded(host, "host"), port: number)
  }

  private static func database(_ text: Substring) throws(Invalid) -> Int {
    guard let number = UInt16(text) else { throw Invalid("the database is not a number from 0 to 65535") }
    return Int(number)
  }

  private static func decoded(_ text: Substring, _ part: String) throws(Invalid) -> String {
    var bytes: [UInt8] = []
    var rest = text.utf8
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        bytes.append(byte)
        continue
      }
      guard rest.count >= 2, let code = UInt8(String(Substring(rest.prefix(2))), radix: 16) else {
        throw Invalid("a \"%\" in the \(part) is not followed by two hexadecimal digits")
      }
      bytes.append(code)
      rest = rest.dropFirst(2)
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}

/// A URL cut at its delimiters (RFC 3986, section 3), nothing decoded.
private struct Parts {
  let scheme: String
  let userInfo: Substring?
  let hostAndPort: Substring
  let path: Substring
  let query: Substring

  init(_ text: String) throws(RedisURL.Invalid) {
    guard let separator = text.firstRange(of: "://") else {
      throw RedisURL.Invalid("the URL begins with neither redis:// nor unix://")
    }
    scheme = text[..<separator.lowerBound].lowercased()
    let rest = text[separator.upperBound...]
    let authority = rest.prefix { !"/?#".contains($0) }
    let tail = rest[authority.endIndex...]
    // Else a piece of a password would be taken for a path, a port or a key.
    guard !tail.contains("@"), !tail.contains("#") else {
      throw RedisURL.Invalid("\"/\", \"?\", \"#\" and \"@\" in user and password are written %2F, %3F, %23 and %40")
    }
    let at = authority.lastIndex(of: "@")
    userInfo = at.map { authority[..<$0] }
    hostAndPort = at.map { authority[authority.index(after: $0)...] } ?? authority
    path = tail.prefix { $0 != "?" }
    query = tail[path.endIndex...].dropFirst()
  }
}
