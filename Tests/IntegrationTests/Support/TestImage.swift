import Foundation

/// The image that services of the tests run: a shell and a few programs of this machine, no registry needed.
enum TestImage {
  static let name = "vitals-test:1"

  private static let programs = ["sh", "sleep", "cat", "dd", "echo", "touch", "rm", "ls", "mkdir", "date", "env", "id"]

  /// Imports the image. The same archive on all engines of a run.
  static func load(into engine: DockerEngine) throws {
    try engine.importImage(archive.get(), as: name, changes: keepsRunning)
  }

  /// Imports an image that holds programs of this machine with the libraries that they need, and nothing else.
  ///
  /// - Parameter changes: instructions of a Dockerfile that set metadata, such as `CMD` and `HEALTHCHECK`.
  static func load(_ programs: [String], as name: String, into engine: DockerEngine, changes: [String] = []) throws {
    let file = try pack(programs)
    defer { Scratch.remove(file) }
    try engine.importImage(file, as: name, changes: keepsRunning + changes)
  }

  /// The image's archive, for `docker import`.
  static let archive = Result { try pack(programs.map(Tool.path)) }

  private static let keepsRunning = ["CMD [\"sleep\", \"infinity\"]"]

  private static func pack(_ programs: [String]) throws -> String {
    let directory = try Scratch.directory("image")
    try Subprocess.run(["\(Tool.packageDirectory)/scripts/closure", directory] + programs)
    try Subprocess.run(["mkdir", "-p", "-m", "1777", "\(directory)/tmp"])
    try Subprocess.run(["tar", "-C", directory, "-cf", "\(directory).tar", "."])
    Scratch.remove(directory)
    return "\(directory).tar"
  }
}
