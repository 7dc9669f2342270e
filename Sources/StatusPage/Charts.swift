import EventLoop
import Health

/// The last runs of a check as a line, from zero to the slowest, with a tick for each that failed.
struct Sparkline {
  private static let height = 40
  /// Fewer runs do not fill the width: a line of three points would look like an hour.
  private static let leastWidth = 30

  let runs: [Duration?]

  var svg: HTML {
    let slowest = runs.compactMap { $0 }.max() ?? .zero
    let fastest = runs.compactMap { $0 }.min() ?? .zero
    let failures = runs.count { $0 == nil }
    let range: HTML =
      failures == runs.count ? "none passed" : "\(text: latency(fastest)) to \(text: latency(slowest))"
    let label: HTML =
      runs.isEmpty ? "No run yet" : "Last \(runs.count) runs: \(range)\(failures == 0 ? "" : ", \(failures) failed")"
    return """
      <svg class="spark" viewBox="0 0 \(width) \(Self.height)" preserveAspectRatio="none" role="img">\
      <title>\(label)</title><path d="\(line(slowest))"/>\(ticks)</svg>
      """
  }

  /// The newest run is at the right, whatever the number of runs.
  private var offset: Int { width - runs.count }

  private var width: Int { max(Self.leastWidth, runs.count) }

  /// A stretch for each row of runs that passed.
  private func line(_ slowest: Duration) -> HTML {
    var path = HTML()
    var isBroken = true
    for (index, run) in runs.enumerated() {
      guard let run else {
        isBroken = true
        continue
      }
      let share = run.inSeconds / max(slowest.inSeconds, 1e-9)
      let y = Self.height - 2 - Int((share * Double(Self.height - 4)).rounded())
      // Without a second point there would be nothing to see.
      path += isBroken ? "M\(offset + index) \(y)h.1" : "L\(offset + index) \(y)"
      isBroken = false
    }
    return path
  }

  private var ticks: HTML {
    let failed = runs.indices.filter { runs[$0] == nil }
    if failed.isEmpty { return "" }
    return "<path class=\"fail\" d=\"\(failed.map { "M\(offset + $0) \(Self.height)v-9" as HTML }.joined())\"/>"
  }
}

/// The last hour of a check: a bar for each minute, taller where something was wrong.
///
/// The height of a minute that passed tells its slowest run.
struct HourChart {
  private static let height = 40

  let minutes: [History.Minute?]

  var svg: HTML {
    var paths: [Severity: HTML] = [:]
    let slowest = minutes.compactMap { $0?.slowest }.max()?.inSeconds ?? 0
    for (index, minute) in minutes.enumerated() {
      let (severity, height) = bar(minute, slowest)
      paths[severity, default: HTML()] += "M\(index * 4 + 2) \(Self.height)v-\(height)"
    }
    let drawn = Severity.allCases.compactMap { severity in
      paths[severity].map { path -> HTML in "<path class=\"\(text: severity.name)\" d=\"\(path)\"/>" }
    }
    return """
      <svg class="hour" viewBox="0 0 \(minutes.count * 4) \(Self.height)" preserveAspectRatio="none" role="img">\
      <title>\(label)</title>\(drawn.joined())</svg>
      """
  }

  /// A note is a minute of which nothing is known.
  private func bar(_ minute: History.Minute?, _ slowest: Double) -> (Severity, height: Int) {
    guard let minute else { return (.note, 2) }
    switch minute.status {
    case .pass:
      let share = (minute.slowest?.inSeconds ?? 0) / max(slowest, 1e-9)
      return (.good, 10 + Int((share * 14).rounded()))
    case .warn: return (.warn, 32)
    case .fail: return (.fail, 40)
    }
  }

  private var label: HTML {
    let known = minutes.compactMap { $0 }
    if known.isEmpty { return "No result yet" }
    let counts = [(Status.fail, "failed" as HTML), (.warn, "warned")].compactMap { status, word -> HTML? in
      let count = known.count { $0.status == status }
      return count == 0 ? nil : ("\(word) in \(count) of them" as HTML)
    }
    let begin: HTML = "Last \(known.count) min: "
    return counts.isEmpty ? "\(begin)passed throughout" : "\(begin)\(counts.joined(", "))"
  }
}

/// Replicas as a row of squares, of which some are filled.
struct Replicas {
  /// Where there are more, the numbers alone are easier to read.
  private static let limit = 10

  let count: Int
  let desired: Int

  var svg: HTML {
    guard (1...Self.limit).contains(desired) else { return "" }
    let filled = min(count, desired)
    return """
      <svg class="pips" width="\(desired * 10)" height="9" viewBox="0 0 \(desired * 10) 9" aria-hidden="true">\
      <path class="rest" d="M0 4.5h\(desired * 10)"/>\(filled == 0 ? "" : "<path d=\"M0 4.5h\(filled * 10)\"/>")</svg>
      """
  }
}
