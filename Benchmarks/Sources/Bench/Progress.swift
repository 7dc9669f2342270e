import Foundation

/// One line on standard error: what is being done.
func progress(_ line: String) {
  FileHandle.standardError.write(Data("bench: \(line)\n".utf8))
}
