import EventLoop
import HTTP
import Logging

/// One client's connection, and the task that serves it.
///
/// What arrives is read into the server's scratch buffer and answered from there; only a request that has not come whole
/// is copied into a buffer of the connection's own. An idle connection therefore keeps no buffer at all.
final class Connection: @unchecked Sendable {
  private enum Stage {
    case head
    /// The head is read, and of the body so much that `read` bytes of the whole need no second look.
    ///
    /// A body is read for the sake of the next request on the connection, and otherwise ignored.
    case body(RequestHead, ChunkedDecoder, read: Int)
  }

  /// How to go on once the answers are sent.
  private enum Next {
    /// With what the client sends.
    case receive
    /// With what was received already: the answers so far fill a buffer.
    case digest
    case close
    /// The client may still be sending: see `linger`.
    case linger
  }

  private unowned let server: Server
  private let socket: Socket
  private var parser: RequestParser
  private var stage = Stage.head
  /// The received part of a request that has not come whole.
  private var pending: [UInt8] = []
  /// When the request under way has to be whole.
  private var deadline = Instant.distantFuture
  private var isServing = false

  init(_ socket: Socket, server: Server) {
    self.socket = socket
    self.server = server
    parser = RequestParser(limits: server.options.limits)
  }

  /// Serves the client until either side ends the connection.
  func serve() async {
    do {
      var next = Next.receive
      while true {
        switch next {
        case .receive: next = try await receive()
        case .digest: next = try await answer(UnsafeRawBufferPointer(start: nil, count: 0))
        case .linger:
          try await linger()
          next = .close
        case .close:
          end()
          return
        }
      }
    } catch {
      // The client has gone, or takes nothing any more: there is nobody to tell.
      end()
    }
  }

  /// Closes the connection unless a request is under way, whose answer will say `Connection: close`.
  func closeIfIdle() {
    // What has come already is answered: an event that is under way will tell of it.
    if !isServing, !socket.hasUnreadData { socket.close() }
  }

  /// Closes the connection whatever it does.
  func abort() { socket.close() }

  private func end() {
    setServing(false)
    socket.close()
    server.remove(self)
  }

  private func setServing(_ isServing: Bool) {
    guard isServing != self.isServing else { return }
    self.isServing = isServing
    server.statistics.inFlight += isServing ? 1 : -1
  }

  // MARK: Requests in

  private func receive() async throws(IOError) -> Next {
    if pending.isEmpty {
      setServing(false)
      if server.isClosing, !socket.hasUnreadData { return .close }
    }
    do {
      try await socket.readable(before: pending.isEmpty ? server.idleDeadline : deadline)
    } catch {
      guard error.reason == .timedOut, !pending.isEmpty else { throw error }
      return try await refuse(.text(.requestTimeout, "408 Request Timeout"))
    }
    guard let count = try socket.receive(into: server.scratch) else { return .receive }
    if count == 0 { return .close }
    setServing(true)
    return try await answer(UnsafeRawBufferPointer(rebasing: server.scratch[..<count]))
  }

  /// Answers all requests that are complete with `received`, which is valid until the first wait.
  private func answer(_ received: UnsafeRawBufferPointer) async throws(IOError) -> Next {
    var output = server.takeOutput()
    let next: Next
    if pending.isEmpty {
      let (used, outcome) = digest(received, into: &output)
      next = outcome
      if used < received.count { pending = Array(received[used...]) }
    } else {
      pending.append(contentsOf: received)
      let (used, outcome) = pending.withUnsafeBytes { digest($0, into: &output) }
      next = outcome
      pending.removeFirst(used)
    }
    if !pending.isEmpty, deadline == .distantFuture { deadline = server.loop.now + server.options.requestTimeout }
    if !output.isEmpty { try await send(&output) }
    server.giveBack(output)
    return next
  }

  /// Appends the answers to the complete requests in `bytes`.
  ///
  /// - Returns: the size of these requests, and how to go on.
  private func digest(_ bytes: UnsafeRawBufferPointer, into output: inout [UInt8]) -> (used: Int, next: Next) {
    var used = 0
    while used < bytes.count {
      let rest = UnsafeRawBufferPointer(rebasing: bytes[used...])
      let request: (head: RequestHead, size: Int)?
      do {
        request = try nextRequest(in: rest)
      } catch {
        reject(error, into: &output)
        return (used, .linger)
      }
      guard let request else { break }
      let isLast = respond(Request(head: request.head, bytes: rest), into: &output)
      used += request.size
      // A client that does not know that it was the last one may send more, as one that has sent more.
      if isLast { return (used, request.head.keepsAlive || used < bytes.count ? .linger : .close) }
      if output.count >= Server.outputLimit, used < bytes.count { return (used, .digest) }
    }
    return (used, .receive)
  }

