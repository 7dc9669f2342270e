import Foundation
import Glibc

/// Loopback ports on which nobody listens.
///
/// They are below the kernel's range for outgoing connections, so that a server that starts a moment later, or again,
/// finds its port still free, and none is handed out twice in a run. Runs beside each other have different ones.
package enum FreePort {
  private static let range: Range<UInt16> = 10_000..<30_000
  /// This run's ports: those after one that it keeps to itself until it ends.
  private static let block: Range<UInt16> = {
    let starts = stride(from: range.lowerBound, to: range.upperBound, by: 1000).shuffled()
    return starts.first { bind($0) != nil }.map { ($0 + 1)..<($0 + 1000) } ?? 0..<0
  }()
  private static let lock = NSLock()
  private nonisolated(unsafe) static var used = 0

  /// The next one.
  ///
  /// - Throws: `NoneLeft`.
  package static func next() throws -> UInt16 {
    try lock.withLock {
      for _ in block {
        let port = block.lowerBound + UInt16(used % block.count)
        used += 1
        if let descriptor = bind(port) {
          close(descriptor)
          return port
        }
      }
      throw NoneLeft()
    }
  }

  /// The machine has no port left for tests.
  package struct NoneLeft: Error {}

  /// Takes a port; nil where somebody has it.
  private static func bind(_ port: UInt16) -> Int32? {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    let result = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard result == 0 else {
      close(descriptor)
      return nil
    }
    return descriptor
  }
}
