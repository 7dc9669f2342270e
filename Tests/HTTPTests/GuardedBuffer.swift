import Glibc

/// Memory that ends at a page that may not be touched, so that reading one byte too many is a crash.
final class GuardedBuffer {
  private let memory: UnsafeMutableRawPointer
  private let capacity: Int
  private let pageSize = sysconf(Int32(_SC_PAGESIZE))

  init(capacity wanted: Int) {
    capacity = (wanted + pageSize - 1) / pageSize * pageSize
    let length = capacity + pageSize
    let mapped = mmap(nil, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let mapped, mapped != MAP_FAILED else { preconditionFailure("mmap failed: \(errno)") }
    memory = mapped
    guard mprotect(mapped + capacity, pageSize, PROT_NONE) == 0 else {
      preconditionFailure("mprotect failed: \(errno)")
    }
  }

  deinit {
    munmap(memory, capacity + pageSize)
  }

  /// These bytes, the last one right before the guard page. Valid until the next call.
  func place(_ bytes: some Collection<UInt8>) -> UnsafeRawBufferPointer {
    let target = UnsafeMutableRawBufferPointer(start: memory + (capacity - bytes.count), count: bytes.count)
    target.copyBytes(from: bytes)
    return UnsafeRawBufferPointer(target)
  }
}

/// Calls `body` with these bytes, the last one right before a guard page.
func atGuardPage<T>(_ bytes: [UInt8], _ body: (UnsafeRawBufferPointer) throws -> T) rethrows -> T {
  let memory = GuardedBuffer(capacity: bytes.count)
  return try withExtendedLifetime(memory) { try body(memory.place(bytes)) }
}
