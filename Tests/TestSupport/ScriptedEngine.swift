package import EventLoop
import Foundation

/// A peer on a unix socket that answers each request as a test says. It lives on the loop of the client that it serves.
package final class ScriptedEngine: @unchecked Sendable {
  package enum Answer: Sendable {
    case json(String)
    case status(Int, String)
    /// Bytes as they are, then the next request.
    case raw(String)
    /// Bytes as they are, then the end of the connection.
    case rawThenClose(String)
    /// Bytes as they are, then nothing.
    case rawThenSilence(String)
    /// A 200 after a while.
    case late(Duration, String)
    /// Nothing, for as long as the client waits.
    case silence
    /// The end of the connection, before a byte of an answer.
    case close
    /// A 200 whose body comes in pieces of a chunked coding.
    case chunks([String])
  }

  /// `GET /v1.41/nodes`, without the query.
  package private(set) var requests: [String] = []
  /// The same with the query, percent-decoded.
  package private(set) var targets: [String] = []
  package private(set) var connections = 0
  package let path: String
  private let listener: Listener
  private let loop: EventLoop
  private let answer: (String) -> Answer

  /// Serves until the loop ends. `answer` gets a request as in `targets`.
  package init(on loop: EventLoop, _ answer: @escaping (String) -> Answer) throws {
    path = NSTemporaryDirectory() + "engine-\(UUID().uuidString.prefix(8)).sock"
    listener = try Listener(on: SocketAddress(unixPath: path), loop: loop)
    self.loop = loop
    self.answer = answer
    loop.spawn { [self] in
      while let socket = try? await listener.accept() {
        connections += 1
        loop.spawn { try? await self.serve(socket) }
      }
    }
  }

  package func close() { listener.close() }

  private func serve(_ socket: Socket) async throws {
    defer { socket.close() }
    var received: [UInt8] = []
    while true {
      while let end = received.firstRange(of: Array("\r\n\r\n".utf8)) {
        let head = String(decoding: received[..<end.lowerBound], as: UTF8.self)
        received.removeSubrange(..<end.upperBound)
        // What a request brings with it counts for nothing here.
        let length = head.split(separator: "\r\n").first { $0.lowercased().hasPrefix("content-length: ") }
        let bodySize = length.flatMap { Int($0.dropFirst("content-length: ".count)) } ?? 0
        while received.count < bodySize {
          guard try await socket.receive(appendingTo: &received, limit: 4096, before: .distantFuture) else { return }
        }
        received.removeFirst(bodySize)
        let target = head.prefix { $0 != "\r\n" }.dropLast(" HTTP/1.1".count).removingPercentEncoding ?? ""
        requests.append(String(target.prefix { $0 != "?" }))
        targets.append(target)
        guard try await send(answer(target), isHead: target.hasPrefix("HEAD"), to: socket) else { return }
      }
      guard try await socket.receive(appendingTo: &received, limit: 4096, before: .distantFuture) else { return }
    }
  }

  /// Returns whether the connection goes on.
  private func send(_ answer: Answer, isHead: Bool, to socket: Socket) async throws -> Bool {
    func write(_ text: String) async throws { try await socket.sendAll(Array(text.utf8), before: .distantFuture) }
    switch answer {
    case .json(let body):
      try await write("HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(isHead ? "" : body)")
    case .status(let code, let body):
      try await write("HTTP/1.1 \(code) X\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(isHead ? "" : body)")
    case .raw(let text): try await write(text)
    case .rawThenClose(let text):
      try await write(text)
      return false
    case .late(let delay, let body):
      await loop.sleep(until: .now + delay)
      try await write("HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
    case .rawThenSilence(let text):
      try await write(text)
      await loop.sleep(until: .now + .seconds(60))
    case .silence: await loop.sleep(until: .now + .seconds(60))
    case .close: return false
    case .chunks(let pieces):
      try await write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
      for piece in pieces where !piece.isEmpty {
        try await write(String(piece.utf8.count, radix: 16) + "\r\n\(piece)\r\n")
        await Task.yield()
      }
      try await write("0\r\n\r\n")
    }
    return true
  }
}

extension ScriptedEngine.Answer {
  /// The answer to a ping, with the fields given.
  package static func pong(_ fields: String...) -> ScriptedEngine.Answer {
    .raw("HTTP/1.1 200 OK\r\n" + fields.map { $0 + "\r\n" }.joined() + "Content-Length: 0\r\n\r\n")
  }

  /// An engine's refusal.
  package static func refusal(_ code: Int, _ message: String) -> ScriptedEngine.Answer {
    .status(code, "{\"message\":\"\(message)\"}\n")
  }
}
