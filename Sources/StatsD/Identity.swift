/// The names of metrics that StatsD's clients may not take.
enum ReservedName {
  /// Families of this service's own begin so, and the samples that Prometheus adds to each scrape.
  static let prefixes = [
    "celery_", "container_", "containers_", "health_", "http_", "node_", "pg_", "process_", "promhttp_", "redis_",
    "scrape_", "swarm_", "vitals_",
  ].map { Array($0.utf8) }
  /// A counter `_total` would have no name at all in OpenMetrics, which puts the suffix aside; `up` is Prometheus' own.
  static let names = ["_total", "up"].map { Array($0.utf8) }
}

/// The family that a line's samples belong to, and their labels, both as they are exposed.
///
/// Read for each line into the same memory, so that nothing is allocated for a series that is known.
struct Identity {
  /// The family's full name.
  private(set) var name: [UInt8] = []
  /// Rendered as `Labels` has them, in the order of the labels' names: however a client orders its tags, they are the same.
  private(set) var labels: [UInt8] = []

  private let limits: Limits
  /// The names and escaped values of the labels.
  private var text: [UInt8] = []
  private var pairs: [Pair] = []

  /// Where in `text` a label is.
  private struct Pair {
    var name: Range<Int>
    var value: Range<Int>
  }

  init(limits: Limits) { self.limits = limits }

  /// Reads name, type and tags of `line`.
  ///
  /// - Throws: `length`, or `malformed` where the tags are not UTF-8.
  mutating func read(_ line: Line, in bytes: UnsafeRawBufferPointer) throws(Refusal) {
    name.removeAll(keepingCapacity: true)
    labels.removeAll(keepingCapacity: true)
    text.removeAll(keepingCapacity: true)
    pairs.removeAll(keepingCapacity: true)
    // Before copying: a line may be much longer.
    guard line.name.count <= limits.nameLength, line.tags.count <= limits.labelsLength else {
      throw .dropped(.length)
    }
    let gunicorn = GunicornName(line, in: bytes)
    appendName(gunicorn?.metric ?? line.name, of: line.kind, in: bytes)
    if let gunicorn {
      if let label = gunicorn.label { try addLabel(label.name, label.value, in: bytes) }
      if !gunicorn.app.isEmpty { try addLabel("app", gunicorn.app, in: bytes) }
    }
    for tag in Pieces(of: line.tags, in: bytes, separator: ",") { try addTag(tag, in: bytes) }
    if gunicorn != nil { try addLabel("app", 0..<0, in: bytes) }
    render()
    guard name.count <= limits.nameLength, labels.count <= limits.labelsLength else { throw .dropped(.length) }
    // Names are ASCII by now.
    guard (try? UTF8Span(validating: labels.span)) != nil else { throw .malformed }
  }

  // MARK: Name

  private mutating func appendName(_ range: Range<Int>, of kind: Line.Kind, in bytes: UnsafeRawBufferPointer) {
    if isDigit(bytes[range.lowerBound]) { name.append(UInt8(ascii: "_")) }
    for index in range { name.append(sanitized(bytes[index])) }
    switch kind {
    case .counter: name.append(suffix: "_total")
    case .timing: name.append(suffix: "_seconds")
    case .gauge, .histogram: break
    }
    if ReservedName.prefixes.contains(where: { name.starts(with: $0) }) || ReservedName.names.contains(name) {
      name.insert(contentsOf: "statsd_".utf8, at: 0)
    }
  }

  // MARK: Labels

  /// `NAME:VALUE`; a tag that is a name only is true, one without a name or with an empty value is none.
  private mutating func addTag(_ tag: Range<Int>, in bytes: UnsafeRawBufferPointer) throws(Refusal) {
    var colon = tag.lowerBound
    while colon < tag.upperBound, bytes[colon] != UInt8(ascii: ":") { colon += 1 }
    let isBare = colon == tag.upperBound
    guard colon > tag.lowerBound, isBare || colon + 1 < tag.upperBound else { return }
    let start = text.count
    if isDigit(bytes[tag.lowerBound]) { text.append(UInt8(ascii: "_")) }
    for index in tag.lowerBound..<colon { text.append(sanitized(bytes[index])) }
    // Prometheus keeps the first for itself, and the second is a histogram's.
    if text[start...].starts(with: "__".utf8) || text[start...].elementsEqual("le".utf8) {
      text.insert(contentsOf: "tag_".utf8, at: start)
    }
    let end = text.count
    if isBare { text.append(contentsOf: "true".utf8) } else { appendValue((colon + 1)..<tag.upperBound, in: bytes) }
    try addPair(start..<end)
  }

  private mutating func addLabel(
    _ label: StaticString, _ value: Range<Int>, in bytes: UnsafeRawBufferPointer
  ) throws(Refusal) {
    let start = text.count
    label.withUTF8Buffer { text.append(contentsOf: $0) }
    let end = text.count
    appendValue(value, in: bytes)
    try addPair(start..<end)
  }

  /// Appends a label's value, escaped, and without control characters, of which no good can come on a terminal.
  private mutating func appendValue(_ range: Range<Int>, in bytes: UnsafeRawBufferPointer) {
    for index in range {
      let byte = bytes[index]
      if byte == UInt8(ascii: "\\") || byte == UInt8(ascii: "\"") { text.append(UInt8(ascii: "\\")) }
      text.append(byte < 0x20 || byte == 0x7f ? UInt8(ascii: "_") : byte)
    }
  }

  /// Puts the label, whose value ends the text, into its place, unless one of its name is there: the first counts.
  private mutating func addPair(_ label: Range<Int>) throws(Refusal) {
    var place = pairs.count
    while place > 0 {
      let other = pairs[place - 1].name
      if text[other].elementsEqual(text[label]) { return }
      if text[other].lexicographicallyPrecedes(text[label]) { break }
      place -= 1
    }
    guard pairs.count < limits.labels else { throw .dropped(.length) }
    pairs.insert(Pair(name: label, value: label.upperBound..<text.count), at: place)
  }

  private mutating func render() {
    for pair in pairs {
      if !labels.isEmpty { labels.append(UInt8(ascii: ",")) }
      labels.append(contentsOf: text[pair.name])
      labels.append(UInt8(ascii: "="))
      labels.append(UInt8(ascii: "\""))
      labels.append(contentsOf: text[pair.value])
      labels.append(UInt8(ascii: "\""))
    }
  }
}

private func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }

/// The byte where a name may have it, `_` otherwise.
private func sanitized(_ byte: UInt8) -> UInt8 {
  isDigit(byte) || (byte | 0x20) &- UInt8(ascii: "a") < 26 ? byte : UInt8(ascii: "_")
}

extension [UInt8] {
  /// Appends `suffix` unless it is there.
  fileprivate mutating func append(suffix: StaticString) {
    suffix.withUTF8Buffer { suffix in
      if !self.suffix(suffix.count).elementsEqual(suffix) { append(contentsOf: suffix) }
    }
  }
}
