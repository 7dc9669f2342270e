import Foundation
import Metrics
import Testing

@Suite struct PromtoolTests {
  @Test func `promtool finds nothing to say`() throws {
    // Without its two known dislikes: a counter without _total, which only repeats another exporter's name, and no help.
    let families = sampler().filter { $0.name != "pg_stat_database_xact_commit" && $0.name != "load" }
    let odd = gauge("odd_values", .nan, ["v": "\u{0}\u{1}\u{7f}\r\n\t\"\\,}{= \u{FFFD}\u{1F600}"])
    let result = try promtool(page(families + [odd]))
    #expect(result.output == "")
    #expect(result.status == 0)
  }

  @Test func `promtool refuses what is wrong`() throws {
    #expect(try promtool("x{v=\"unclosed} 1\n").status != 0)
  }

  private func promtool(_ text: String) throws -> (status: Int32, output: String) {
    let process = Process()
    let (input, output) = (Pipe(), Pipe())
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["promtool", "check", "metrics"]
    process.standardInput = input
    process.standardOutput = output
    process.standardError = output
    try process.run()
    try input.fileHandleForWriting.write(contentsOf: Data(text.utf8))
    try input.fileHandleForWriting.close()
    let said = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: said, as: UTF8.self))
  }
}
