import StatsD

/// Holds the StatsD intake to its properties, with its own limits and with limits that short inputs reach.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzStatsD(_ data: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  if let problem = statsDFuzzProblem(Array(UnsafeBufferPointer(start: data, count: count))) { fatalError(problem) }
  return 0
}
