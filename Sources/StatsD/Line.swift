/// One line of a datagram: `NAME:VALUE[:VALUE...]|TYPE[|@RATE][|#TAG,TAG...]`, as ranges of its bytes but for the numbers.
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

  /// One of a line's values.
  package struct Value: Equatable, Sendable {
    /// Finite.
    package var number: Double
    /// Whether a sign is written, `+` too: such a number is added to a gauge's.
    package var isSigned: Bool
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
  package var kind: Kind
  /// Which share of the samples was sent: above 0, at most 1.
  package var rate: Double
  /// Empty where there are none.
  package var tags: Range<Int>

  package init(name: Range<Int>, kind: Kind, rate: Double = 1, tags: Range<Int> = 0..<0) {
    self.name = name
    self.kind = kind
    self.rate = rate
    self.tags = tags
  }

  /// Reads a line, given without its end.
  ///
  /// - Parameter values: memory for the values, which are there, one or more, when the result is `samples`.
  package static func read(_ bytes: UnsafeRawBufferPointer, into values: inout [Value]) -> Reading {
    let whole = 0..<bytes.count
    if bytes.begins(with: "_e{", in: whole) { return .event }
    if bytes.begins(with: "_sc|", in: whole) { return .serviceCheck }
    guard bytes.count <= maximumLength, let name = readName(bytes) else { return .malformed }
    var fields = Pieces(of: (name.upperBound + 1)..<bytes.count, in: bytes, separator: "|")
    guard let numbers = fields.next(), let type = fields.next() else { return .malformed }
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
    values.removeAll(keepingCapacity: true)
    for piece in Pieces(of: numbers, in: bytes, separator: ":") {
      guard let number = Decimal.parse(bytes, piece) else { return .malformed }
      let first = bytes[piece.lowerBound]
      values.append(Value(number: number, isSigned: first == UInt8(ascii: "+") || first == UInt8(ascii: "-")))
    }
    return .samples(Line(name: name, kind: kind, rate: rate, tags: tags))
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
