import CLinux
import Glibc

/// Names to addresses, by getaddrinfo(3).
///
/// A lookup that outlives its caller's deadline is joined by the next caller for the same name.
package final class Resolver: @unchecked Sendable {
  private typealias Answer = Result<[SocketAddress], IOError>

  private struct Question: Hashable {
    var host: String
    var port: UInt16
  }

  private let loop: EventLoop
  /// Of each name that was asked for and has not been answered in time.
  private var lookups: [Question: BlockingCall<Answer>] = [:]

  package init(on loop: EventLoop) { self.loop = loop }

  /// The addresses of `host`, in the order in which to try them; at least one.
  ///
  /// A literal address is answered at once, without a thread.
  ///
  /// - Throws: `resolution` or `timedOut`.
  package func resolve(
    _ host: String, port: UInt16, before deadline: Instant
  ) async throws(IOError) -> [SocketAddress] {
    if let literal = try? Resolver.lookUp(host, port: port, flags: AI_NUMERICHOST) { return literal }
    let question = Question(host: host, port: port)
    let lookup =
      lookups[question]
      ?? BlockingCall(on: loop) {
        Answer { () throws(IOError) in try Resolver.lookUp(host, port: port, flags: 0) }
      }
    lookups[question] = lookup
    guard let answer = await lookup.answer(before: deadline) else { throw IOError(.timedOut, "resolve \(host)") }
    lookups[question] = nil
    return try answer.get()
  }

  /// Calls getaddrinfo(3), which blocks unless `flags` has AI_NUMERICHOST.
  static func lookUp(_ host: String, port: UInt16, flags: Int32) throws(IOError) -> [SocketAddress] {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    hints.ai_flags = flags | AI_NUMERICSERV
    var list: UnsafeMutablePointer<addrinfo>?
    let code = getaddrinfo(host, String(port), &hints, &list)
    guard code == 0 else { throw IOError(.resolution(code), "resolve \(host)") }
    defer { freeaddrinfo(list) }
    var found: [SocketAddress] = []
    var entry = list
    while let info = entry?.pointee {
      if let address = info.ai_addr, let known = SocketAddress(address, length: info.ai_addrlen) { found.append(known) }
      entry = info.ai_next
    }
    guard !found.isEmpty else { throw IOError(.resolution(EAI_NONAME), "resolve \(host)") }
    return found
  }
}
