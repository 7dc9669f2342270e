import CZlib
import Metrics
import Testing

@Suite struct GzipTests {
  @Test(arguments: Format.allCases)
  func `finished and fresh parts make one gzip member`(format: Format) throws {
    let deflater = Deflater()
    let sections = [Section(many("swarm", 40)), Section(many("pg", 3))]
    // One of them is compressed already, the other is rendered only.
    var before: [UInt8] = []
    Exposition(sections: [sections[0]], families: []).render(format, into: &before, by: deflater)
    Exposition(sections: [sections[1]], families: []).render(format, into: &before)
    // The second round copies what the first has compressed.
    for round in 0..<2 {
      let page = Exposition(sections: sections, families: sampler() + [gauge("round", Double(round))])
      var (plain, zipped): ([UInt8], [UInt8]) = ([], [])
      page.render(format, into: &plain)
      page.render(format, into: &zipped, by: deflater)
      #expect(try gunzip(zipped) == plain)
      #expect(zipped.count < plain.count / 4)
    }
  }

  @Test func `a part that does not compress round-trips`() throws {
    var random = SystemRandomNumberGenerator()
    var family = Family("x", .gauge, help: "X.")
    for _ in 0..<5_000 {
      let value = String(decoding: (0..<40).map { _ in UInt8.random(in: 0...255, using: &random) }, as: UTF8.self)
      family.add(Double(bitPattern: random.next()), ["v": value])
    }
    let page = Exposition(sections: [], families: [family])
    var (plain, zipped): ([UInt8], [UInt8]) = ([], [])
    page.render(.text, into: &plain)
    page.render(.text, into: &zipped, by: Deflater())
    #expect(try gunzip(zipped) == plain)
  }

  @Test(arguments: Format.allCases)
  func `an empty page is a valid member`(format: Format) throws {
    for page in [
      Exposition(sections: [], families: []), Exposition(sections: [], families: [gauge("a")], names: ["b"]),
    ] {
      var zipped: [UInt8] = []
      page.render(format, into: &zipped, by: Deflater())
      #expect(try String(decoding: gunzip(zipped), as: UTF8.self) == (format == .text ? "" : "# EOF\n"))
    }
  }

  private func many(_ prefix: String, _ count: Int) -> [Family] {
    (0..<count).map { index in
      var family = Family("\(prefix)_metric_\(index)", .gauge, help: "Help.")
      for service in 0..<50 {
        family.add(Double(index * service) / 7, ["stack": "shop", "service": "shop_\(service)"])
      }
      return family
    }
  }

  /// Reads exactly one member, to the last byte; zlib checks the CRC and the length.
  private func gunzip(_ zipped: [UInt8]) throws -> [UInt8] {
    var stream = z_stream()
    var input = zipped
    var output = [UInt8](repeating: 0, count: 1 << 22)
    let gzipOnly = 16 + MAX_WBITS
    try #require(inflateInit2_(&stream, gzipOnly, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK)
    defer { inflateEnd(&stream) }
    let status = input.withUnsafeMutableBufferPointer { input in
      output.withUnsafeMutableBufferPointer { output in
        stream.next_in = input.baseAddress
        stream.avail_in = UInt32(input.count)
        stream.next_out = output.baseAddress
        stream.avail_out = UInt32(output.count)
        return inflate(&stream, Z_FINISH)
      }
    }
    try #require(status == Z_STREAM_END)
    try #require(stream.avail_in == 0, "something follows the member")
    return Array(output.prefix(Int(stream.total_out)))
  }
}
