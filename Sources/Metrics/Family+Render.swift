extension Family {
  /// Appends the family in `format`, or nothing where it has no samples.
  ///
  /// A series has the same name and labels in both formats; only the lines about the family differ.
  func render(_ format: Format, into out: inout [UInt8]) {
    if samples.isEmpty { return }
    switch format {
    case .text:
      out.append(line: "HELP", name[...])
      out.append(escaping: help, quotes: false)
      out.append(UInt8(ascii: "\n"))
      out.append(line: "TYPE", name[...])
      out.append(contentsOf: textType.utf8)
      out.append(UInt8(ascii: "\n"))
    case .openMetrics:
      out.append(line: "TYPE", openMetricsName)
      out.append(contentsOf: openMetricsType.utf8)
      out.append(UInt8(ascii: "\n"))
      if let unit {
        out.append(line: "UNIT", openMetricsName)
        out.append(contentsOf: unit.utf8)
        out.append(UInt8(ascii: "\n"))
      }
      out.append(line: "HELP", openMetricsName)
      out.append(escaping: help, quotes: true)
      out.append(UInt8(ascii: "\n"))
    }
    let prefix = Array(name.utf8)
    for sample in samples { sample.render(prefix, into: &out) }
  }

  private var textType: String {
    switch kind {
    case .counter: "counter"
    case .gauge, .info: "gauge"
    case .histogram: "histogram"
    case .unknown: "untyped"
    }
  }

  private var openMetricsType: String {
    switch kind {
    case .counter: name.hasSuffix("_total") ? "counter" : "unknown"
    case .gauge: "gauge"
    case .histogram: "histogram"
    case .info: "info"
    case .unknown: "unknown"
    }
  }
}

extension Sample {
  fileprivate func render(_ family: [UInt8], into out: inout [UInt8]) {
    out.append(contentsOf: family)
    if suffix != .none { out.append(suffix.name) }
    if case .bucket(let bound) = suffix {
      out.append(UInt8(ascii: "{"))
      out.append(contentsOf: labels.text)
      out.append(labels.text.isEmpty ? "le=\"" : ",le=\"")
      out.append(bound: bound)
      out.append("\"}")
    } else if !labels.text.isEmpty {
      out.append(UInt8(ascii: "{"))
      out.append(contentsOf: labels.text)
      out.append(UInt8(ascii: "}"))
    }
    out.append(UInt8(ascii: " "))
    out.append(value: value)
    out.append(UInt8(ascii: "\n"))
  }
}

extension [UInt8] {
  fileprivate mutating func append(line keyword: StaticString, _ name: Substring) {
    append("# ")
    append(keyword)
    append(UInt8(ascii: " "))
    append(contentsOf: name.utf8)
    append(UInt8(ascii: " "))
  }
}
