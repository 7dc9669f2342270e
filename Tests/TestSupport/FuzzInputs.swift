import Foundation

/// The files of a fuzz target: its seeds in `Fuzzing/Corpus/TARGET/`, its failures in `Fuzzing/FailCases/` with its name
/// in front.
package func fuzzInputs(_ target: String) throws -> [(name: String, bytes: [UInt8])] {
  let folder = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().appending(path: "Fuzzing")
  let seeds = folder.appending(path: "Corpus").appending(path: target)
  let failures = folder.appending(path: "FailCases")
  let manager = FileManager.default
  let files =
    try manager.contentsOfDirectory(at: seeds, includingPropertiesForKeys: nil)
    + manager.contentsOfDirectory(at: failures, includingPropertiesForKeys: nil)
    .filter { $0.lastPathComponent.hasPrefix(target + "-") }
  return try files.map { ($0.lastPathComponent, Array(try Data(contentsOf: $0))) }
}
