import Metrics
import StatsD

// What must hold for any datagram at all. An ordinary test checks it for its own and for kept inputs, the fuzz target for
// whatever the fuzzer comes up with.

/// What the intake does wrong with this datagram, or nil.
func statsDFuzzProblem(_ input: [UInt8]) -> String? {
  var limits = Limits()
  (limits.series, limits.seriesOfName, limits.text) = (40, 20, 2000)
  (limits.nameLength, limits.labels, limits.labelsLength) = (24, 4, 48)
  return statsDProblem(input, input.count.isMultiple(of: 2) ? limits : Limits())
}

private func statsDProblem(_ input: [UInt8], _ limits: Limits) -> String? {
  let whole = Intake(limits: limits)
  whole.take(input)
  let page = whole.page()
  let stepped = Intake(limits: limits)
  stepped.take(input, budget: 1)
  guard stepped.page() == page else { return "differs line by line" }
  let lines = input.split(separator: UInt8(ascii: "\n")).filter { $0 != [UInt8(ascii: "\r")] }
  let apart = Intake(limits: limits)
  for line in lines { apart.take(Array(line)) }
  let text = page.utf8.split(separator: UInt8(ascii: "\n")).map(Substring.init)
  let packets = "\nvitals_statsd_packets_total "
  guard apart.page().replacing("\(packets)\(lines.count)\n", with: "\(packets)1\n") == page else {
    return "differs in datagrams of a line each"
  }
  let samples = text.filter { !$0.hasPrefix("#") && !$0.hasPrefix("vitals_statsd_") }
  func own(_ name: String) -> Int? {
    text.first { $0.hasPrefix("vitals_statsd_\(name) ") }.flatMap { Int($0.split(separator: " ")[1]) }
  }
  let refused = whole.malformed + whole.drops.reduce(0) { $0 + $1.count }
  guard let taken = own("samples_total"), refused <= lines.count, taken >= lines.count - refused else {
    return "\(lines.count) lines, \(refused) of them refused"
  }
  guard samples.count <= limits.series, own("series") == samples.count else { return "\(samples.count) series" }
  let size = samples.reduce(0) { $0 + $1.utf8.count }
  guard size <= limits.text else { return "\(size) bytes" }
  return pageProblem(text, limits) ?? openMetricsProblem(whole.page(.openMetrics))
}

/// Reads a page without the product's help.
private func pageProblem(_ page: [Substring], _ limits: Limits) -> String? {
  var types: [Substring: Substring] = [:]
  var series: Set<Substring> = []
  for line in page where !line.hasPrefix("# HELP ") {
    if line.hasPrefix("# TYPE ") {
      let words = line.split(separator: " ")
      guard words.count == 4, types.updateValue(words[3], forKey: words[2]) == nil else { return "type: \(line)" }
      continue
    }
    guard let space = line.lastIndex(of: " "), let value = Double(line[line.index(after: space)...]), value.isFinite
    else { return "value: \(line)" }
    guard series.insert(line[..<space]).inserted else { return "twice: \(line)" }
    let name = line[..<space].prefix { $0 != "{" }
    guard let family = family(of: name, types) else { return "no family: \(line)" }
    guard Name.isMetric(String(name)), family.utf8.count <= limits.nameLength || family.hasPrefix("vitals_statsd_")
    else {
      return "name: \(line)"
    }
    if types[family] != "gauge", value < 0 { return "negative: \(line)" }
    if let problem = labelProblem(line[..<space].dropFirst(name.count), isBucket: family != name) { return problem }
  }
  return nil
}

private func family(of name: Substring, _ types: [Substring: Substring]) -> Substring? {
  if let type = types[name], type != "histogram" { return name }
  let suffix = ["_bucket", "_sum", "_count"].first { name.hasSuffix($0) }
  let family = name.dropLast(suffix?.count ?? 0)
  return types[family] == "histogram" && types[name] == nil ? family : nil
}

/// Reads `{name="value",...}`.
private func labelProblem(_ text: Substring, isBucket: Bool) -> String? {
  if text.isEmpty { return nil }
  var rest = Array(text.utf8)[...]
  guard rest.popFirst() == UInt8(ascii: "{"), rest.popLast() == UInt8(ascii: "}") else { return "braces: \(text)" }
  var names: [String] = []
  while !rest.isEmpty {
    let name = String(decoding: rest.prefix { $0 != UInt8(ascii: "=") }, as: UTF8.self)
    rest = rest.dropFirst(name.utf8.count + 1)
    guard Name.isLabel(name) || name == "le" && isBucket, rest.popFirst() == UInt8(ascii: "\"") else {
      return "label: \(text)"
    }
    names.append(name)
    while let byte = rest.popFirst(), byte != UInt8(ascii: "\"") {
      if byte < 0x20 || byte == 0x7f { return "control character: \(text)" }
      guard byte == UInt8(ascii: "\\") else { continue }
      guard let escaped = rest.popFirst(), escaped == UInt8(ascii: "\\") || escaped == UInt8(ascii: "\"") else {
        return "escape: \(text)"
      }
    }
    guard rest.isEmpty || rest.popFirst() == UInt8(ascii: ",") else { return "comma: \(text)" }
  }
  let own = names.filter { $0 != "le" }
  return own == Array(Set(own)).sorted() ? nil : "order: \(text)"
}

/// No metadata name is another's, or another's with a suffix that OpenMetrics reserves for the type.
private func openMetricsProblem(_ page: String) -> String? {
  var types: [Substring: Substring] = [:]
  for line in page.split(separator: "\n") where line.hasPrefix("# TYPE ") {
    let words = line.split(separator: " ")
    guard words.count == 4, Name.isMetric(String(words[2])), types.updateValue(words[3], forKey: words[2]) == nil else {
      return "OpenMetrics: \(line)"
    }
  }
  for (name, type) in types {
    let suffixes =
      switch type {
      case "counter": ["_total", "_created"]
      case "histogram": ["_bucket", "_sum", "_count", "_created"]
      default: [] as [String]
      }
    for suffix in suffixes where types[Substring(name + suffix)] != nil { return "OpenMetrics: \(name)\(suffix)" }
  }
  return page.hasSuffix("# EOF\n") ? nil : "no end"
}
