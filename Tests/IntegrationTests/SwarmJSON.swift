import Foundation

/// A JSON object of the Engine API.
extension [String: Any] {
  /// What is at the end of a path of keys.
  func value(_ path: String...) -> Any? { value(path) }

  func text(_ path: String...) -> String? { value(path) as? String }

  func number(_ path: String...) -> Double? { (value(path) as? NSNumber)?.doubleValue }

  /// A time in seconds since 1970; nil for the engine's zero time too.
  func time(_ path: String...) -> Double? {
    guard let text = value(path) as? String, !text.hasPrefix("0001-") else { return nil }
    let parts = text.dropLast().split(separator: ".")
    let whole = ISO8601DateFormatter().date(from: parts[0] + "Z")?.timeIntervalSince1970
    return whole.map { $0 + (parts.count > 1 ? Double("0.\(parts[1])") ?? 0 : 0) }
  }

  private func value(_ path: [String]) -> Any? {
    path.dropLast().reduce(self as [String: Any]?) { $0?[$1] as? [String: Any] }?[path.last ?? ""]
  }
}
