import Glibc

/// Where the operator's changes are written down: a file of JSON lines on the machine that the command ran on.
struct AuditLog {
  let path: String

  /// VITALS_AUDIT_LOG; else /var/log/vitals/audit.log for root and a file below the user's home for others.
  static var standard: AuditLog {
    if let path = variable("VITALS_AUDIT_LOG") { return AuditLog(path: path) }
    if getuid() == 0 { return AuditLog(path: "/var/log/vitals/audit.log") }
    let state = variable("XDG_STATE_HOME") ?? "\(variable("HOME") ?? "/tmp")/.local/state"
    return AuditLog(path: "\(state)/vitals/audit.log")
  }

  /// Adds a line, in one write, so that lines of several commands do not mix.
  ///
  /// - Returns: why it could not, nil where it could.
  func append(_ line: String) -> String? {
    var parent = ""
    for component in path.split(separator: "/").dropLast() {
      parent += "/\(component)"
      mkdir(path.hasPrefix("/") ? parent : String(parent.dropFirst()), 0o755)
    }
    let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o640)
    guard descriptor >= 0 else { return "no line in the audit log \(path): \(String(cString: strerror(errno)))" }
    defer { close(descriptor) }
    let bytes = Array("\(line)\n".utf8)
    guard bytes.withUnsafeBytes({ write(descriptor, $0.baseAddress, $0.count) }) == bytes.count else {
      return "no line in the audit log \(path): \(String(cString: strerror(errno)))"
    }
    return nil
  }
}
