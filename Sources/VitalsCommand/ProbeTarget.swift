import EventLoop
import HTTP
import Vitals

/// Whom a probe asks for what, and until when.
struct ProbeTarget: Sendable {
  struct Verdict: Sendable {
    var isHealthy: Bool
    /// Without a line end.
    var line: String
    /// All of the answer; nil where there was none.
    var body: String?
  }

  struct Invalid: Error, CustomStringConvertible {
    let description: String
  }

  /// Tried in turn.
  private let addresses: [SocketAddress]
  private let path: String
  private let timeout: Duration

  /// Where `url` points, or else where a service with this VITALS_LISTEN listens.
  init(url: String?, path: String, timeout: String, listen: String?) throws(Invalid) {
    guard let duration = DurationText.parse(timeout), duration > .zero else {
      throw Invalid(description: "--timeout: \(timeout) is no duration: use 500ms, 3s")
    }
    self.timeout = duration
    var path = path
    if let url {
      (addresses, path) = try ProbeTarget.parse(url, path)
    } else {
      let first = listen?.split { $0 == "," || $0 == " " }.first.map(String.init) ?? "0.0.0.0:8080"
      do {
        addresses = try ListenAddress(first).reachable
      } catch {
        throw Invalid(description: "VITALS_LISTEN: \(error)")
      }
    }
    guard path.hasPrefix("/") else { throw Invalid(description: "--path: \(path) does not start with a slash") }
    self.path = path
  }

  private static func parse(_ url: String, _ path: String) throws(Invalid) -> ([SocketAddress], String) {
    do {
      if url.hasPrefix("unix:") { return (try ListenAddress(url).reachable, path) }
      guard url.hasPrefix("http://") else { throw Invalid(description: "\(url) is no http:// or unix: URL") }
      let rest = url.dropFirst("http://".count)
      let authority = rest.prefix { $0 != "/" }
      guard !authority.isEmpty, !authority.hasPrefix(":") else { throw Invalid(description: "\(url) names no address") }
      let hasPort = authority.last != "]" && authority.contains(":")
      let addresses = try ListenAddress(hasPort ? String(authority) : "\(authority):80").reachable
      return (addresses, rest.count > authority.count ? String(rest.dropFirst(authority.count)) : path)
    } catch let error as Invalid {
      throw error
    } catch {
      throw Invalid(description: "\(url): use a literal address, as in http://127.0.0.1:8080")
    }
  }

  /// Asks, and puts the answer in one line.
  func ask(on loop: EventLoop, token: String? = nil, bodyLimit: Int = 4096) async -> Verdict {
    let deadline = Instant.now + timeout
    var problem = "no address"
    for address in addresses {
      do {
        let socket = try await Socket.connect(to: address, on: loop, before: deadline)
        defer { socket.close() }
        let host = if case .unix = address.kind { "localhost" } else { address.description }
        let fields = [Field("Accept", "text/plain")] + Field.own("vitals-probe", token: token)
        let exchange = HTTPExchange(socket, bodyLimit: bodyLimit)
        let answer = try await exchange.get(path, host: host, fields: fields, before: deadline)
        return Verdict(
          isHealthy: (200..<400).contains(answer.status), line: line(answer),
          body: String(decoding: answer.body, as: UTF8.self))
      } catch let error as IOError {
        problem = error.description
      } catch {
        problem = "\(address) does not speak HTTP"
      }
    }
    return Verdict(isHealthy: false, line: "fail: \(problem)")
  }

  /// The lines of a body of ours joined; of anything else the status code.
  ///
  /// Docker keeps 4096 bytes of it.
  private func line(_ answer: HTTPExchange.Answer) -> String {
    let lines = String(decoding: answer.body, as: UTF8.self).split(separator: "\n").prefix(4).map(String.init)
    guard let first = lines.first, (answer.status < 400 ? ["pass", "warn"] : ["fail"]).contains(first) else {
      return answer.status < 400 ? "pass: \(path) answered \(answer.status)" : "fail: \(path) answered \(answer.status)"
    }
    let printable = lines.joined(separator: ": ").unicodeScalars.filter { $0.properties.generalCategory != .control }
    return String(String.UnicodeScalarView(printable.prefix(1000)))
  }
}

extension ListenAddress {
  /// The addresses at which a client on this machine reaches who listens here.
  fileprivate var reachable: [SocketAddress] {
    guard case .ip(let host, let port) = address.kind else { return [address] }
    switch host {
    case "0.0.0.0": return ["127.0.0.1"].compactMap { try? SocketAddress(literal: $0, port: port) }
    case "::": return ["127.0.0.1", "::1"].compactMap { try? SocketAddress(literal: $0, port: port) }
    default: return [address]
    }
  }
}
