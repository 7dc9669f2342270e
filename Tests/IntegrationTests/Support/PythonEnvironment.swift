/// The virtual environment with what the tests need from PyPI, made when it is first asked for.
enum PythonEnvironment {
  /// The absolute path of a program in it.
  static func program(_ name: String) throws -> String {
    "\(try directory.get())/bin/\(name)"
  }

  private static let directory = Result {
    // What the packages need of the network takes as long as it takes.
    try Subprocess.run(["\(Tool.packageDirectory)/scripts/python-environment"], within: .seconds(700))
    return "\(Tool.packageDirectory)/.build/python"
  }
}
