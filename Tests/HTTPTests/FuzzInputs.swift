import HTTP

// What the fuzz targets do with an input. Here, so that an ordinary test does the same with the inputs that are kept.

/// Few, since the fuzzer gets further with many inputs than with many cuts of each.
private let cuts = 8

/// What the request parser does wrong with this input, or nil.
func requestFuzzProblem(_ input: [UInt8]) -> String? {
  var limits = Limits()
  (limits.headerBlock, limits.target, limits.fields, limits.body) = (96, 16, 3, 9)
  return requestProblem(input, cuts: cuts) ?? requestProblem(input, limits: limits, cuts: cuts)
}

/// What the response parser does wrong with this input, whose first byte chooses the method, or nil.
func responseFuzzProblem(_ input: [UInt8]) -> String? {
  let methods: [Method] = [.get, .head, .connect]
  guard let first = input.first else { return nil }
  return responseProblem(Array(input.dropFirst()), to: methods[Int(first) % methods.count], cuts: cuts)
}

/// What the chunked decoder does wrong with this input, or nil.
func chunkedFuzzProblem(_ input: [UInt8]) -> String? {
  var limits = ChunkedDecoder.Limits()
  (limits.body, limits.extensions, limits.trailers) = (9, 8, 8)
  return chunkedProblem(input, cuts: cuts) ?? chunkedProblem(input, limits: limits, cuts: cuts)
}
