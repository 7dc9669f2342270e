import Engine
import Testing

@Suite struct JSONArraySplitterTests {
  /// All elements of `pieces`, or the failure.
  private func split(_ pieces: [[UInt8]], maximum: Int = 1000) -> Result<[String], JSONArraySplitter.Failure> {
    var splitter = JSONArraySplitter(maximumElement: maximum)
    var elements: [String] = []
    do throws(JSONArraySplitter.Failure) {
      for piece in pieces {
        try piece.withUnsafeBufferPointer { buffer throws(JSONArraySplitter.Failure) in
          let bytes = UnsafeRawBufferPointer(buffer)
          var offset = 0
          while let element = try splitter.next(bytes, from: &offset) {
            switch element {
            case .inPiece(let range): elements.append(String(decoding: bytes[range], as: UTF8.self))
            case .carried: elements.append(String(decoding: splitter.carried, as: UTF8.self))
            }
          }
          #expect(offset == bytes.count)
        }
      }
      try splitter.finish()
    } catch {
      return .failure(error)
    }
    return .success(elements)
  }

  private static let documents: [(String, [String])] = [
    ("[]", []),
    (" [ ] \n", []),
    ("null", []),
    ("null\n", []),
    ("[{}]", ["{}"]),
    ("[{},{}]\n", ["{}", "{}"]),
    (#" [ {"a" : 1} , {"b":[1,{"c":[]}]}]"#, [#"{"a" : 1}"#, #"{"b":[1,{"c":[]}]}"#]),
    (#"[{"a":"]}{[,"},{"b":"x"}]"#, [#"{"a":"]}{[,"}"#, #"{"b":"x"}"#]),
    (
      #"[{"q":"\"}"},{"\\":"\\"},{"\\\"":"\u005d\\\\"}]"#,
      [#"{"q":"\"}"}"#, #"{"\\":"\\"}"#, #"{"\\\"":"\u005d\\\\"}"#]
    ),
    (
      #"[{"name":"длинное имя, das über acht Bytes geht 🐳"}]"#, [#"{"name":"длинное имя, das über acht Bytes geht 🐳"}"#]
    ),
    (
      #"[{"Env":["A=1234567890","B={\"x\":[1,2]}"],"Slot":1,"Long":"0123456789abcdef0123456789abcdef"},{"n":-1.5e3}]"#,
      [
        #"{"Env":["A=1234567890","B={\"x\":[1,2]}"],"Slot":1,"Long":"0123456789abcdef0123456789abcdef"}"#,
        #"{"n":-1.5e3}"#,
      ]
    ),
  ]

  @Test(arguments: documents)
  func `elements are found wherever a piece ends`(_ document: String, _ elements: [String]) {
    let bytes = Array(document.utf8)
    #expect(split([bytes]) == .success(elements))
    for first in 0...bytes.count {
      for second in first...bytes.count {
        let pieces = [Array(bytes[..<first]), Array(bytes[first..<second]), Array(bytes[second...])]
        #expect(split(pieces) == .success(elements), "cut at \(first) and \(second)")
      }
    }
    #expect(split(bytes.map { [$0] }) == .success(elements), "byte by byte")
  }

  @Test(arguments: documents)
  func `an array that is not complete is told`(_ document: String, _ elements: [String]) {
    let bytes = Array(document.utf8)
    guard let end = bytes.lastIndex(where: { $0 == UInt8(ascii: "]") || $0 == UInt8(ascii: "l") }) else { return }
    for length in 0..<end { #expect(split([Array(bytes[..<length])]) == .failure(.truncated)) }
  }

  @Test(arguments: [
    "{}", "1", "\"[]\"", "[1]", "[\"a\"]", "[null]", "[[]]", "[,]", "[{},]", "[{} {}]", "[{}{}]", "[]]", "[] []",
    "nul1",
    "nulll", "<html>", "[{}}", "]",
  ])
  func `what is no array of objects is refused`(_ document: String) {
    #expect(split([Array(document.utf8)]) == .failure(.malformed))
    #expect(split(document.utf8.map { [$0] }) == .failure(.malformed))
  }

  @Test func `an element may be as large as the limit and no larger`() {
    let element = "{\"a\":\"" + String(repeating: "x", count: 92) + "\"}"
    #expect(element.utf8.count == 100)
    let bytes = Array("[\(element)]".utf8)
    #expect(split([bytes], maximum: 100) == .success([element]))
    #expect(split([bytes], maximum: 99) == .failure(.elementTooLarge))
    #expect(split(bytes.map { [$0] }, maximum: 100) == .success([element]))
    #expect(split(bytes.map { [$0] }, maximum: 99) == .failure(.elementTooLarge))
  }

  @Test func `an element that never ends is refused at the limit`() {
    #expect(
      split([Array("[{\"a\":\"".utf8)] + Array(repeating: Array("xxxxxxxxxx".utf8), count: 20), maximum: 50)
        == .failure(.elementTooLarge))
  }
}
