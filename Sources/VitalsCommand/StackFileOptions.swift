import ArgumentParser
import FoundationEssentials
import Operations

/// The stack files that a command is about.
struct StackFileOptions: ParsableArguments, Sendable {
  static let standard = "docker-compose.swarm.yml"

  @Option(
    name: [.customShort("c"), .customLong("compose-file")],
    help: .init(
      "A stack file; each further one overrides those before. (VITALS_STACK_FILE) (default: \(standard))",
      valueName: "file"))
  var files: [String] = []

  @Option(
    help: .init(
      "The stack's name. (VITALS_STACK) (default: what the file has as name:, or in x-vitals)", valueName: "name"))
  var stack: String?

  func load() throws(OperationError) -> StackFile { try StackFile.load(files) }

  /// The stack's name.
  ///
  /// - Throws: `usage` where nobody has given one, or where it is none.
  func name(of file: StackFile) throws(OperationError) -> String {
    guard let name = stack ?? variable("VITALS_STACK") ?? file.name else {
      throw OperationError(
        .usage, "the stack has no name",
        advice: "Write x-vitals: {name: ...} at the top of the file, or give --stack or VITALS_STACK.")
    }
    guard name.utf8.allSatisfy({ StackFileOptions.isAllowed($0) }), name.first?.isLetter ?? false, name.count < 40
    else {
      throw OperationError(
        .usage, "\(name) is no name for a stack",
        advice: "Letters, digits, _ and - are allowed, a letter comes first, and 39 are the most.")
    }
    return name
  }

  private static func isAllowed(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
      true
    default: false
    }
  }
}

extension StackFile {
  /// Reads stack files, with this process' variables; without any, those of VITALS_STACK_FILE, or the standard one.
  ///
  /// - Parameter way: how the command takes their names.
  /// - Throws: `usage` where one can't be read, or says what nobody can work with.
  static func load(
    _ paths: [String], naming way: String = "with --compose-file"
  ) throws(OperationError) -> StackFile {
    var paths = paths
    if paths.isEmpty {
      // Several are separated as in COMPOSE_FILE.
      paths = (variable("VITALS_STACK_FILE") ?? "").split(separator: ":").map(String.init)
    }
    if paths.isEmpty { paths = [StackFileOptions.standard] }
    var sources: [Source] = []
    for path in paths {
      guard let data = FileManager.default.contents(atPath: path) else {
        throw OperationError(
          .usage, "\(path) can't be read", advice: "Name the stack file \(way) or by VITALS_STACK_FILE.")
      }
      guard let text = String(validating: data, as: UTF8.self) else {
        throw OperationError(.usage, "\(path) is no text in UTF-8")
      }
      sources.append(Source(path: path, text: text))
    }
    return try StackFile(sources, variables: environment(), directory: FileManager.default.currentDirectoryPath) {
      path in
      FileManager.default.contents(atPath: path).map { [UInt8]($0) }
    }
  }
}
