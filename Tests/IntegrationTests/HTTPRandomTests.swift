import Foundation
import Testing

/// Bytes that no client would send. The generator is seeded: a failure comes back.
@Suite(.timeLimit(.minutes(1)))
struct HTTPRandomTests {
  @Test func `2000 malformed requests neither crash the service nor leak a descriptor`() async throws {
    try await onThread {
      let service = try VitalsProcess(serve: [])
      defer { service.kill() }
      let descriptors = try service.restingDescriptorCount()
      var random = Random(state: 20_240_229)
      var statuses: [Int: Int] = [:]
      for index in 0..<2000 {
        let bytes = Mutation.request(&random)
        let socket = try service.connect()
        // In up to three pieces; the peer may have had enough after the first.
        let cut = bytes.isEmpty ? 0 : Int.random(in: 0..<bytes.count, using: &random)
        guard (try? socket.send(Array(bytes[..<cut]))) != nil, (try? socket.send(Array(bytes[cut...]))) != nil else {
          socket.close()
          continue
        }
        if index % 10 == 0 {
          socket.reset()
          continue
        }
        socket.finishSending()
        // Answers, whole ones, and the end: nothing else may come back.
        var rest = try socket.readToEnd()
        while !rest.isEmpty {
          guard let (answer, size) = try HTTPResponse.parse(rest, toHead: true, atEnd: true) else {
            Issue.record(
              "no answer: \(String(decoding: rest, as: UTF8.self)) to \(String(decoding: bytes, as: UTF8.self))")
            break
          }
          statuses[answer.status, default: 0] += 1
          #expect(answer["cache-control"] == "no-store")
          // Whether it answers HEAD is not known here: then the next byte is of the next answer or there is none.
          rest.removeFirst(size)
          let length = Int(answer["content-length"] ?? "0") ?? 0
          if !rest.starts(with: Array("HTTP/1.".utf8)), !rest.isEmpty { rest.removeFirst(min(length, rest.count)) }
        }
      }
      print("answers to random requests: \(statuses.sorted { $0.key < $1.key })")
      #expect(service.exit == nil)
      #expect(try service.get("/readyz").status == 200)
      try eventually("as many descriptors as before") { service.descriptorCount == descriptors }
      // Some were well-formed after all, most not, and none was our own fault.
      #expect((statuses[400] ?? 0) > 500 && (statuses[200] ?? 0) > 10)
      #expect(statuses.keys.allSatisfy { [200, 204, 400, 404, 405, 413, 414, 417, 431, 501, 505].contains($0) })
    }
  }
}

/// SplitMix64.
private struct Random: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

/// Requests put together from pieces that parsers stumble over, then damaged.
private enum Mutation {
  private static let pieces = [
    "GET ", "HEAD ", "OPTIONS ", "POST ", "/", "/livez", "/metrics", "*", "http://x/", "?name[]=", "%", "%00", "%41",
    " HTTP/1.1", " HTTP/1.0", " HTTP/2.0", "\r\n", "\r\n", "\n", "\r", " ", "\t", ":", "Host: x\r\n", "Host:\r\n",
    "Content-Length: 3\r\n", "Content-Length: -1\r\n", "Content-Length: 18446744073709551616\r\n",
    "Transfer-Encoding: chunked\r\n", "Connection: close\r\n", "Expect: 100-continue\r\n", "Accept: ", "text/plain;q=",
    "0.5", ",", ";", "\"", "\\", "0\r\n\r\n", "ffffffffffffffff\r\n", "5;x=\"\r\n\"\r\n", "\u{0}", "\u{7F}",
    "Accept-Encoding: gzip\r\n", "\r\n\r\n",
  ]

  static func request(_ random: inout Random) -> [UInt8] {
    var bytes: [UInt8] = []
    switch Int.random(in: 0..<4, using: &random) {
    case 0:
      for _ in 0..<Int.random(in: 1...400, using: &random) { bytes.append(.random(in: 0...255, using: &random)) }
    case 1:
      for _ in 0..<Int.random(in: 1...30, using: &random) {
        bytes += pieces.randomElement(using: &random)?.utf8 ?? "".utf8
      }
    default:
      // A good request, or several.
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        let method = ["GET", "HEAD", "OPTIONS", "POST"].randomElement(using: &random) ?? "GET"
        bytes += "\(method) /health/live?a=%41 HTTP/1.1\r\nHost: x\r\nAccept: text/plain;q=0.5, */*\r\n".utf8
        bytes += "Transfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n0\r\nT: v\r\n\r\n".utf8
      }
    }
    for _ in 0..<Int.random(in: 0...4, using: &random) where !bytes.isEmpty {
      let place = Int.random(in: 0..<bytes.count, using: &random)
      switch Int.random(in: 0..<4, using: &random) {
      case 0: bytes[place] = .random(in: 0...255, using: &random)
      case 1: bytes.remove(at: place)
      case 2: bytes.insert(contentsOf: pieces.randomElement(using: &random)?.utf8 ?? "".utf8, at: place)
      default:
        let size = [1, 100, 9000, 20_000].randomElement(using: &random) ?? 1
        bytes.insert(contentsOf: repeatElement(bytes[place], count: size), at: place)
      }
    }
    return bytes
  }
}
