import Engine
import Testing

struct FramesTests {
  private func frame(_ source: UInt8, _ text: String) -> [UInt8] {
    let count = text.utf8.count
    return [source, 0, 0, 0, UInt8(count >> 24), UInt8(count >> 16 & 255), UInt8(count >> 8 & 255), UInt8(count & 255)]
      + Array(text.utf8)
  }

  /// What comes of `bytes` in pieces of `size`: the output of each source.
  private func output(_ bytes: [UInt8], inPiecesOf size: Int) throws -> (text: [Frames.Source: String], whole: Bool) {
    var frames = Frames()
    var collected: [Frames.Source: [UInt8]] = [:]
    for start in stride(from: 0, to: bytes.count, by: size) {
      try Array(bytes[start..<min(start + size, bytes.count)]).withUnsafeBytes { piece in
        var offset = 0
        while let (source, range) = try frames.next(piece, from: &offset) {
          collected[source, default: []] += piece[range]
        }
        #expect(offset == piece.count)
      }
    }
    return (collected.mapValues { String(decoding: $0, as: UTF8.self) }, frames.isComplete)
  }

  @Test(arguments: [1, 2, 3, 7, 8, 9, 11, 100_000])
  func `frames are taken apart however they arrive`(size: Int) throws {
    let long = String(repeating: "äöü", count: 20_000)
    let bytes = frame(1, "one\n") + frame(2, "warning\n") + frame(1, "") + frame(1, long) + frame(3, "gone")
    let (text, isWhole) = try output(bytes, inPiecesOf: size)
    #expect(text == [.stdout: "one\n" + long, .stderr: "warning\n", .engine: "gone"])
    #expect(isWhole)
  }

  @Test(arguments: [1, 7, 8, 11])
  func `a stream that ends within a frame is not complete`(count: Int) throws {
    #expect(try output(Array(frame(1, "text").prefix(count)), inPiecesOf: 3).whole == false)
  }

  @Test(arguments: ["plain text", "\u{4}\0\0\0\0\0\0\0", "\u{1}\u{1}\0\0\0\0\0\0"])
  func `what has no header is refused`(text: String) {
    #expect(throws: Frames.Malformed.self) { try output(Array(text.utf8), inPiecesOf: 100) }
  }
}
