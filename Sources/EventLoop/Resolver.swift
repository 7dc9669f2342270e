import CLinux
import Glibc

/// Names to addresses, by getaddrinfo(3).
///
/// It blocks and can't be cancelled, so it runs on a thread of its own for as long as it takes. A lookup that outlives
/// its caller's deadline is joined by the next caller for the same name: a name server that is silent for an hour costs
/// one thread for each name, not one for each check.
package final class Resolver: @unchecked Sendable {
  package typealias Answer = Result<[SocketAddress], IOError>

  private struct Question: Hashable {
    var host: String
    var port: UInt16
  }

  /// A lookup under way, and those who wait for it.
  private final class Lookup: @unchecked Sendable {
    var waiters: [Waiter] = []
    var answer: Answer?
  }

  private let loop: EventLoop
  private var lookups: [Question: Lookup] = [:]

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
    let lookup = start(Question(host: host, port: port))
    let waiter = Waiter(on: loop)
    lookup.waiters.append(waiter)
    _ = await waiter.wait(until: deadline)
    lookup.waiters.removeAll { $0 === waiter }
    guard let answer = lookup.answer else { throw IOError(.timedOut, "resolve \(host)") }
    return try answer.get()
  }

  private func start(_ question: Question) -> Lookup {
    if let lookup = lookups[question] { return lookup }
    let lookup = Lookup()
    lookups[question] = lookup
    Thread.start {
      let answer = Answer { () throws(IOError) in try Resolver.lookUp(question.host, port: question.port, flags: 0) }
      self.loop.spawn { self.finish(question, lookup, answer) }
    }
    return lookup
  }

  private func finish(_ question: Question, _ lookup: Lookup, _ answer: Answer) {
    lookups[question] = nil
    lookup.answer = answer
    for waiter in lookup.waiters { waiter.wake() }
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
