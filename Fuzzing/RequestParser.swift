import HTTP

/// Holds the request parser to its properties, with the limits of the server and with limits that short inputs reach.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzRequestParser(_ data: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  if let problem = requestFuzzProblem(Array(UnsafeBufferPointer(start: data, count: count))) { fatalError(problem) }
  return 0
}
