import Foundation
import Glibc

/// A unix socket that passes everything on to an engine's and keeps what clients sent.
///
/// It can make an old engine of it: clients then speak an older version of the API, and the engine answers in it.
final class SwarmRelay: Sendable {
  private struct State {
    var isStopped = false
    /// What each client has sent so far.
    var sent: [[UInt8]] = []
    var descriptors: Set<Int32> = []
  }

  private let path: String
  private let listener: Int32
  private let state = Monitor(State())

  /// - Parameter version: what the engine is to say of its API: four characters, as `1.24`; nil for what it says itself.
  init(to target: String, telling version: String? = nil) throws {
    path = try Scratch.directory("relay") + "/docker.sock"
    listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let bound = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard bound == 0, listen(listener, 16) == 0 else { throw TestbedError("listen on \(path): errno \(errno)") }
    Thread.detachNewThread { [listener, state] in
      while true {
        let client = accept(listener, nil, nil)
        if client < 0 && errno == EINTR { continue }
        guard client >= 0 else { break }
        _ = fcntl(client, F_SETFD, FD_CLOEXEC)
        Self.serve(client, target, version, state)
      }
      close(listener)
    }
  }

  /// The value of `--docker-host`.
  var host: String { "unix://\(path)" }

  /// The first line of each request so far.
  ///
  /// A request with a body would put that body into a line of its own, which is no request line.
  var requestLines: [String] {
    let texts = state.withLock { $0.sent.map { String(decoding: $0, as: UTF8.self) } }
    return texts.flatMap { text in
      text.components(separatedBy: "\r\n\r\n").filter { !$0.isEmpty }.map {
        $0.components(separatedBy: "\r\n")[0]
      }
    }
  }

  func stop() {
    state.withLock { state in
      if !state.isStopped { shutdown(listener, Int32(SHUT_RDWR)) }
      state.isStopped = true
      // Their threads close them.
      for descriptor in state.descriptors { shutdown(descriptor, Int32(SHUT_RDWR)) }
    }
    Scratch.remove(URL(fileURLWithPath: path).deletingLastPathComponent().path)
  }

  /// Serves one client on threads of its own.
  private static func serve(_ client: Int32, _ target: String, _ version: String?, _ state: Monitor<State>) {
    guard let engine = try? RawSocket(.unix(target)) else {
      close(client)
      return
    }
    // The raw socket closes its own descriptor here.
    let server = fcntl(engine.descriptor, F_DUPFD_CLOEXEC, 0)
    let number = state.withLock { state in
      state.descriptors.formUnion([client, server])
      state.sent.append([])
      return state.sent.count - 1
    }
    let left = Monitor(2)
    for isRequest in [true, false] {
      Thread.detachNewThread {
        pump(from: isRequest ? client : server, to: isRequest ? server : client) { bytes in
          if isRequest {
            state.withLock { $0.sent[number] += Array(bytes) }
          } else if let version {
            tell(version, in: bytes)
          }
        }
        let isLast = left.withLock { left in
          left -= 1
          return left == 0
        }
        guard isLast else { return }
        state.withLock { $0.descriptors.subtract([client, server]) }
        close(client)
        close(server)
      }
    }
  }

  /// Writes another version over the one that the head of an answer has, which an engine sends in one piece.
  private static func tell(_ version: String, in bytes: UnsafeMutableRawBufferPointer) {
    let name = Array("Api-Version: ".utf8)
    guard let found = bytes.firstRange(of: name), found.upperBound + version.utf8.count <= bytes.endIndex else {
      return
    }
    for (index, byte) in version.utf8.enumerated() { bytes[found.upperBound + index] = byte }
  }

  /// - Parameter note: is shown each piece, and may alter it.
  private static func pump(
    from source: Int32, to target: Int32, _ note: (UnsafeMutableRawBufferPointer) -> Void
  ) {
    var buffer = [UInt8](repeating: 0, count: 64 * 1024)
    while true {
      let count = read(source, &buffer, buffer.count)
      if count < 0 && errno == EINTR { continue }
      if count <= 0 { break }
      buffer.withUnsafeMutableBytes { note(.init(rebasing: $0[..<count])) }
      var sent = 0
      while sent < count {
        let result = buffer.withUnsafeBytes { send(target, $0.baseAddress! + sent, count - sent, Int32(MSG_NOSIGNAL)) }
        if result <= 0 { break }
        sent += result
      }
      if sent < count { break }
    }
    shutdown(source, Int32(SHUT_RDWR))
    shutdown(target, Int32(SHUT_RDWR))
  }
}
