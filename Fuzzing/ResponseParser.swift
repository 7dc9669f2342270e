import HTTP

/// Holds the response parser to its properties.
///
/// The first byte chooses the method of the request.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzResponseParser(_ data: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  if let problem = responseFuzzProblem(Array(UnsafeBufferPointer(start: data, count: count))) { fatalError(problem) }
  return 0
}
