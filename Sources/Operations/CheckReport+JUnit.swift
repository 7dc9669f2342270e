import Scoring

extension CheckReport {
  /// The report as JUnit's XML has it: a test case for each check, a failure for each deduction.
  package var junit: String {
    let checks = score.checks
    let failed = checks.count { $0.status == .fail }
    let skipped = checks.count { $0.status == .unknown }
    let name = "vitals check\(stack.map { " \($0)" } ?? "")"
    var lines = [
      #"<?xml version="1.0" encoding="UTF-8"?>"#,
      """
      <testsuites name="vitals" tests="\(checks.count)" failures="\(failed)" errors="0">
      """,
      """
        <testsuite name="\(name.xml)" tests="\(checks.count)" failures="\(failed)" errors="0" skipped="\(skipped)" time="0">
          <properties>
            <property name="score" value="\(score.value)"/>
            <property name="band" value="\(score.band.rawValue)"/>
          </properties>
      """,
    ]
    for check in checks { lines.append(testCase(check)) }
    lines += ["  </testsuite>", "</testsuites>"]
    return lines.joined(separator: "\n")
  }

  private func testCase(_ check: Score.Check) -> String {
    let start = "    <testcase classname=\"vitals\" name=\"\(check.name.xml)\" time=\"0\">"
    let inner: String
    switch check.status {
    case .pass: inner = "<system-out>\(check.text.xml)</system-out>"
    case .unknown: inner = "<skipped message=\"\(check.text.xml)\"/>"
    case .fail:
      let deductions = score.deductions.filter { $0.component == check.name }
      let points = deductions.reduce(0) { $0 + $1.points }
      let text = deductions.map { "\($0.pointsText) \($0.text)" }.joined(separator: "\n")
      inner = "<failure type=\"deduction\" message=\"-\(points): \(check.text.xml)\">\(text.xml)</failure>"
    }
    return "\(start)\n      \(inner)\n    </testcase>"
  }
}

extension String {
  /// The text as content or attribute of an XML 1.0 document, with a mark for what may not be in one.
  fileprivate var xml: String {
    var out = ""
    for scalar in unicodeScalars {
      switch scalar {
      case "&": out += "&amp;"
      case "<": out += "&lt;"
      case ">": out += "&gt;"
      case "\"": out += "&quot;"
      case "\n": out += "&#10;"
      case "\t": out += "&#9;"
      case _ where scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value) || scalar.value & 0xFFFE == 0xFFFE:
        out += "\u{FFFD}"
      default: out.unicodeScalars.append(scalar)
      }
    }
    return out
  }
}
