/// How long something took or lasts, in its two largest units: `4 s`, `3 min`, `2 h 10 min`, `5 d 3 h`.
package func ageText(_ seconds: Double) -> String {
  let seconds = Int(min(max(0, seconds), 1e12))
  let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400)
  if seconds < 60 { return "\(seconds) s" }
  if minutes < 60 { return "\(minutes) min" }
  if hours < 24 { return minutes % 60 == 0 ? "\(hours) h" : "\(hours) h \(minutes % 60) min" }
  return hours % 24 == 0 || days > 30 ? "\(days) d" : "\(days) d \(hours % 24) h"
}

/// A number with one digit behind the point where that tells something: `0.5`, `3`, `12`.
package func decimalText(_ value: Double) -> String {
  let tenths = Int((min(max(value, -1e15), 1e15) * 10).rounded())
  return tenths % 10 == 0 || abs(tenths) >= 1000 ? "\(tenths / 10)" : "\(tenths / 10).\(abs(tenths % 10))"
}
