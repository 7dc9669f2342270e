/// Looks a stack over for what goes wrong in a swarm: updates that lose requests, rollbacks that never happen, data that
/// stays behind on another node, secrets that everybody can read.
///
/// A rule that does not fit a service is allowed there: `x-vitals: {allow: [single-replica]}`, and for the whole stack
/// at the top of the file.
package struct Lint: Sendable {
  /// What was found, in the order of the file.
  package private(set) var findings: [LintFinding] = []
  let file: StackFile
  private var allowed: [String: Set<LintRule>] = [:]

  package init(_ file: StackFile) {
    self.file = file
    let everywhere = allowances(in: file.root["x-vitals"], service: nil)
    for service in file.services {
      allowed[service.name] = everywhere.union(allowances(in: service.node["x-vitals"], service: service.name))
    }
    for service in file.services {
      lintImage(service)
      lintContainer(service)
      lintUpdate(service)
      lintResources(service)
      lintStorage(service)
      lintSecrecy(service)
      lintKeys(service)
      lintReferences(service)
    }
    lintPorts()
    lintObjects()
    findings = findings.enumerated().filter { !everywhere.contains($1.rule) }
      .sorted {
        ($0.element.position.file, $0.element.position.line, $0.offset)
          < ($1.element.position.file, $1.element.position.line, $1.offset)
      }
      .map(\.element)
  }

  package func count(_ severity: LintFinding.Severity) -> Int { findings.count { $0.severity == severity } }

  mutating func find(
    _ rule: LintRule, _ severity: LintFinding.Severity? = nil, at position: StackPosition,
    in service: StackService? = nil,
    _ message: String, _ advice: String
  ) {
    if let service, allowed[service.name]?.contains(rule) ?? false { return }
    findings.append(
      LintFinding(
        rule: rule, severity: severity ?? rule.severity, position: position, service: service?.name, message: message,
        advice: advice))
  }

  private mutating func allowances(in extras: StackNode?, service: String?) -> Set<LintRule> {
    var rules: Set<LintRule> = []
    for element in extras?["allow"]?.elements ?? [] {
      let name = element.text ?? ""
      if let rule = LintRule(rawValue: name) {
        rules.insert(rule)
      } else {
        let near = Suggestion(for: name, among: LintRule.allCases.map(\.rawValue)).text
        findings.append(
          LintFinding(
            rule: .unknownRule, severity: .warning, position: element.position, service: service,
            message: "there is no rule \(name)", advice: near ?? "Remove it."))
      }
    }
    return rules
  }
}
