import EventLoop
import Glibc
import HTTP

/// One connection to an engine: one request at a time, each answered before the next.
final class Connection {
  /// How long an exchange may take.
  struct Patience {
    /// When it ends, however much has arrived.
    var deadline: Instant
    /// How long the engine may say nothing.
    var silence: Duration
  }

  /// How much is read, and worked on, before other tasks of the loop have their turn.
  private static let pieceSize = 32 * 1024

  /// Whether another request may be sent.
  private(set) var isReusable = true
  /// Whether something of the present answer has arrived.
  private(set) var hasAnswered = false
  let socket: Socket
  private let host: Host

  /// Connects to the first of the host's addresses that accepts.
  init(to host: Host, on loop: EventLoop, resolver: Resolver, before deadline: Instant) async throws(EngineError) {
    self.host = host
    do {
      socket = try await Connection.connect(to: host, on: loop, resolver: resolver, before: deadline)
    } catch {
      throw Connection.error(error, "connect", host)
    }
  }

  /// Sends a request, with a body of JSON if `content` has any, and hands the body of the answer over as it arrives.
  ///
  /// - Returns: the head of the answer, after its body.
  func exchange(
    _ method: Method, _ target: String, headers: KeyValuePairs<String, String> = [:], content: [UInt8]? = nil,
    operation: String, patience: Patience,
    _ body: (ResponseHead, UnsafeRawBufferPointer) throws(EngineError) -> Void
  ) async throws(EngineError) -> ResponseHead {
    // Only an exchange that is complete leaves a connection on which the next answer is the next request's.
    isReusable = false
    hasAnswered = false
    do {
      var request: [UInt8] = []
      var fields = headers.map { Field($0.key, $0.value) }
      if let content {
        fields += [Field("Content-Type", "application/json"), Field("Content-Length", "\(content.count)")]
      }
      RequestWriter.append(method, target: target, host: host.authority, fields: FieldBlock(fields), to: &request)
      request += content ?? []
      try await socket.sendAll(request, before: limit(patience))
    } catch {
      throw Connection.error(error, operation, host)
    }
    var parser = ResponseParser(to: method)
    var head: ResponseHead?
    let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: Connection.pieceSize, alignment: 16)
    defer { piece.deallocate() }
    while true {
      let count = try await receive(into: piece, operation, patience)
      let bytes = UnsafeRawBufferPointer(rebasing: piece[..<count])
      var offset = 0
      while let event = try next(&parser, bytes, &offset, operation) {
        switch event {
        case .head(let received): head = received
        case .data(let range):
          if let head { try body(head, UnsafeRawBufferPointer(rebasing: bytes[range])) }
        case .end:
          guard let head else { throw EngineError(.malformed("no head"), operation, host: host.description) }
          isReusable = head.keepsAlive && offset == count
          return head
        }
      }
      // A fast engine keeps the socket readable for as long as the body lasts: nothing here would suspend.
      await Task.yield()
      if Instant.now > patience.deadline { throw EngineError(.timedOut, operation, host: host.description) }
    }
  }

  /// Sends a request after which the connection carries bytes of no protocol, both ways.
  ///
  /// - Returns: those that have come already.
  /// - Throws: `status` where the engine refuses.
  func upgrade(
    _ target: String, content: [UInt8], operation: String, patience: Patience
  ) async throws(EngineError) -> [UInt8] {
    isReusable = false
    hasAnswered = false
    do {
      var request: [UInt8] = []
      let fields: FieldBlock = [
        Field("Connection", "Upgrade"), Field("Upgrade", "tcp"), Field("Content-Type", "application/json"),
        Field("Content-Length", "\(content.count)"),
      ]
      RequestWriter.append(.post, target: target, host: host.authority, fields: fields, to: &request)
      try await socket.sendAll(request + content, before: limit(patience))
    } catch {
      throw Connection.error(error, operation, host)
    }
    var parser = ResponseParser(to: .post)
    var head: ResponseHead?
    var refusal: [UInt8] = []
    let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: Connection.pieceSize, alignment: 16)
    defer { piece.deallocate() }
    while true {
      let bytes = UnsafeRawBufferPointer(rebasing: piece[..<(try await receive(into: piece, operation, patience))])
      var offset = 0
      while let event = try next(&parser, bytes, &offset, operation) {
        switch event {
        case .head(let received):
          head = received
          // Engines from 1.23 on answer 101; a proxy that knows nothing of it may make that a 200.
          if received.status == 101 || received.status == 200 && received.body == .untilClose {
            return Array(bytes[offset...])
          }
        case .data(let range):
          if refusal.count < ErrorMessage.longest { refusal.append(contentsOf: bytes[range]) }
        case .end:
          let status = head?.status ?? 0
          guard status < 300 else {
            throw EngineError(.status(status, ErrorMessage(refusal).text), operation, host: host.description)
          }
          throw EngineError(.malformed("a proxy in between passes no streams"), operation, host: host.description)
        }
      }
    }
  }

  /// The next event; an empty `bytes` is the end of the stream.
  private func next(
    _ parser: inout ResponseParser, _ bytes: UnsafeRawBufferPointer, _ offset: inout Int, _ operation: String
  ) throws(EngineError) -> ResponseParser.Event? {
    do {
      return bytes.isEmpty ? try parser.finish() : try parser.next(bytes, from: &offset)
    } catch .noResponse {
      throw EngineError(.unreachable("the connection was closed"), operation, host: host.description)
    } catch {
      throw EngineError(.malformed("\(error.reason)"), operation, host: host.description)
    }
  }

  private func receive(
    into piece: UnsafeMutableRawBufferPointer, _ operation: String, _ patience: Patience
  ) async throws(EngineError) -> Int {
    do {
      while true {
        try await socket.readable(before: limit(patience))
        guard let count = try socket.receive(into: piece) else { continue }
        if count > 0 { hasAnswered = true }
        return count
      }
    } catch {
      throw Connection.error(error, operation, host)
    }
  }

  /// From the present, not from the turn's beginning: what this turn has computed is not the engine's silence.
  private func limit(_ patience: Patience) -> Instant { min(patience.deadline, .now + patience.silence) }

  private static func connect(
    to host: Host, on loop: EventLoop, resolver: Resolver, before deadline: Instant
  ) async throws(IOError) -> Socket {
    let addresses: [SocketAddress]
    switch host.endpoint {
    case .unix(let path): addresses = [try SocketAddress(unixPath: path)]
    case .tcp(let name, let port): addresses = try await resolver.resolve(name, port: port, before: deadline)
    }
    var last = IOError(.timedOut, "connect")
    for address in addresses {
      do {
        return try await Socket.connect(to: address, on: loop, before: deadline)
      } catch {
        last = error
      }
    }
    throw last
  }

  static func error(_ error: IOError, _ operation: String, _ host: Host) -> EngineError {
    let reason: EngineError.Reason
    switch (error.reason, host.endpoint) {
    case (.timedOut, _): reason = .timedOut
    case (.system(EACCES), .unix(let path)): reason = .permissionDenied(group: group(of: path))
    case (.system(let code), _): reason = .unreachable(String(cString: strerror(code)))
    default: reason = .unreachable(error.description)
    }
    return EngineError(reason, operation, host: host.description)
  }

  private static func group(of path: String) -> UInt32? {
    var status = stat()
    return stat(path, &status) == 0 ? status.st_gid : nil
  }
}
