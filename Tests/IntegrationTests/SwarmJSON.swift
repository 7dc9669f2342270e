import Foundation

/// A JSON object of the Engine API.
extension [String: Any] {
  /// What is at the end of a path of keys.
  func value(_ path: String...) -> Any? { value(path) }

  func text(_ path: String...) -> String? { value(path) as? String }

  func number(_ path: String...) -> Double? { (value(path) as? NSNumber)?.doubleValue }

  /// A time in seconds since 1970; nil for the engine's zero time too.
  func time(_ path: String...) -> Double? { (value(path) as? String).flatMap { Double(engineTime: $0) } }

  private func value(_ path: [String]) -> Any? {
    path.dropLast().reduce(self as [String: Any]?) { $0?[$1] as? [String: Any] }?[path.last ?? ""]
  }
}

extension Double {
  /// The seconds since 1970 of a time as the engine writes it: RFC 3339 in UTC, with as many digits after the second as there are.
  ///
  /// Nil for its zero time, and for what is none.
  init?(engineTime text: some StringProtocol) {
    guard !text.hasPrefix("0001-") else { return nil }
    let parts = text.dropLast().split(separator: ".")
    guard let second = parts.first.flatMap({ ISO8601DateFormatter().date(from: $0 + "Z") }) else { return nil }
    self = second.timeIntervalSince1970 + (parts.count > 1 ? Double("0.\(parts[1])") ?? 0 : 0)
  }
}
