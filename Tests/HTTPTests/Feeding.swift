import HTTP

// What must hold of the parsers for any input at all. The tests check it for their tables, the fuzz targets for
// whatever the fuzzer comes up with; so this file knows nothing of either.

/// What is wrong, or nil. A request parser gives the same outcome however the bytes come, and points into them only.
func requestProblem(_ bytes: [UInt8], limits: Limits = Limits(), cuts: Int = 300) -> String? {
  let memory = GuardedBuffer(capacity: bytes.count)
  let whole = outcome(bytes, cuts: [], limits, memory)
  guard outcome(bytes, cuts: Array(0..<bytes.count), limits, memory) == whole else { return "differs byte by byte" }
  for cut in samples(cuts, of: bytes.count) where outcome(bytes, cuts: [cut], limits, memory) != whole {
    return "differs when cut at \(cut)"
  }
  guard case .complete(let head, let consumed) = whole else { return nil }
  guard (1...min(bytes.count, limits.headerBlock)).contains(consumed) else { return "consumed \(consumed)" }
  let ranges = [head.target, head.host, head.accept, head.acceptEncoding, head.authorization, head.scrapeTimeout]
  for case let range? in ranges where range.lowerBound < 0 || range.upperBound > consumed {
    return "range \(range) of \(consumed)"
  }
  guard outcome(Array(bytes[..<(consumed - 1)]), cuts: [], limits, memory) == .incomplete else {
    return "complete before its last byte"
  }
  guard outcome(Array(bytes[..<consumed]), cuts: [], limits, memory) == whole else { return "looked beyond the head" }
  var parser = RequestParser(limits: limits)
  _ = parser.parse(memory.place(bytes))
  guard parser.parse(memory.place(bytes)) == whole else { return "differs on the second request of a connection" }
  return valueProblem(head, bytes, memory)
}

/// Reads the values of a head in all ways that there are.
private func valueProblem(_ head: RequestHead, _ bytes: [UInt8], _ memory: GuardedBuffer) -> String? {
  let target = RequestTarget(memory.place(bytes[head.target]))
  guard target.withPath({ $0.count }) <= max(1, head.target.count) else { return "path longer than the target" }
  guard target.withPath({ path in !path.contains(0) }) else { return "NUL in the path" }
  guard target.query.allSatisfy({ $0.name.utf8.count + $0.value.utf8.count <= 3 * head.target.count }) else {
    return "query longer than the target"
  }
  if let range = head.accept {
    let accept = Accept(memory.place(bytes[range]))
    guard (0...1000).contains(accept.quality(of: "text/plain;version=0.0.4")) else { return "quality out of range" }
  }
  if let range = head.acceptEncoding { _ = AcceptEncoding.acceptsGzip(memory.place(bytes[range])) }
  return nil
}

/// The outcome where the parser first sees the bytes before each cut, then all.
func outcome(
  _ bytes: [UInt8], cuts: [Int], _ limits: Limits, _ memory: GuardedBuffer
) -> RequestParser.Outcome {
  var parser = RequestParser(limits: limits)
  for end in cuts + [bytes.count] {
    let outcome = parser.parse(memory.place(bytes[..<end]))
    if outcome != .incomplete { return outcome }
  }
  return .incomplete
}

/// All that is seen of a body or a response.
struct Transcript: Equatable {
  var head: ResponseHead?
  var body: [UInt8] = []
  var hasEnded = false
  /// How many bytes are of the message, once it has ended.
  var used = 0
  var rejection: Rejection?
  /// What the end of the connection means after all this.
  var rejectionAtClose: Rejection?
}

/// What is wrong, or nil. A chunked body reads the same however its bytes come.
func chunkedProblem(_ bytes: [UInt8], limits: ChunkedDecoder.Limits = .init(), cuts: Int = 300) -> String? {
  problem(bytes, cuts) { decoded(bytes, cuts: $0, limits: limits, $1) }
}

/// What is wrong, or nil. A response reads the same however its bytes come.
func responseProblem(_ bytes: [UInt8], to method: Method, cuts: Int = 300) -> String? {
  problem(bytes, cuts) { response(bytes, cuts: $0, to: method, $1) }
}

private func problem(
  _ bytes: [UInt8], _ cuts: Int, read: (_ cuts: [Int], GuardedBuffer) -> Transcript
) -> String? {
  let memory = GuardedBuffer(capacity: bytes.count)
  let whole = read([], memory)
  guard whole.used <= bytes.count, whole.body.count <= bytes.count else { return "more than there was" }
  guard !(whole.hasEnded && whole.rejection != nil) else { return "ended and rejected" }
  guard read(Array(0..<bytes.count), memory) == whole else { return "differs byte by byte" }
  for cut in samples(cuts, of: bytes.count) where read([cut], memory) != whole { return "differs when cut at \(cut)" }
  return nil
}

/// Decodes a chunked body that comes in pieces.
func decoded(
  _ bytes: [UInt8], cuts: [Int], limits: ChunkedDecoder.Limits = .init(), _ memory: GuardedBuffer
) -> Transcript {
  var decoder = ChunkedDecoder(limits: limits)
  var transcript = Transcript()
  var used = 0
  feed(bytes, cuts, memory) { piece throws(Rejection) in
    var offset = 0
    while let event = try decoder.next(piece, from: &offset) {
      switch event {
      case .data(let range): transcript.body += piece[range]
      case .end: transcript.hasEnded = true
      }
    }
    used += offset
    return offset == piece.count
  } rejected: {
    transcript.rejection = $0
  }
  if transcript.hasEnded { transcript.used = used }
  return transcript
}

/// Reads a response that comes in pieces, and then the end of the connection.
func response(_ bytes: [UInt8], cuts: [Int], to method: Method, _ memory: GuardedBuffer) -> Transcript {
  var parser = ResponseParser(to: method)
  var transcript = Transcript()
  var used = 0
  feed(bytes, cuts, memory) { piece throws(Rejection) in
    var offset = 0
    while let event = try parser.next(piece, from: &offset) {
      switch event {
      case .head(let head): transcript.head = head
      case .data(let range): transcript.body += piece[range]
      case .end: transcript.hasEnded = true
      }
    }
    used += offset
    return offset == piece.count
  } rejected: {
    transcript.rejection = $0
  }
  if transcript.rejection == nil {
    do throws(Rejection) {
      if try parser.finish() == .end { transcript.hasEnded = true }
    } catch {
      transcript.rejectionAtClose = error
    }
  }
  if transcript.hasEnded { transcript.used = used }
  return transcript
}

/// Hands over the pieces between the cuts until one is not used up or is rejected.
private func feed(
  _ bytes: [UInt8], _ cuts: [Int], _ memory: GuardedBuffer,
  _ take: (UnsafeRawBufferPointer) throws(Rejection) -> Bool, rejected: (Rejection) -> Void
) {
  var start = 0
  for end in cuts + [bytes.count] {
    do throws(Rejection) {
      guard try take(memory.place(bytes[start..<end])) else { return }
    } catch {
      return rejected(error)
    }
    start = end
  }
}

/// All places to cut so many bytes, or about `wanted` of them.
private func samples(_ wanted: Int, of count: Int) -> StrideTo<Int> {
  stride(from: 0, to: count, by: max(1, count / wanted))
}
