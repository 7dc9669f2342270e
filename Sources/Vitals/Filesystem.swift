import EventLoop
import Glibc

/// The space of a filesystem, by statvfs(3).
struct Filesystem: Equatable, Sendable {
  var mount: MountTable.Mount
  /// In bytes.
  var size: Double
  /// With what is kept for root.
  var free: Double
  /// What other users may take.
  var available: Double
  /// Inodes.
  var files: Double
  var filesFree: Double

  /// Asks about the filesystem that `path` is on.
  ///
  /// It blocks for as long as that filesystem does, which may be for ever where a server has gone.
  static func read(_ path: String) -> Result<Filesystem, IOError> {
    guard let resolved = realpath(path, nil) else { return .failure(IOError(.system(errno), "look up \(path)")) }
    defer { Glibc.free(resolved) }
    var usage = statvfs()
    guard statvfs(resolved, &usage) == 0 else { return .failure(IOError(.system(errno), "statvfs \(path)")) }
    let table = MountTable(readFile("/proc/self/mountinfo") ?? "")
    guard let mount = table.mount(containing: String(cString: resolved)) else {
      return .failure(IOError(.system(ENOENT), "find the mount of \(path)"))
    }
    let block = Double(usage.f_frsize)
    return .success(
      Filesystem(
        mount: mount, size: Double(usage.f_blocks) * block, free: Double(usage.f_bfree) * block,
        available: Double(usage.f_bavail) * block, files: Double(usage.f_files), filesFree: Double(usage.f_ffree)))
  }
}
