import Celery

/// Holds the decoder of Celery's events to its properties.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzEventDecoder(_ data: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  if let problem = eventFuzzProblem(Array(UnsafeBufferPointer(start: data, count: count))) { fatalError(problem) }
  return 0
}
