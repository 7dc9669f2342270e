package import EventLoop
import Glibc
import HTTP
package import Logging

/// An HTTP/1.1 server: listeners, their connections, and the routes that answer.
///
/// Its life: `listen` on some addresses, `run` until closed; `drain` tells every client to go elsewhere while all is still
/// served; `close` stops listening and returns once every answer that was begun is sent.
package final class Server: @unchecked Sendable {
  /// Answers beyond so many bytes are sent before the next pipelined request is looked at.
  static let outputLimit = 256 * 1024

  package let loop: EventLoop
  package let statistics: ServerStatistics
  let options: ServerOptions
  let router: Router
  let logger: Logger
  /// What any connection receives into: nothing waits between receiving and parsing.
  let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 32 * 1024, alignment: 16)

  /// Every answer says `Connection: close`.
  package private(set) var isDraining = false
  private(set) var isClosing = false
  private var listeners: [Listener] = []
  private var connections: [ObjectIdentifier: Connection] = [:]
  private let allGone: Waiter
  private var output: [UInt8] = []
  private var writer = ResponseWriter()
  private let idleNanoseconds: Int64

  package init(routes: [Route], options: ServerOptions = ServerOptions(), logger: Logger, on loop: EventLoop) {
    self.loop = loop
    self.options = options
    self.logger = logger
    router = Router(routes)
    statistics = ServerStatistics(handlers: router.routes.map(\.name))
    allGone = Waiter(on: loop)
    idleNanoseconds = options.idleTimeout.nanoseconds
  }

  deinit { scratch.deallocate() }

  /// Starts to accept connections at `address`.
  ///
  /// - Returns: the address with the port that the kernel chose, where 0 was asked for.
  package func listen(on address: SocketAddress) throws(IOError) -> SocketAddress {
    let listener = try Listener(on: address, loop: loop)
    listeners.append(listener)
    loop.spawn { await self.accept(from: listener) }
    return listener.address
  }

  /// From now on each answer is the last one of its connection.
  package func drain() { isDraining = true }

  /// Stops listening, closes idle connections and waits for the others, at most until `deadline`; then closes them too.
  package func close(before deadline: Instant) async {
    isDraining = true
    isClosing = true
    for listener in listeners {
      // Closing it would reset those that wait in its backlog, some with a request sent already.
      for socket in listener.acceptWaiting() { admit(socket) }
      listener.close()
    }
    listeners = []
    for connection in connections.values { connection.closeIfIdle() }
    while !connections.isEmpty {
      guard await allGone.wait(until: deadline) == .event else { break }
    }
    for connection in connections.values { connection.abort() }
    while !connections.isEmpty { _ = await allGone.wait(until: .distantFuture) }
  }

  /// When a connection that begins to be idle now is closed.
  var idleDeadline: Instant { loop.now.advanced(byNanoseconds: idleNanoseconds) }

  // MARK: Connections

  private func accept(from listener: Listener) async {
    // `accept` throws only once the listener is closed, or where epoll has no memory for one more descriptor.
    while !isClosing {
      if let socket = try? await listener.accept() { admit(socket) }
    }
  }

  private func admit(_ socket: Socket) {
    statistics.accepted += 1
    let excess = connections.count - options.maximumConnections
    // The container's own probe must not fail because others have taken all connections.
    guard excess < 0 || excess < options.reservedConnections && socket.isFromHere else {
      loop.spawn { await self.turnAway(socket) }
      return
    }
    let connection = Connection(socket, server: self)
    connections[ObjectIdentifier(connection)] = connection
    statistics.connections = connections.count
    loop.spawn { await connection.serve() }
  }

  func remove(_ connection: Connection) {
    connections[ObjectIdentifier(connection)] = nil
    statistics.connections = connections.count
    if connections.isEmpty { allGone.wake() }
  }

  /// Says 503 without reading a request, and closes.
  private func turnAway(_ socket: Socket) async {
    statistics.turnedAway += 1
    var output: [UInt8] = []
    append(
      .text(
        .serviceUnavailable, "503 Service Unavailable: too many connections",
        fields: [Field("Retry-After", String(options.retryAfter))]),
      connection: .close, to: &output)
    let deadline = loop.now + .seconds(1)
    do {
      try await socket.sendAll(output, before: deadline)
      socket.finishSending()
      // Unread data at closing would reset the connection and take the answer with it.
      try await socket.readable(before: deadline)
      _ = try socket.receive(into: scratch)
    } catch {
      // The client has gone.
    }
    socket.close()
  }

  // MARK: Shared buffers

  /// The buffer for answers, to be given back when it is sent.
  func takeOutput() -> [UInt8] {
    var taken: [UInt8] = []
    swap(&taken, &output)
    return taken
  }

  func giveBack(_ buffer: [UInt8]) {
    if buffer.capacity <= Server.outputLimit * 2 { output = buffer }
  }

  /// Appends a whole response.
  func append(
    _ response: Response, connection: ResponseWriter.Connection, withoutBody: Bool = false, to output: inout [UInt8]
  ) {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME_COARSE, &now)
    writer.append(
      response.status, at: Int64(now.tv_sec), connection: connection, fields: response.fields, to: &output)
    if !withoutBody { output.append(contentsOf: response.body) }
  }
}
