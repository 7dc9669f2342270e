import Foundation
import Glibc

/// A TCP server on a loopback port whose every answer the test decides.
final class FailurePeer: Sendable {
  /// What happens to a connection.
  enum Behaviour: Sendable {
    /// It is accepted, and nothing is ever said.
    case silent
    /// It is closed once the client has said something.
    case close
    /// It is answered so once the client has said something, then closed.
    case answer(String)
  }

  private struct State {
    var isStopped = false
    var accepted = 0
    /// Connections that are kept open in silence.
    var held: [Int32] = []
  }

  let port: Int
  private let listener: Int32
  private let state = Monitor(State())

  /// Starts to listen. `behaviour` is asked for each connection, with the number of those before it.
  init(_ behaviour: @escaping @Sendable (Int) -> Behaviour) throws {
    port = try Scratch.port()
    listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    var on: Int32 = 1
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    let bound = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard bound == 0, listen(listener, 64) == 0 else { throw TestbedError("listen on \(port): errno \(errno)") }
    let thread = Thread { [listener, state] in
      while true {
        let connection = Self.acceptNext(listener)
        let number = state.withLock { state in
          defer { state.accepted += 1 }
          return state.isStopped || connection < 0 ? nil : state.accepted
        }
        guard let number else { break }
        Self.serve(connection, behaviour(number), state)
      }
      close(listener)
    }
    thread.name = "peer on \(port)"
    thread.start()
  }

  /// A server that treats all connections alike.
  convenience init(_ behaviour: Behaviour) throws {
    try self.init { _ in behaviour }
  }

  var address: String { "127.0.0.1:\(port)" }

  /// How many connections came.
  var accepted: Int { state.withLock(\.accepted) }

  /// Closes the port and all connections.
  func stop() {
    let held = state.withLock { state in
      defer { state.held = [] }
      if !state.isStopped { shutdown(listener, Int32(SHUT_RDWR)) }
      state.isStopped = true
      return state.held
    }
    for connection in held { close(connection) }
  }

  private static func acceptNext(_ listener: Int32) -> Int32 {
    while true {
      let connection = accept(listener, nil, nil)
      if connection >= 0 { _ = fcntl(connection, F_SETFD, FD_CLOEXEC) }
      if connection >= 0 || errno != EINTR { return connection }
    }
  }

  private static func serve(_ connection: Int32, _ behaviour: Behaviour, _ state: Monitor<State>) {
    if case .silent = behaviour {
      state.withLock { $0.held.append(connection) }
      return
    }
    var limit = timeval(tv_sec: 2, tv_usec: 0)
    setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    var buffer = [UInt8](repeating: 0, count: 4096)
    let received = recv(connection, &buffer, buffer.count, 0)
    if received > 0, case .answer(let text) = behaviour {
      _ = send(connection, Array(text.utf8), text.utf8.count, Int32(MSG_NOSIGNAL))
    }
    close(connection)
  }
}

extension FailurePeer.Behaviour {
  /// An HTTP response with an empty body.
  static func http(_ status: Int) -> Self { .answer("HTTP/1.1 \(status) Status\r\nContent-Length: 0\r\n\r\n") }
}
