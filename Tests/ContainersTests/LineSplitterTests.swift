import Testing

@testable import Containers

@Suite struct LineSplitterTests {
  private func lines(_ pieces: [String], longest: Int = 100) -> [String] {
    var splitter = LineSplitter(longest: longest)
    var lines: [String] = []
    for piece in pieces {
      Array(piece.utf8).withUnsafeBytes { bytes in
        splitter.append(bytes) { lines.append(String(decoding: $0, as: UTF8.self)) }
      }
    }
    return lines
  }

  @Test func `lines are found wherever the text is cut`() {
    let text = "first\n\nthird line\nbegun"
    for first in 0...text.count {
      for second in first...text.count {
        let characters = Array(text)
        let pieces = [characters[..<first], characters[first..<second], characters[second...]].map { String($0) }
        #expect(lines(pieces) == ["first", "", "third line"], "cut at \(first) and \(second)")
      }
    }
  }

  @Test func `a line that is too long is left out, and the next is found`() {
    #expect(lines(["12345\n123456\n12345\n"], longest: 5) == ["12345", "12345"])
    #expect(lines(["123", "456", "789\n12", "345\n"], longest: 5) == ["12345"])
  }
}
