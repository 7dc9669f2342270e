import EventLoop
import Health

/// Whether a port accepts connections.
struct TCPCheck: Check {
  /// A host and a port: `tcp://host:port`.
  struct Target: Sendable {
    var host: String
    var port: UInt16

    init(_ url: String) throws(CheckURL.Invalid) {
      let url = try CheckURL(url)
      guard let port = url.port, url.rest.isEmpty || url.rest == "/" else {
        throw CheckURL.Invalid(description: "not tcp://host:port")
      }
      host = url.host
      self.port = port
    }
  }

  private let target: Target
  private let loop: EventLoop
  private let resolver: Resolver

  init(_ target: Target, on loop: EventLoop) {
    self.target = target
    self.loop = loop
    resolver = Resolver(on: loop)
  }

  func check(before deadline: Instant) async throws(CheckFailure) {
    do {
      try await resolver.connect(to: target.host, port: target.port, on: loop, before: deadline).close()
    } catch {
      throw CheckFailure(error)
    }
  }
}

extension Resolver {
  /// Connects to the first of a host's addresses that takes the connection.
  ///
  /// - Throws: what the last one said.
  func connect(
    to host: String, port: UInt16, on loop: EventLoop, before deadline: Instant
  ) async throws(IOError) -> Socket {
    var last = IOError(.timedOut, "connect to \(host):\(port)")
    for address in try await resolve(host, port: port, before: deadline) {
      do {
        return try await Socket.connect(to: address, on: loop, before: deadline)
      } catch {
        last = error
        if error.reason == .timedOut { break }
      }
    }
    throw last
  }
}
