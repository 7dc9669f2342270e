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

/// An environment variable; nil where it is empty or not set.
func variable(_ name: String) -> String? { environment()[name].flatMap { $0.isEmpty ? nil : $0 } }

/// Writes a line to standard error.
func complain(_ line: String) { writeError("\(line)\n") }

/// Writes to standard error, past the C library's buffers.
func writeError(_ text: String) {
  let bytes = Array(text.utf8)
  _ = bytes.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
}

/// What proves that somebody may see details: VITALS_TOKEN, or what the file has that VITALS_TOKEN_FILE names.
func vitalsToken() -> String? {
  if let token = variable("VITALS_TOKEN") { return token }
  guard let path = variable("VITALS_TOKEN_FILE"), let text = readFile(path, limit: 1 << 16) else { return nil }
  let token = text.prefix { $0 != "\n" && $0 != "\r\n" }
  return token.isEmpty ? nil : String(token)
}
