import Glibc
import Vitals

/// The process' environment variables.
func environment() -> [String: String] {
  var variables: [String: String] = [:]
  var entry = environ
  while let text = entry.pointee {
    let pair = String(cString: text).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    if pair.count == 2 { variables[String(pair[0])] = String(pair[1]) }
    entry += 1
  }
  return variables
}

/// Writes a line to standard error.
func complain(_ line: String) {
  let bytes = Array("\(line)\n".utf8)
  _ = bytes.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
}

/// What proves that somebody may see details: VITALS_TOKEN, or what the file has that VITALS_TOKEN_FILE names.
func vitalsToken() -> String? {
  let variables = environment()
  if let token = variables["VITALS_TOKEN"], !token.isEmpty { return token }
  guard let path = variables["VITALS_TOKEN_FILE"], let text = readFile(path, limit: 1 << 16) else { return nil }
  let token = text.prefix { $0 != "\n" && $0 != "\r\n" }
  return token.isEmpty ? nil : String(token)
}
