package import EventLoop

/// A stand-in for a server, on the test's own loop.
package struct Peer {
  package let port: UInt16
  private let listener: Listener

  /// Accepts connections only in the kernel: nobody reads or answers.
  package init(silentOn loop: EventLoop) throws {
    listener = try Listener(on: SocketAddress(literal: "127.0.0.1", port: 0), loop: loop)
    port = listener.address.port
  }

  /// Reads what comes first, answers every connection with `answer`, and closes it.
  package init(answering answer: String, on loop: EventLoop) throws {
    try self.init(silentOn: loop)
    loop.spawn { [listener] in
      while let socket = try? await listener.accept() {
        loop.spawn {
          var request: [UInt8] = []
          _ = try? await socket.receive(appendingTo: &request, limit: 1024, before: .inSeconds(10))
          try? await socket.sendAll(Array(answer.utf8), before: .inSeconds(10))
          socket.close()
        }
      }
    }
  }

  package func close() { listener.close() }

  /// A port on which nothing listens, as one was just closed.
  package static func closedPort(on loop: EventLoop) throws -> UInt16 {
    let peer = try Peer(silentOn: loop)
    peer.close()
    return peer.port
  }
}
