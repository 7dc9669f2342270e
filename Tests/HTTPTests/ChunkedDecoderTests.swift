import HTTP
import Testing

struct `Chunked decoder` {
  private func read(_ text: String, limits: ChunkedDecoder.Limits = .init()) -> Transcript {
    let bytes = Array(text.utf8)
    #expect(chunkedProblem(bytes, limits: limits) == nil)
    return decoded(bytes, cuts: [], limits: limits, GuardedBuffer(capacity: bytes.count))
  }

  @Test(arguments: [
    ("0\r\n\r\n", ""),
    ("5\r\nhello\r\n0\r\n\r\n", "hello"),
    ("5\r\nhello\r\n1\r\n \r\n5\r\nworld\r\n0\r\n\r\n", "hello world"),
    ("A\r\n0123456789\r\n00000\r\n\r\n", "0123456789"),
    ("b;name=value;x=\"y z\"\r\n01234567890\r\n0;last\r\n\r\n", "01234567890"),
    ("2\r\n\r\n\r\n0\r\n\r\n", "\r\n"),
    ("1\r\nx\r\n0\r\nTrailer: v\r\nAnother:\tw\r\n\r\n", "x"),
    ("0000000000000001\r\nx\r\n0\r\n\r\n", "x"),
    (String(repeating: "1\r\nx\r\n", count: 20) + "0\r\n\r\n", String(repeating: "x", count: 20)),
  ]) func `removes the coding`(coded: String, body: String) {
    let transcript = read(coded + "next")
    #expect(String(decoding: transcript.body, as: UTF8.self) == body)
    #expect(transcript.hasEnded)
    #expect(transcript.used == coded.utf8.count)
  }

  @Test(arguments: [
    ("", ""), ("5", ""), ("5\r\nhel", "hel"), ("5\r\nhello", "hello"), ("5\r\nhello\r\n0\r\n", "hello"),
    ("0\r\nTrailer: v\r\n", ""), ("0\r\n\r", ""), ("7fffffffffffffff\r\nx", "x"),
  ]) func `waits for the rest`(coded: String, body: String) {
    let transcript = read(coded)
    #expect(String(decoding: transcript.body, as: UTF8.self) == body)
    #expect(!transcript.hasEnded)
    #expect(transcript.rejection == nil)
  }

  @Test(
    arguments: [
      ("\r\n", .malformedChunkSize, "No size is not 0."),
      ("1\r\nx\r\n\r\n", .malformedChunkSize, "No size, after a chunk."),
      ("x\r\n", .malformedChunkSize, "Not a digit."),
      (" 5\r\nhello\r\n", .malformedChunkSize, "White space before the size."),
      ("5 \r\nhello\r\n", .malformedChunkSize, "White space after it."),
      ("+5\r\nhello\r\n", .malformedChunkSize, "A sign that strtol takes."),
      ("-5\r\nhello\r\n", .malformedChunkSize, "A negative size."),
      ("0x5\r\nhello\r\n", .malformedChunkSize, "A prefix that strtol takes: 0 or 5."),
      ("5_0\r\n", .malformedChunkSize, "A separator that some languages take."),
      ("00000000000000005\r\nhello\r\n", .malformedChunkSize, "Zeros without end."),
      ("8000000000000000\r\n", .bodyTooLarge, "Negative in 64 bits with a sign."),
      ("FFFFFFFFFFFFFFFF\r\n", .bodyTooLarge, "-1."),
      ("10000000000000005\r\n", .malformedChunkSize, "5 in 64 bits that wrap round."),
      ("1\r\nx\r\n7FFFFFFFFFFFFFFF\r\n", .bodyTooLarge, "A sum that overflows."),
      ("5\nhello\r\n", .bareLF, "TERM.EXT: a bare LF ends the line for one reader only."),
      ("5;a\nhello\r\n", .bareLF, "A bare LF in an extension hides a chunk."),
      ("5\rhello\r\n", .bareCR, "A bare CR after the size."),
      ("5;a\rb\r\nhello\r\n", .bareCR, "A bare CR in an extension."),
      ("5;a\0\r\nhello\r\n", .controlCharacter, "NUL in an extension."),
      ("5\r\nhello0\r\n\r\n", .chunkNotTerminated, "No line end after the data."),
      ("5\r\nhello!\r\n0\r\n\r\n", .chunkNotTerminated, "More data than the size says."),
      ("5\r\nhello\n0\r\n\r\n", .chunkNotTerminated, "A bare LF after the data."),
      ("5\r\nhello\rx", .chunkNotTerminated, "A bare CR after the data."),
      ("0\r\n\rx", .bareCR, "The empty line is not one."),
      ("0\r\n\n", .bareLF, "An empty line of a bare LF."),
      ("0\r\na: b\nc: d\r\n\r\n", .bareLF, "A bare LF in a trailer."),
      ("0\r\na: b\rc", .bareCR, "A bare CR in a trailer."),
      ("0\r\na\0: b\r\n\r\n", .controlCharacter, "NUL in a trailer."),
      ("1;" + String(repeating: "x", count: 5000), .chunkExtensionsTooLarge, "An extension without end."),
      (String(repeating: "1;xxxxxx\r\ny\r\n", count: 1000), .chunkExtensionsTooLarge, "Many extensions, little data."),
      ("0\r\n" + String(repeating: "a: b\r\n", count: 5000), .trailersTooLarge, "Trailers without end."),
    ] as [(String, Rejection, String)]) func `refuses`(coded: String, rejection: Rejection, why: String)
  {
    #expect(read(coded).rejection == rejection, "\(why)")
  }

  @Test(
    arguments: [
      ("8\r\n01234567\r\n0\r\n\r\n", nil), ("9\r\n", .bodyTooLarge), ("4\r\n0123\r\n4\r\n0123\r\n0\r\n\r\n", nil),
      ("4\r\n0123\r\n5\r\n", .bodyTooLarge), ("100\r\n", .bodyTooLarge),
    ] as [(String, Rejection?)]) func `holds the limit on the whole body`(coded: String, rejection: Rejection?)
  {
    var limits = ChunkedDecoder.Limits()
    limits.body = 8
    #expect(read(coded, limits: limits).rejection == rejection)
  }
}
