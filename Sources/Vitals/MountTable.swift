/// The mounts that a process sees, as `/proc/self/mountinfo` lists them (proc(5)).
struct MountTable: Sendable {
  /// A filesystem and where it is mounted.
  struct Mount: Equatable, Sendable {
    /// What is mounted: a device's path, `overlay`, `server:/share`.
    var device: String
    /// `ext4`, `overlay`, `nfs4`.
    var type: String
    var point: String
    /// Whether the filesystem itself takes no writes.
    ///
    /// A mount that takes none, as Docker makes them of one that does, does not count.
    var isReadOnly: Bool
  }

  private let mounts: [Mount]

  /// Reads the file's text; a line that is none of its kind is left out.
  init(_ text: String) { mounts = text.split(separator: "\n").compactMap(Mount.init) }

  /// The mount that an absolute path without symbolic links leads to.
  func mount(containing path: String) -> Mount? {
    var found: Mount?
    for mount in mounts where path.isBelow(mount.point) {
      // Of two at the same point, the later one hides the other.
      if mount.point.utf8.count >= found?.point.utf8.count ?? 0 { found = mount }
    }
    return found
  }
}

extension MountTable.Mount {
  /// Reads `36 35 98:0 / /mnt rw,noatime master:1 - ext3 /dev/root rw,errors=continue`, where any number of fields stand
  /// before the lone hyphen.
  fileprivate init?(_ line: Substring) {
    let fields = line.split(separator: " ", omittingEmptySubsequences: false)
    guard let hyphen = fields.dropFirst(6).firstIndex(of: "-"), hyphen + 3 < fields.count else { return nil }
    point = Self.unescape(fields[4])
    type = Self.unescape(fields[hyphen + 1])
    device = Self.unescape(fields[hyphen + 2])
    isReadOnly = fields[hyphen + 3].split(separator: ",").contains("ro")
  }

  /// Space, tab, line end and backslash are written as three octal digits.
  private static func unescape(_ text: Substring) -> String {
    guard text.contains("\\") else { return String(text) }
    var bytes: [UInt8] = []
    var rest = text.utf8
    while let byte = rest.popFirst() {
      let digits = rest.prefix(3)
      if byte == UInt8(ascii: "\\"), digits.count == 3, let code = UInt8(Substring(digits), radix: 8) {
        bytes.append(code)
        rest = rest.dropFirst(3)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}

extension String {
  /// Whether this is `directory` or something in it.
  fileprivate func isBelow(_ directory: String) -> Bool {
    self == directory || directory == "/" || hasPrefix(directory + "/")
  }
}
