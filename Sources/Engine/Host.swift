/// Where an engine listens, in the form of `DOCKER_HOST`.
///
/// Plain HTTP over a unix socket or TCP. What needs TLS, SSH or Windows is refused by name, so that nobody takes a
/// configuration that can't work for an engine that is down.
package struct Host: Hashable, Sendable, CustomStringConvertible {
  package enum Endpoint: Hashable, Sendable {
    case unix(path: String)
    /// A name or a literal address, without brackets.
    case tcp(host: String, port: UInt16)
  }

  package let endpoint: Endpoint

  /// Where an engine listens that was told nothing else.
  package static let standard = Host(.unix(path: "/var/run/docker.sock"))
  /// The port of plain HTTP where the address names none.
  private static let standardPort: UInt16 = 2375

  package init(_ endpoint: Endpoint) { self.endpoint = endpoint }

  /// Reads `unix:///run/docker.sock`, `tcp://10.0.0.1:2375`, `tcp://[::1]:2375` or `http://proxy:2375`.
  ///
  /// `verifiesTLS` tells whether `DOCKER_TLS_VERIFY` is set, which turns `tcp` into TLS.
  /// - Throws: `invalidHost`.
  package init(_ text: String, verifiesTLS: Bool = false) throws(EngineError) {
    guard let separator = text.firstRange(of: "://") else {
      throw Host.refusal("expected unix:///path or tcp://host:port", text)
    }
    let rest = text[separator.upperBound...]
    switch text[..<separator.lowerBound].lowercased() {
    case "unix":
      guard rest.hasPrefix("/") else { throw Host.refusal("a unix socket needs an absolute path", text) }
      self.init(.unix(path: String(rest)))
    case "tcp" where verifiesTLS:
      throw Host.refusal("TLS is not supported (DOCKER_TLS_VERIFY is set): use the unix socket or a socket proxy", text)
    case "tcp", "http":
      self.init(try Host.endpoint(rest, of: text))
    case "https":
      throw Host.refusal("TLS is not supported: use the unix socket or a socket proxy", text)
    case "ssh", "npipe", "fd":
      throw Host.refusal("\(text[..<separator.lowerBound]):// is not supported: use unix:// or tcp://", text)
    default:
      throw Host.refusal("unknown scheme: use unix:// or tcp://", text)
    }
  }

  package var description: String {
    switch endpoint {
    case .unix(let path): "unix://\(path)"
    case .tcp(let host, let port): "tcp://\(host.contains(":") ? "[\(host)]" : host):\(port)"
    }
  }

  /// The value of the field Host.
  var authority: String {
    switch endpoint {
    case .unix: "docker"
    case .tcp(let host, let port): "\(host.contains(":") ? "[\(host)]" : host):\(port)"
    }
  }

  private static func endpoint(_ rest: Substring, of text: String) throws(EngineError) -> Endpoint {
    guard !rest.contains("@") else { throw refusal("user and password are not supported", text) }
    let authority = rest.hasSuffix("/") ? rest.dropLast() : rest
    guard !authority.contains(where: { "/?#".contains($0) }) else { throw refusal("a path is not supported", text) }
    var host = authority
    var port: Substring?
    if authority.hasPrefix("["), let end = authority.firstIndex(of: "]") {
      host = authority[authority.index(after: authority.startIndex)..<end]
      let tail = authority[authority.index(after: end)...]
      guard tail.isEmpty || tail.hasPrefix(":") else { throw refusal("expected [address]:port", text) }
      if !tail.isEmpty { port = tail.dropFirst() }
    } else if let colon = authority.lastIndex(of: ":") {
      host = authority[..<colon]
      port = authority[authority.index(after: colon)...]
      guard !host.contains(":") else { throw refusal("an IPv6 address needs brackets", text) }
    }
    guard !host.isEmpty else { throw refusal("the host is missing", text) }
    guard let port else { return .tcp(host: String(host), port: standardPort) }
    guard let number = UInt16(port), number > 0 else { throw refusal("the port is not a number from 1 to 65535", text) }
    return .tcp(host: String(host), port: number)
  }

  /// An address with a password in it must not get into a log: then only its scheme is named.
  private static func refusal(_ reason: String, _ text: String) -> EngineError {
    let shown = text.contains("@") ? text.prefix { $0 != ":" } + "://..." : text[...]
    return EngineError(.invalidHost(reason), "read the address", host: String(shown))
  }
}
