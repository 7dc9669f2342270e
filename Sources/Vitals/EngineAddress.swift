package import Engine
import Glibc

/// Where a Docker engine listens: `unix:///path` or `tcp://host:port`, as in DOCKER_HOST.
public struct EngineAddress: Sendable, Hashable, CustomStringConvertible {
  package let host: Host

  /// Reads an address.
  ///
  /// - Parameters:
  ///   - text: the address.
  ///   - verifiesTLS: whether DOCKER_TLS_VERIFY is set, which asks for what is not supported.
  /// - Throws: one problem, whose setting is `text`.
  public init(_ text: String, verifiesTLS: Bool = false) throws(ConfigurationError) {
    // The engine's own messages quote the address.
    guard !text.contains("@") else {
      throw ConfigurationError([.init("DOCKER_HOST", "a user and password are not supported in this address")])
    }
    do throws(EngineError) {
      host = try Host(text, verifiesTLS: verifiesTLS)
    } catch {
      throw ConfigurationError([.init(text, error.description)])
    }
  }

  private init(_ host: Host) { self.host = host }

  /// The standard socket of this machine, nil where there is none.
  public static var local: EngineAddress? {
    guard case .unix(let path) = Host.standard.endpoint, access(path, F_OK) == 0 else { return nil }
    return EngineAddress(.standard)
  }

  /// As it is written.
  public var description: String { host.description }
}
