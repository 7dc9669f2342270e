import Foundation
import Glibc

/// Loopback ports on which nobody listens.
///
/// They are below the kernel's range for outgoing connections, so that a server that starts a moment later, or again,
/// finds its port still free, and none is handed out twice in a run.
package enum FreePort {
  private static let range: Range<UInt16> = 10_000..<30_000
  private static let lock = NSLock()
  private nonisolated(unsafe) static var last = UInt16.random(in: range)

  /// The next one.
  ///
  /// - Throws: `NoneLeft`.
  package static func next() throws -> UInt16 {
    try lock.withLock {
      for _ in 0..<2_000 {
        last = range.contains(last + 1) ? last + 1 : range.lowerBound
        if isFree(last) { return last }
      }
      throw NoneLeft()
    }
  }

  /// The machine has no port left for tests.
  package struct NoneLeft: Error {}

  private static func isFree(_ port: UInt16) -> Bool {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    return withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
  }
}