  /// The first request in `bytes` if it is complete, with its size; the body has been checked and is not kept.
  private func nextRequest(in bytes: UnsafeRawBufferPointer) throws(Rejection) -> (head: RequestHead, size: Int)? {
    if case .head = stage {
      switch parser.parse(bytes) {
      case .incomplete: return nil
      case .rejected(let rejection): throw rejection
      case .complete(let head, let size):
        // Whoever waits for a 100 is answered now, and the connection closed: the body is of no use here.
        if head.body == .none || head.expectsContinue { return (head, size) }
        var limits = ChunkedDecoder.Limits()
        limits.body = server.options.limits.body
        stage = .body(head, ChunkedDecoder(limits: limits), read: size)
      }
    }
    guard case .body(let head, var decoder, var read) = stage else { return nil }
    switch head.body {
    case .none: break
    case .length(let length):
      // `read` is still the size of the head.
      guard bytes.count >= read + length else { return nil }
      read += length
    case .chunked:
      while let event = try decoder.next(bytes, from: &read) {
        guard event == .end else { continue }
        stage = .head
        return (head, read)
      }
      stage = .body(head, decoder, read: read)
      return nil
    }
    stage = .head
    return (head, read)
  }

  // MARK: Responses out

  /// Appends the answer to `request`.
  ///
  /// - Returns: whether it is the last one on the connection.
  private func respond(_ request: Request, into output: inout [UInt8]) -> Bool {
    deadline = .distantFuture
    let head = request.head
    let match = server.router.respond(to: request)
    let isLast = !head.keepsAlive || head.expectsContinue || server.isDraining
    server.append(
      match.response, connection: isLast ? .close : head.version == .http10 ? .keepAlive : .persistent,
      withoutBody: match.withoutBody, to: &output)
    server.statistics.count(
      route: match.route, method: head.method, status: match.response.status,
      seconds: Instant.now.seconds(since: server.loop.now), size: match.withoutBody ? 0 : match.response.body.count)
    return isLast
  }

  private func reject(_ rejection: Rejection, into output: inout [UInt8]) {
    server.logger.debug(
      "request refused", metadata: ["code": "\(rejection.status.code)", "reason": "\(rejection.reason)"])
    refuse(
      .text(rejection.status, "\(rejection.status.code) \(rejection.status.reasonPhrase): \(rejection.reason)"),
      into: &output)
  }

  private func refuse(_ response: Response, into output: inout [UInt8]) {
    server.append(response, connection: .close, to: &output)
    server.statistics.count(
      route: server.router.fallback, method: nil, status: response.status, seconds: 0, size: response.body.count)
  }

  private func refuse(_ response: Response) async throws(IOError) -> Next {
    var output = server.takeOutput()
    refuse(response, into: &output)
    try await send(&output)
    server.giveBack(output)
    return .linger
  }

  /// Sends and empties `output`.
  private func send(_ output: inout [UInt8]) async throws(IOError) {
    let sent = try output.withUnsafeBufferPointer { bytes throws(IOError) in
      try socket.send(UnsafeRawBufferPointer(bytes)) ?? 0
    }
    if sent < output.count {
      try await socket.sendAll(Array(output[sent...]), before: server.loop.now + server.options.writeTimeout)
    }
    output.removeAll(keepingCapacity: true)
  }

  /// Ends the sending side and reads on for a while.
  ///
  /// Closing a socket with unread data sends a reset, which can destroy the answer before the client has read it
  /// (RFC 9112 section 9.6).
  private func linger() async throws(IOError) {
    socket.finishSending()
    let deadline = server.loop.now + .seconds(1)
    var discarded = 0
    while discarded < 1 << 20 {
      try await socket.readable(before: deadline)
      guard let count = try socket.receive(into: server.scratch) else { continue }
      if count == 0 { return }
      discarded += count
    }
  }
}
