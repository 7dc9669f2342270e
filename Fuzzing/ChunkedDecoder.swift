import HTTP

/// Holds the chunked decoder to its properties, with the limits of a client and with limits that short inputs reach.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzChunkedDecoder(_ data: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  if let problem = chunkedFuzzProblem(Array(UnsafeBufferPointer(start: data, count: count))) { fatalError(problem) }
  return 0
}
