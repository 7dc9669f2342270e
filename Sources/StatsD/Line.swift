/// One line of a datagram: `NAME:VALUE[:VALUE...]|TYPE[|@RATE][|#TAG,TAG...]`, as ranges of its bytes.
///
/// That is StatsD's format with the additions of DogStatsD. Further fields, as a container's id (`|c:...`) and a time
/// (`|T...`), are allowed and not looked at.
package struct Line: Equatable, Sendable {
  package enum Kind: Equatable, Sendable {
    case counter, gauge
    /// Milliseconds.
    case timing
    /// DogStatsD's histograms and distributions, whose unit nobody tells.
    case histogram
  }

  /// What a line turned out to be.
  package enum Reading: Equatable, Sendable {
    case samples(Line)
    /// DogStatsD's event, which is text and no metric.
    case event
    /// DogStatsD's service check, the same.
    case serviceCheck
    /// A set, whose members are any text.
    case set
    case malformed
  }

  /// The least rate: a sample that stands for more than a million is a mistake.
  static let minimumRate = 1e-6
  /// In bytes: a longer line is malformed.
  static let maximumLength = 8192

  package var name: Range<Int>
  /// All values, each a finite number.
  package var values: Range<Int>
  package var kind: Kind
  /// Which share of the samples was sent: above 0, at most 1.
  package var rate = 1.0
  /// Empty where there are none.
  package var tags = 0..<0
  /// Whether a value is below 0.
  package var hasNegative = false

  /// A line that has nothing but these.
  package init(name: Range<Int>, values: Range<Int>, kind: Kind) {
    self.name = name
    self.values = values
    self.kind = kind
  }

  /// Reads a line, given without its end.
  package static func read(_ bytes: UnsafeRawBufferPointer) -> Reading {
    let whole = 0..<bytes.count
    if bytes.begins(with: "_e{", in: whole) { return .event }
    if bytes.begins(with: "_sc|", in: whole) { return .serviceCheck }
    guard bytes.count <= maximumLength, let name = readName(bytes) else { return .malformed }
    var fields = Pieces(of: (name.upperBound + 1)..<bytes.count, in: bytes, separator: "|")
    guard let values = fields.next(), let type = fields.next() else { return .malformed }
    var rate = 1.0
    var tags = 0..<0
    for field in fields where !field.isEmpty {
      switch bytes[field.lowerBound] {
      case UInt8(ascii: "@"):
        guard let share = Decimal.parse(bytes, field.dropFirst()), (minimumRate...1).contains(share) else {
          return .malformed
        }
        rate = share
      case UInt8(ascii: "#"):
        tags = field.dropFirst()
      default: break
      }
    }
    if bytes.has("s", in: type) { return .set }
    guard let kind = Kind(bytes, type) else { return .malformed }
    var line = Line(name: name, values: values, kind: kind)
    (line.rate, line.tags) = (rate, tags)
    return line.validateValues(bytes) ? .samples(line) : .malformed
  }

  /// What stands before the first colon; nil where that is no name.
  ///
  /// A name with `=` has tags within, as InfluxDB, Graphite, Librato or SignalFx write them: read as a name, each of
  /// their values would be a metric of its own.
  private static func readName(_ bytes: UnsafeRawBufferPointer) -> Range<Int>? {
    var index = 0
    while index < bytes.count {
      switch bytes[index] {
      case UInt8(ascii: ":"): return index > 0 ? 0..<index : nil
      case UInt8(ascii: "|"), UInt8(ascii: "="): return nil
      default: index += 1
      }
    }
    return nil
  }

  private mutating func validateValues(_ bytes: UnsafeRawBufferPointer) -> Bool {
    for piece in Pieces(of: values, in: bytes, separator: ":") {
      guard let value = Decimal.parse(bytes, piece) else { return false }
      if value < 0 { hasNegative = true }
    }
    return true
  }
}

extension Line.Kind {
  fileprivate init?(_ bytes: UnsafeRawBufferPointer, _ type: Range<Int>) {
    switch type.count {
    case 1:
      switch bytes[type.lowerBound] {
      case UInt8(ascii: "c"): self = .counter
      case UInt8(ascii: "g"): self = .gauge
      case UInt8(ascii: "h"), UInt8(ascii: "d"): self = .histogram
      default: return nil
      }
    case 2 where bytes.has("ms", in: type): self = .timing
    default: return nil
    }
  }
}
