import EventLoop
import Foundation
import TestSupport

@testable import Redis

/// A real server in a directory of its own, on a free port and a unix socket in that directory.
final class RedisServer: Sendable {
  let directory: String
  let port: UInt16
  private let settings: [String]
  private let holder: Holder

  /// The server that tests share which do not harm it.
  ///
  /// The default user needs no password; `keeper` has one, and `mute` may not even say PING.
  static let shared = Task {
    try await RedisServer(["user keeper on >s3cret +@all ~*", "user mute on >s3cret -@all +auth"])
  }

  /// Starts a server with the lines of `settings` in its file, and waits until it takes connections.
  init(_ settings: [String] = [], dump: String? = nil) async throws {
    self.settings = settings
    directory = "\(NSTemporaryDirectory())vitals-redis-\(UUID().uuidString.prefix(8))"
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
    if let dump { try FileManager.default.copyItem(atPath: dump, toPath: "\(directory)/dump.rdb") }
    let port = try FreePort.next()
    self.port = port
    let lines = [
      "port \(port)", "bind 127.0.0.1 -::1", "unixsocket \(directory)/socket", "dir \(directory)", "save \"\"",
    ]
    let file = "\(directory)/redis.conf"
    try (lines + settings + [""]).joined(separator: "\n").write(toFile: file, atomically: false, encoding: .utf8)
    holder = try Holder(running: "redis-server \(file) >\(directory)/log", removing: directory)
    try await onLoop { loop in
      let deadline = Instant.inSeconds(30)
      while true {
        do throws(IOError) {
          let address = try SocketAddress(literal: "127.0.0.1", port: port)
          return try await Socket.connect(to: address, on: loop, before: deadline).close()
        } catch {
          guard Instant.now < deadline else { throw error }
          await loop.sleep(until: .inSeconds(0.02))
        }
      }
    }
  }

  func connector(_ login: String = "", database: Int = 0, on loop: EventLoop) throws -> Connector {
    try Connector(RedisURL("redis://\(login)127.0.0.1:\(port)/\(database)"), on: loop, resolver: Resolver(on: loop))
  }

  func signal(_ signal: Int32) { kill(holder.pid, signal) }

  func stop() {
    signal(SIGKILL)
    holder.end()
  }
}
