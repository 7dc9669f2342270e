import Testing

@testable import Operations

/// A stack from texts, as if they were files.
func stack(
  _ texts: String..., variables: [String: String] = [:], files: [String: String] = [:]
) throws -> StackFile {
  let sources = texts.enumerated().map {
    StackFile.Source(path: $0 == 0 ? "stack.yml" : "override\($0).yml", text: $1)
  }
  return try StackFile(sources, variables: variables, directory: "/srv") { files[$0].map { Array($0.utf8) } }
}

/// What reading a stack complains of.
func complaint(
  _ texts: String..., variables: [String: String] = [:], files: [String: String] = [:]
) -> OperationError? {
  let sources = texts.enumerated().map {
    StackFile.Source(path: $0 == 0 ? "stack.yml" : "override\($0).yml", text: $1)
  }
  do {
    _ = try StackFile(sources, variables: variables, directory: "/srv") { files[$0].map { Array($0.utf8) } }
    return nil
  } catch {
    return error
  }
}
