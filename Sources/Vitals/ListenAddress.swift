package import EventLoop

/// Where the service listens: `host:port`, `[IPv6]:port`, `:port` for every address, or `unix:/path`.
public struct ListenAddress: Sendable, Hashable, CustomStringConvertible {
  package let address: SocketAddress

  /// Reads an address.
  ///
  /// - Throws: one problem, whose setting is `text`.
  public init(_ text: String) throws(ConfigurationError) {
    do throws(IOError) {
      address = try ListenAddress.parse(text)
    } catch {
      throw ConfigurationError([.init(text, error.operation)])
    }
  }

  private static func parse(_ text: String) throws(IOError) -> SocketAddress {
    if text.hasPrefix("unix:") {
      return try SocketAddress(unixPath: String(text.dropFirst("unix:".count).trimmingPrefix("//")))
    }
    let usage = IOError(.invalidAddress, "not an address: use 127.0.0.1:8080, [::1]:8080, :8080 or unix:/path")
    guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else { throw usage }
    var host = text[..<colon]
    if host.hasPrefix("["), host.hasSuffix("]") {
      host = host.dropFirst().dropLast()
    } else if host.contains(":") {
      throw usage
    }
    switch host {
    case "": return try SocketAddress(literal: "::", port: port)
    case "localhost": return try SocketAddress(literal: "127.0.0.1", port: port)
    default:
      guard let address = try? SocketAddress(literal: String(host), port: port) else {
        throw IOError(.invalidAddress, "\(host) is not an IP address: a listener takes no names")
      }
      return address
    }
  }

  /// As it is written, with numbers.
  public var description: String { address.description }
}
