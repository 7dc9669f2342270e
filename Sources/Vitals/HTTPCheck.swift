import EventLoop
import HTTP
import Health

/// Whether an HTTP server answers a GET with a status below 400, as the kubelet's probe has it.
///
/// Each run has a connection of its own: what is asked is whether a new client would be served.
struct HTTPCheck: Check {
  /// `http://host[:port][/path][?query]`.
  struct Target: Sendable {
    var host: String
    var port: UInt16
    var path: String

    init(_ text: String) throws(CheckURL.Invalid) {
      let url = try CheckURL(text)
      guard url.scheme == "http" else {
        throw CheckURL.Invalid(description: "https is not supported: check the port with tcp://, or the server behind")
      }
      host = url.host
      port = url.port ?? 80
      path = url.rest.hasPrefix("/") ? url.rest : "/" + url.rest
    }

    /// The value of Host.
    var authority: String {
      let name = host.contains(":") ? "[\(host)]" : host
      return port == 80 ? name : "\(name):\(port)"
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
    let status: Int
    do {
      let socket = try await resolver.connect(to: target.host, port: target.port, on: loop, before: deadline)
      defer { socket.close() }
      let agent = Field("User-Agent", "vitals/\(Version.current)")
      status = try await HTTPExchange(socket)
        .get(target.path, host: target.authority, fields: [agent], before: deadline).status
    } catch let error as IOError {
      throw CheckFailure(error)
    } catch let error as Rejection {
      let isLost = error == .noResponse || error == .truncated
      throw CheckFailure(isLost ? .unreachable : .protocol, detail: "\(error.reason)")
    } catch {
      throw CheckFailure(.internal, detail: "\(error)")
    }
    guard status < 400 else { throw CheckFailure(.query, detail: "the server answered \(status)") }
  }
}
