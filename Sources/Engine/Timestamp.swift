/// A time of the engine's, in seconds since 1970.
///
/// The engine writes RFC 3339 with up to nine digits of a second, and its zero time, year 1, where there is none.
package struct Timestamp: Comparable, Hashable, Sendable {
  package let seconds: Double

  package init(seconds: Double) { self.seconds = seconds }

  /// Reads `2026-11-23T08:37:04.514446537Z`, with any offset; nil for the zero time and for anything else.
  package init?(_ text: String) {
    var rest = Substring(text).utf8
    guard
      let year = rest.number(digits: 4), year > 1, rest.drop("-"),
      let month = rest.number(digits: 2), (1...12).contains(month), rest.drop("-"),
      let day = rest.number(digits: 2), (1...31).contains(day), rest.drop("T") || rest.drop("t") || rest.drop(" "),
      let hour = rest.number(digits: 2), rest.drop(":"),
      let minute = rest.number(digits: 2), rest.drop(":"),
      let second = rest.number(digits: 2)
    else { return nil }
    var fraction = 0.0
    if rest.drop(".") {
      var unit = 0.1
      while let digit = rest.number(digits: 1) {
        fraction += Double(digit) * unit
        unit /= 10
      }
    }
    guard let offset = rest.offset() else { return nil }
    let days = Timestamp.days(year: year, month: month, day: day)
    seconds = Double(days * 86_400 + hour * 3600 + minute * 60 + second - offset) + fraction
  }

  package static func < (a: Timestamp, b: Timestamp) -> Bool { a.seconds < b.seconds }

  /// The days from 1970-01-01 in the Gregorian calendar.
  ///
  /// Years are counted from March, so that the leap day is the last of its year.
  private static func days(year: Int, month: Int, day: Int) -> Int {
    let shiftedYear = month > 2 ? year : year - 1
    let shiftedMonth = (month + 9) % 12
    let leapDays = shiftedYear / 4 - shiftedYear / 100 + shiftedYear / 400
    let daysBefore = (153 * shiftedMonth + 2) / 5
    // 719,468 days lie between 0000-03-01 and 1970-01-01.
    return shiftedYear * 365 + leapDays + daysBefore + day - 1 - 719_468
  }
}

extension Timestamp: Decodable {
  /// Reads a string; what is no time becomes the zero time.
  package init(from decoder: any Decoder) throws {
    self = Timestamp(try decoder.singleValueContainer().decode(String.self)) ?? .zero
  }

  private static let zero = Timestamp(seconds: 0)

  /// Nil where the engine wrote its zero time.
  package var unlessZero: Timestamp? { self == .zero ? nil : self }
}

extension Substring.UTF8View {
  fileprivate mutating func drop(_ character: Unicode.Scalar) -> Bool {
    guard first == UInt8(ascii: character) else { return false }
    removeFirst()
    return true
  }

  fileprivate mutating func number(digits: Int) -> Int? {
    var value = 0
    let start = self
    for _ in 0..<digits {
      guard let byte = first, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else {
        self = start
        return nil
      }
      value = value * 10 + Int(byte - UInt8(ascii: "0"))
      removeFirst()
    }
    return value
  }

  /// The seconds that `Z` or `+01:00` at the end adds to UTC.
  fileprivate mutating func offset() -> Int? {
    if drop("Z") || drop("z") { return isEmpty ? 0 : nil }
    let sign = drop("-") ? -1 : 1
    guard
      sign < 0 || drop("+"),
      let hours = number(digits: 2), drop(":"), let minutes = number(digits: 2), isEmpty
    else { return nil }
    return sign * (hours * 3600 + minutes * 60)
  }
}
