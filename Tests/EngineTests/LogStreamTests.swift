import Testing

@testable import Engine

struct LogDeframerTests {
  private static let stream: [UInt8] =
    [1, 0, 0, 0, 0, 0, 0, 3] + Array("ab\n".utf8) + [2, 0, 0, 0, 0, 0, 0, 0] + [2, 0, 0, 0, 0, 0, 1, 0]
    + [UInt8](repeating: UInt8(ascii: "x"), count: 256)
  private static let frames: [LogDeframer.Frame] = [
    .init(.stdout, Array("ab\n".utf8)), .init(.stderr, []),
    .init(.stderr, [UInt8](repeating: UInt8(ascii: "x"), count: 256)),
  ]

  private func cut(_ pieces: [ArraySlice<UInt8>]) throws -> [LogDeframer.Frame] {
    var deframer = LogDeframer()
    var frames: [LogDeframer.Frame] = []
    for piece in pieces {
      try Array(piece).withUnsafeBytes { bytes in
        var offset = 0
        while let frame = try deframer.next(bytes, from: &offset) { frames.append(frame) }
        #expect(offset == bytes.count)
      }
    }
    try deframer.finish()
    return frames
  }

  @Test func `frames are the same wherever the stream is cut`() throws {
    for split in 0...Self.stream.count {
      #expect(try cut([Self.stream[..<split], Self.stream[split...]]) == Self.frames)
    }
  }

  @Test func `frames are the same byte by byte`() throws {
    #expect(try cut(Self.stream.indices.map { Self.stream[$0...$0] }) == Self.frames)
  }

  @Test(arguments: [1, 7, 8, 10])
  func `a stream that ends within a frame is cut off`(length: Int) {
    #expect(throws: LogDeframer.Failure.truncated) { try cut([Self.stream[..<length]]) }
  }

  @Test(arguments: [
    ("a terminal's plain text", Array("hello world".utf8), LogDeframer.Failure.malformed),
    ("a stream that does not exist", [4, 0, 0, 0, 0, 0, 0, 1, 0], .malformed),
    ("zeros that are none", [1, 0, 1, 0, 0, 0, 0, 1, 0], .malformed),
    ("a line of two gigabytes", [1, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff], .tooLong),
  ])
  func `what is no frame is refused`(name: String, bytes: [UInt8], failure: LogDeframer.Failure) {
    #expect(throws: failure) { try cut([bytes[...]]) }
  }
}

struct LogLineTests {
  private static let time = "2026-11-23T08:37:04.514446537Z"

  @Test func `a line of a service tells when, on which node and in which task it was written`() {
    let details = "com.docker.swarm.node.id=n1,com.docker.swarm.service.id=s1,com.docker.swarm.task.id=t1"
    let line = LogLine(.stderr, Array("\(Self.time) \(details) two  words\n".utf8), hasDetails: true)
    #expect(line == LogLine(source: .stderr, time: Self.time, taskID: "t1", nodeID: "n1", text: "two  words"))
  }

  @Test(arguments: [
    ("\(time) plain\r\n", LogLine(source: .stdout, time: time, text: "plain")),
    ("\(time) \n", LogLine(source: .stdout, time: time, text: "")),
    ("no time\n", LogLine(source: .stdout, text: "no time")),
    ("", LogLine(source: .stdout, text: "")),
  ])
  func `a line of a container has no details`(payload: String, line: LogLine) {
    #expect(LogLine(.stdout, Array(payload.utf8), hasDetails: false) == line)
  }

  @Test func `what the engine says itself is taken as it is`() {
    let text = "Error grabbing logs: rpc error: code = Unknown desc = warning: incomplete log stream"
    #expect(LogLine(.engine, Array(text.utf8), hasDetails: true) == LogLine(source: .engine, text: text))
  }
}
