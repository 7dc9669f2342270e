/// A name as gunicorn's own client sends it: `[PREFIX.]gunicorn.WHAT`, where the prefix is that of `--statsd-prefix`.
struct GunicornName {
  /// What stands before `gunicorn`, without the dot between them.
  let app: Range<Int>
  /// The part that names the metric, from `gunicorn` on.
  private(set) var metric: Range<Int>
  /// What else is in the name: a status code or a log level.
  private(set) var label: (name: StaticString, value: Range<Int>)?

  /// nil for a name of anybody else's.
  init?(_ line: Line, in bytes: UnsafeRawBufferPointer) {
    let marker: StaticString = "gunicorn."
    // The last one, as the prefix may be anything, and nothing that gunicorn puts behind has the word in it.
    var start = line.name.upperBound - marker.utf8CodeUnitCount
    while true {
      guard start >= 0 else { return nil }
      if start == 0 || bytes[start - 1] == UInt8(ascii: "."),
        bytes.begins(with: marker, in: start..<line.name.upperBound)
      {
        break
      }
      start -= 1
    }
    app = 0..<max(0, start - 1)
    metric = start..<line.name.upperBound
    guard line.kind == .counter else { return }
    split(after: "gunicorn.request.status", "code", in: bytes) { rest in
      rest.count == 3 && bytes[rest].allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }
    split(after: "gunicorn.log", "level", in: bytes) { rest in
      (1...16).contains(rest.count) && bytes[rest].allSatisfy { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) }
    }
  }

  /// Makes a label of what follows `path` and a dot.
  private mutating func split(
    after path: StaticString, _ name: StaticString, in bytes: UnsafeRawBufferPointer, if isValue: (Range<Int>) -> Bool
  ) {
    let end = metric.lowerBound + path.utf8CodeUnitCount
    guard bytes.begins(with: path, in: metric), end < metric.upperBound, bytes[end] == UInt8(ascii: ".") else { return }
    let rest = (end + 1)..<metric.upperBound
    guard isValue(rest) else { return }
    metric = metric.lowerBound..<end
    label = (name, rest)
  }
}
