/// The variables of a service: those of its `env_file`s, and over them those of `environment`.
enum StackEnvironment {
  /// The variables as one mapping, nil where there are none.
  ///
  /// A name without a value takes that of whoever deploys, and stays without one where there is none.
  static func whole(
    of service: StackNode, variables: [String: String], directory: String, readFile: (String) -> [UInt8]?,
    _ problems: inout [StackProblem]
  ) -> StackNode? {
    let files = service["env_file"].map { $0.elements.isEmpty ? [$0] : $0.elements } ?? []
    guard !files.isEmpty || service["environment"] != nil else { return nil }
    var result = StackNode(.mapping([]), at: service["environment"]?.position ?? service.position)
    for file in files {
      guard let path = file.text else { continue }
      guard let bytes = readFile(StackPath.absolute(path, in: directory)) else {
        problems.append(
          StackProblem(
            at: file.position, "there is no env_file \(path)", advice: "Paths begin at the first file's directory."))
        continue
      }
      for (name, value) in pairs(String(decoding: bytes, as: UTF8.self)) {
        result[name] = value.map { .text($0, at: file.position) } ?? StackNode(.null, at: file.position)
      }
    }
    for entry in service["environment"]?.entries ?? [] { result[entry.key] = entry.value }
    result.value = .mapping(
      result.entries.map { entry in
        guard entry.value.value == .null, let value = variables[entry.key] else { return entry }
        return StackEntry(key: entry.key, position: entry.position, value: .text(value, at: entry.position))
      })
    return result
  }

  /// The lines `NAME=value` and `NAME` of a file; quotes are part of a value, as Docker has it.
  private static func pairs(_ text: String) -> [(String, String?)] {
    text.split(whereSeparator: \.isNewline).compactMap { line in
      let line = line.drop { $0 == " " || $0 == "\t" }
      guard !line.isEmpty, line.first != "#" else { return nil }
      let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      return (String(parts[0]), parts.count == 2 ? String(parts[1]) : nil)
    }
  }
}
