import Foundation

/// Finds the programs that the testbed starts.
enum Tool {
  /// The package's own directory: where `scripts/` is.
  static let packageDirectory = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .path

  /// A script in `scripts/testbed`.
  static func script(_ name: String) -> String {
    "\(packageDirectory)/scripts/testbed/\(name)"
  }

  /// The absolute path of a program: searched in `PATH`, where Debian keeps servers, and where it keeps PostgreSQL's.
  static func path(_ name: String) throws -> String {
    if name.contains("/") { return name }
    let places = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init)
    for directory in places + ["/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/bin", "/bin"] + postgresDirectories {
      let path = "\(directory)/\(name)"
      if access(path, X_OK) == 0 { return path }
    }
    throw TestbedError("\(name) is not installed; scripts/install-dependencies test installs it")
  }

  /// Debian keeps initdb and postgres out of `PATH`; the newest version comes first.
  private static let postgresDirectories: [String] = {
    let root = "/usr/lib/postgresql"
    let versions = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
    return versions.compactMap(Int.init).sorted(by: >).map { "\(root)/\($0)/bin" }
  }()
}
