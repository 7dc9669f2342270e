import Foundation

/// A blocking HTTP connection to a server on the loopback, and just enough of a client for one's own servers.
final class Connection {
  struct Response {
    let status: Int
    let body: [UInt8]

    var text: String { String(decoding: body, as: UTF8.self) }
  }

  private let descriptor: Int32
  private var received: [UInt8] = []

  init(port: UInt16, timeout: Int = 10) throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    var limit = timeval(tv_sec: timeout, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    var address = Self.loopback(port)
    let result = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard result == 0 else {
      close(descriptor)
      throw Failure("connect to port \(port): \(String(cString: strerror(errno)))")
    }
  }

  deinit { close(descriptor) }

  /// Sends one request on the connection, which stays open.
  ///
  /// - Throws: ``Failure`` also when the answer does not say its length.
  func get(_ path: String) throws -> Response {
    try send("GET \(path) HTTP/1.1\r\nHost: bench\r\n\r\n")
    let start = try receiveHead()
    let head = String(decoding: received[..<start], as: UTF8.self)
    let length = head.lowercased().split(separator: "\r\n").first { $0.hasPrefix("content-length:") }
    guard let length, let count = Int(length.dropFirst(15).trimmingCharacters(in: .whitespaces)) else {
      throw Failure("no Content-Length for \(path)")
    }
    let end = start + count
    while received.count < end {
      guard try receive() else { throw Failure("the connection was closed within a body") }
    }
    defer { received.removeFirst(end) }
    return Response(status: Self.status(head), body: Array(received[start..<end]))
  }

  /// Sends one request on a connection of its own and reads it to its end: HTTP/1.0, so never chunked.
  static func fetch(_ path: String, port: UInt16) throws -> Response {
    let connection = try Connection(port: port)
    try connection.send("GET \(path) HTTP/1.0\r\nHost: bench\r\n\r\n")
    let end = try connection.receiveHead()
    while try connection.receive() {}
    let head = String(decoding: connection.received[..<end], as: UTF8.self)
    return Response(status: status(head), body: Array(connection.received[end...]))
  }

  /// Waits until a path is answered with 200.
  static func awaitReady(_ path: String, port: UInt16, child: Child) throws {
    do {
      try poll(for: "\(child.name) to answer \(path)") { (try? fetch(path, port: port).status) == 200 }
    } catch {
      throw Failure("\(error); its log: \(child.lastWords)")
    }
  }

  /// A port that nothing listens on.
  static func freePort() throws -> UInt16 {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = loopback(0)
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let result = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, length) | getsockname(descriptor, $0, &length)
      }
    }
    guard result == 0 else { throw Failure("no free port") }
    return UInt16(bigEndian: address.sin_port)
  }

  private static func loopback(_ port: UInt16) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    return address
  }

  private static func status(_ head: String) -> Int { Int(head.split(separator: " ").dropFirst().first ?? "") ?? 0 }

  /// - Returns: where the body begins.
  private func receiveHead() throws -> Int {
    while true {
      if let end = received.headEnd { return end }
      guard try receive() else { throw Failure("the connection was closed") }
    }
  }

  private func send(_ request: String) throws {
    let bytes = Array(request.utf8)
    guard Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else {
      throw Failure("send: \(String(cString: strerror(errno)))")
    }
  }

  /// - Returns: false at the end of the stream.
  private func receive() throws -> Bool {
    let count = try withUnsafeTemporaryAllocation(byteCount: 64 * 1024, alignment: 1) { buffer in
      let count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
      guard count >= 0 else { throw Failure("receive: \(String(cString: strerror(errno)))") }
      received.append(contentsOf: buffer[..<count])
      return count
    }
    return count > 0
  }
}

extension [UInt8] {
  /// Where the body begins, once the header block is whole.
  fileprivate var headEnd: Int? { firstRange(of: [13, 10, 13, 10])?.upperBound }
}
