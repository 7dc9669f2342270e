import Foundation

/// Chromium, driven by the scripts in Tests/Browser.
enum Browser {
  /// Where the pictures are left that the last run took.
  static let pictures = "\(Tool.packageDirectory)/.build/screenshots"

  /// Looks at pages in both colour schemes and two sizes, and takes pictures of them.
  static func look(at pages: [(name: String, vitals: VitalsProcess)]) throws {
    try FileManager.default.createDirectory(atPath: pictures, withIntermediateDirectories: true)
    try run("look.py", [pictures] + pages.map { "\($0.name)=http://\($0.vitals.address)/" })
  }

  /// Uses a page as people do, and logs in at another.
  static func use(_ vitals: VitalsProcess, authorized: VitalsProcess, token: String) throws {
    try run("use.py", ["http://\(vitals.address)/", "http://\(authorized.address)/", token])
  }

  private static func run(_ script: String, _ arguments: [String]) throws {
    let command = [try PythonEnvironment.program("python"), "\(Tool.packageDirectory)/Tests/Browser/\(script)"]
    try Subprocess.run(command + arguments, within: .seconds(180))
  }
}
