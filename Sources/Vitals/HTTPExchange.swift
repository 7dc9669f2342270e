package import EventLoop
package import HTTP

/// One GET and its answer, on a connection that is closed afterwards.
package struct HTTPExchange {
  /// What came back.
  package struct Answer: Sendable {
    package var status: Int
    /// The first bytes of the body.
    package var body: [UInt8]
  }

  private let socket: Socket
  /// As much of a body as is kept, in bytes.
  private let bodyLimit: Int

  /// An exchange on a new connection, which stays the caller's to close.
  package init(_ socket: Socket, bodyLimit: Int = 4096) {
    self.socket = socket
    self.bodyLimit = bodyLimit
  }

  /// Asks for `target`.
  ///
  /// It returns once the answer is complete or more of its body has come than is kept.
  ///
  /// - Parameter host: the value of Host.
  /// - Throws: `IOError`, or `Rejection` where what came back is no HTTP response.
  package func get(_ target: String, host: String, fields: [Field], before deadline: Instant) async throws -> Answer {
    var request: [UInt8] = []
    let fields = FieldBlock(fields + [Field("Connection", "close")])
    RequestWriter.append(.get, target: target, host: host, fields: fields, to: &request)
    try await socket.sendAll(request, before: deadline)
    var parser = ResponseParser(to: .get)
    var answer = Answer(status: 0, body: [])
    var received: [UInt8] = []
    while true {
      received.removeAll(keepingCapacity: true)
      guard try await socket.receive(appendingTo: &received, limit: 4096, before: deadline) else {
        _ = try parser.finish()
        return answer
      }
      if try received.withUnsafeBytes({ try take($0, &parser, &answer) }) { return answer }
    }
  }

  /// True once nothing more is wanted.
  private func take(
    _ bytes: UnsafeRawBufferPointer, _ parser: inout ResponseParser, _ answer: inout Answer
  ) throws -> Bool {
    var offset = 0
    while let event = try parser.next(bytes, from: &offset) {
      switch event {
      case .head(let head): answer.status = head.status
      case .data(let range):
        answer.body += bytes[range].prefix(bodyLimit - answer.body.count)
        if answer.body.count == bodyLimit { return true }
      case .end: return true
      }
    }
    return false
  }
}

extension HTTPExchange {
  /// Asks a service of ours for `path`, and takes an answer of up to 4 MiB.
  ///
  /// - Parameters:
  ///   - url: `http://host[:port]`.
  ///   - token: what proves that details may be seen.
  /// - Throws: `Failure`.
  package static func get(
    _ path: String, from url: String, token: String?, on loop: EventLoop, before deadline: Instant
  ) async throws(Failure) -> Answer {
    do {
      let target = try HTTPCheck.Target(url)
      let socket = try await Resolver(on: loop).connect(
        to: target.host, port: target.port, on: loop, before: deadline)
      defer { socket.close() }
      let fields = Field.own("vitals", token: token)
      let prefix = target.path == "/" ? "" : target.path
      return try await HTTPExchange(socket, bodyLimit: 4 << 20)
        .get(prefix + path, host: target.authority, fields: fields, before: deadline)
    } catch let error as Rejection {
      throw Failure(description: "\(url) does not speak HTTP: \(error.reason)")
    } catch {
      throw Failure(description: "\(url): \(error)")
    }
  }

  /// Why there is no answer.
  package struct Failure: Error, CustomStringConvertible {
    package let description: String
  }
}

extension Field {
  /// What a client of ours sends.
  package static func own(_ agent: String, token: String?) -> [Field] {
    [Field("User-Agent", "\(agent)/\(Version.current)")]
      + (token.map { [Field("Authorization", "Bearer \($0)")] } ?? [])
  }
}
