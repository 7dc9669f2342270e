/// The media types that a client takes, and how much it likes each (RFC 9110 section 12.5.1).
package struct Accept {
  private let value: UnsafeRawBufferPointer?

  /// Reads the value of an Accept field; nil where the request has none, which means anything.
  package init(_ value: UnsafeRawBufferPointer?) {
    self.value = value
  }

  /// The client's quality for a media type such as `application/openmetrics-text;version=1.0.0`, 0 to 1000.
  ///
  /// The most specific range that covers the type decides, the first of equals. A range covers a type that has all of
  /// the range's parameters, whatever others it has. A range that is malformed covers nothing.
  package func quality(of type: StaticString) -> Int {
    guard let value else { return 1000 }
    let type = UnsafeRawBufferPointer(start: type.utf8Start, count: type.utf8CodeUnitCount)
    var (best, quality) = (-1, 0)
    for element in ListElements(value) {
      guard let range = AcceptElement(element), let specificity = range.specificity(for: type) else { continue }
      if specificity > best { (best, quality) = (specificity, range.quality) }
    }
    return quality
  }

  /// The index of the type that the client likes best, of equals the one that is offered first; nil where it takes
  /// none.
  package func best(of offered: [StaticString]) -> Int? {
    var (best, quality) = (Int?.none, 0)
    for (index, type) in offered.enumerated() {
      let candidate = self.quality(of: type)
      if candidate > quality { (best, quality) = (index, candidate) }
    }
    return best
  }
}

/// Whether a client takes gzip, by its Accept-Encoding (RFC 9110 section 12.5.3).
package enum AcceptEncoding {
  /// Whether `gzip`, `x-gzip` or else `*` is in the value with a quality above 0.
  ///
  /// Without the field no coding is used.
  package static func acceptsGzip(_ value: UnsafeRawBufferPointer?) -> Bool {
    guard let value else { return false }
    var acceptsOthers = false
    for element in ListElements(value) {
      guard let element = AcceptElement(element) else { continue }
      if element.name.equalsIgnoringCase("gzip") || element.name.equalsIgnoringCase("x-gzip") {
        return element.quality > 0
      }
      if element.name.equals("*") { acceptsOthers = element.quality > 0 }
    }
    return acceptsOthers
  }
}

/// One element of an Accept or Accept-Encoding: a name, parameters, and a quality.
private struct AcceptElement {
  /// What stands before the first semicolon.
  let name: UnsafeRawBufferPointer
  /// From 0 to 1000; 1000 where it is not given.
  let quality: Int
  private let parameters: ListElements

  /// Nil where the quality is malformed.
  init?(_ element: UnsafeRawBufferPointer) {
    var parameters = ListElements(element, separator: UInt8(ascii: ";"))
    name = parameters.next() ?? element
    self.parameters = parameters
    var quality = 1000
    for parameter in parameters where Self.isQuality(parameter) {
      guard let value = Self.thousandths(parameter.cut(at: UInt8(ascii: "=")).after.trimmed()) else { return nil }
      quality = value
    }
    self.quality = quality
  }

  /// How closely this range fits `type`: 0 for `*/*`, 1 for `type/*`, 2 and one for each parameter; nil where it does
  /// not.
  func specificity(for type: UnsafeRawBufferPointer) -> Int? {
    var offered = ListElements(type, separator: UInt8(ascii: ";"))
    guard let offeredName = offered.next() else { return nil }
    var specificity = 2
    if name.equals("*/*") {
      specificity = 0
    } else if name.count >= 2, name.slice(name.count - 2..<name.count).equals("/*") {
      let family = name.slice(0..<name.count - 1)
      guard offeredName.count > family.count, offeredName.slice(0..<family.count).equalsIgnoringCase(family) else {
        return nil
      }
      specificity = 1
    } else {
      guard name.equalsIgnoringCase(offeredName) else { return nil }
    }
    for parameter in parameters where !parameter.isEmpty && !Self.isQuality(parameter) {
      guard offered.contains(where: { Self.isSame($0, parameter) }) else { return nil }
      specificity += 1
    }
    return specificity
  }

  private static func isQuality(_ parameter: UnsafeRawBufferPointer) -> Bool {
    parameter.cut(at: UInt8(ascii: "=")).before.trimmed().equalsIgnoringCase("q")
  }

  /// Whether two parameters are the same, quotes around a value aside.
  private static func isSame(_ a: UnsafeRawBufferPointer, _ b: UnsafeRawBufferPointer) -> Bool {
    let (a, b) = (a.cut(at: UInt8(ascii: "=")), b.cut(at: UInt8(ascii: "=")))
    return a.before.trimmed().equalsIgnoringCase(b.before.trimmed())
      && unquoted(a.after.trimmed()).equalsIgnoringCase(unquoted(b.after.trimmed()))
  }

  private static func unquoted(_ value: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    let quote = UInt8(ascii: "\"")
    guard value.count >= 2, value.first == quote, value.last == quote else { return value }
    return value.slice(1..<value.count - 1)
  }

  /// The number of a quality: `0` or `1` and up to three decimals, at most 1; nil where it is not of that form.
  private static func thousandths(_ text: UnsafeRawBufferPointer) -> Int? {
    guard let first = text.first, first.isDigit, text.count <= 5, text.count == 1 || text[1] == UInt8(ascii: ".") else {
      return nil
    }
    var number = Int(first - UInt8(ascii: "0"))
    for index in 2..<5 {
      guard index < text.count else {
        number *= 10
        continue
      }
      guard text[index].isDigit else { return nil }
      number = number * 10 + Int(text[index] - UInt8(ascii: "0"))
    }
    return number <= 1000 ? number : nil
  }
}
