import Testing

@testable import Operations

/// A finding, as the table has it: the rule and the line.
private struct Expected: CustomTestStringConvertible {
  var rule: LintRule
  var line: Int
  /// A stack that has the mistake; `WEB` stands for a service without any.
  var bad: String
  /// The same without it.
  var good: String

  init(_ rule: LintRule, line: Int, bad: String, good: String) {
    self.rule = rule
    self.line = line
    self.bad = bad
    self.good = good
  }

  var testDescription: String { "\(rule.rawValue) line \(line)" }
}

struct LintTests {
  /// A service that no rule finds anything in; `{...}` are its parts that a case replaces.
  private static func service(
    image: String = "web:1", check: String = "{test: \"true\", interval: 5s, start_period: 10s}",
    update: String = "{order: start-first, failure_action: rollback, monitor: 20s, parallelism: 1}",
    rollback: String = "{order: start-first}", more: String = "", deploy: String = "",
    limits: String = "{limits: {cpus: '1', memory: 1G}, reservations: {memory: 64M}}",
    restart: String = "{condition: any, delay: 5s}", end: String = ""
  ) -> String {
    """
    services:
      web:
        image: \(image)
        healthcheck: \(check)
        stop_grace_period: 30s
        \(more)
        deploy:
          update_config: \(update)
          rollback_config: \(rollback)
          restart_policy: \(restart)
          resources: \(limits)
          \(deploy)
    \(end)
    """
  }

  private static let storage = "placement: {constraints: [node.labels.storage == true]}"
  private static let stopFirst = "{order: stop-first, failure_action: rollback, monitor: 20s}"

  private static let cases: [Expected] = [
    Expected(.noHealthcheck, line: 4, bad: service(check: "{disable: true}"), good: service()),
    Expected(.noHealthcheck, line: 4, bad: service(check: "{test: [NONE]}"), good: service()),
    Expected(
      .shortMonitor, line: 8, bad: service(update: "{order: start-first, failure_action: rollback, monitor: 14s}"),
      good: service(update: "{order: start-first, failure_action: rollback, monitor: 15s}")),
    Expected(
      .shortMonitor, line: 8, bad: service(update: "{order: start-first, failure_action: rollback}"),
      good: service(
        check: "{test: \"true\", interval: 5s}", update: "{order: start-first, failure_action: rollback}")),
    Expected(
      .startFirstHostPort, line: 6, bad: service(more: "ports: [{target: 80, published: 80, mode: host}]"),
      good: service(more: "ports: [{target: 80, published: 80, mode: ingress}]")),
    Expected(
      .startFirstVolume, line: 6,
      bad: service(more: "volumes: [data:/data]", deploy: storage, end: "volumes: {data: }"),
      good: service(more: "volumes: [data:/data:ro]", deploy: storage, end: "volumes: {data: }")),
    Expected(
      .parallelismZero, line: 8,
      bad: service(
        update: "{order: start-first, failure_action: rollback, monitor: 20s, parallelism: 0}", deploy: "replicas: 3"),
      good: service(deploy: "replicas: 3")),
    Expected(
      .pauseOnFailure, line: 8, bad: service(update: "{order: start-first, monitor: 20s}"), good: service()),
    Expected(.rollbackOrder, line: 9, bad: service(rollback: "{order: stop-first}"), good: service()),
    Expected(
      .singleReplica, line: 12, bad: service(update: stopFirst, deploy: "replicas: 1"),
      good: service(update: stopFirst, deploy: "replicas: 2")),
    Expected(
      .singleReplica, line: 2, bad: service(update: stopFirst),
      good: service(update: stopFirst, more: "x-vitals: {allow: [single-replica]}")),
    Expected(
      .noLimits, line: 11, bad: service(limits: "{limits: {cpus: '1'}, reservations: {memory: 64M}}"), good: service()),
    Expected(
      .noReservations, line: 11, bad: service(limits: "{limits: {cpus: '1', memory: 1G}}"), good: service()),
    Expected(
      .reservationAboveLimit, line: 11,
      bad: service(limits: "{limits: {cpus: '1', memory: 1G}, reservations: {memory: 1025M}}"),
      good: service(limits: "{limits: {cpus: '1', memory: 1G}, reservations: {memory: 1024M}}")),
    Expected(.unpinnedImage, line: 3, bad: service(image: "web:latest"), good: service(image: "web:v1")),
    Expected(
      .unpinnedImage, line: 3, bad: service(image: "registry:5000/web"), good: service(image: "registry:5000/web:1")),
    Expected(
      .unpinnedImage, line: 3, bad: service(image: "web"),
      good: service(image: "web@sha256:\(String(repeating: "0", count: 64))")),
    Expected(
      .noImage, line: 6, bad: service(more: "build: .").replacing("    image: web:1\n", with: "    hostname: a\n"),
      good: service()),
    Expected(
      .noRestartPolicy, line: 8,
      bad: service().replacing("    restart_policy: {condition: any, delay: 5s}\n", with: "\n"),
      good: service()),
    Expected(
      .restartGivesUp, line: 10, bad: service(restart: "{condition: any, max_attempts: 3}"),
      good: service(restart: "{condition: any, max_attempts: 0}")),
    Expected(.restartGivesUp, line: 10, bad: service(restart: "{condition: none}"), good: service()),
    Expected(
      .noStopGracePeriod, line: 2, bad: service().replacing("    stop_grace_period: 30s\n", with: "\n"), good: service()
    ),
    Expected(
      .plainSecret, line: 6, bad: service(more: "environment: {DB_PASSWORD: x}"),
      good: service(more: "environment: {DB_PASSWORD_FILE: /run/secrets/x}")),
    Expected(
      .plainSecret, line: 6, bad: service(more: "environment: [\"API_KEY=abc\"]"),
      good: service(more: "environment: [\"CACHE_KEY_PREFIX=abc\", \"GF_SECURITY_ADMIN_PASSWORD__FILE=/x\"]")),
    Expected(
      .plainSecret, line: 6, bad: service(more: "environment: {URL: \"postgresql://u:p@db/x\"}"),
      good: service(more: "environment: {URL: \"postgresql://u@db:5432/x\"}")),
    Expected(
      .writableSocket, line: 6, bad: service(more: "volumes: [/var/run/docker.sock:/var/run/docker.sock]"),
      good: service(more: "volumes: [/var/run/docker.sock:/var/run/docker.sock:ro]")),
    Expected(.ignoredKey, line: 6, bad: service(more: "container_name: web"), good: service(more: "hostname: web")),
    Expected(.ignoredKey, line: 6, bad: service(more: "restart: always"), good: service()),
    Expected(.ignoredKey, line: 6, bad: service(more: "depends_on: [db]"), good: service()),
    Expected(.refusedKey, line: 6, bad: service(more: "mem_limit: 1G"), good: service()),
    Expected(
      .bindWithoutConstraint, line: 6, bad: service(more: "volumes: [/srv/x:/x:ro]"),
      good: service(more: "volumes: [/srv/x:/x:ro]", deploy: storage)),
    Expected(
      .volumeWithoutConstraint, line: 6,
      bad: service(update: stopFirst, more: "volumes: [data:/data]", end: "volumes: {data: }"),
      good: service(update: stopFirst, more: "volumes: [data:/data]", deploy: storage, end: "volumes: {data: }")),
    Expected(
      .duplicatePort, line: 6, bad: service(more: "ports: [\"80:8000\", \"80:8001\"]"),
      good: service(more: "ports: [\"80:8000\", \"80:8001/udp\"]")),
    Expected(
      .portWithoutAddress, line: 6, bad: service(more: "ports: [\"80:8000\"]", deploy: "endpoint_mode: dnsrr"),
      good: service(more: "ports: [\"80:8000\"]", deploy: "endpoint_mode: vip")),
    Expected(
      .globalReplicas, line: 13, bad: service(deploy: "mode: global\n      replicas: 2"),
      good: service(deploy: "mode: global")),
    Expected(
      .unknownReference, line: 6, bad: service(more: "configs: [one]", end: ""),
      good: service(more: "configs: [one]", end: "configs: {one: {external: true}}")),
    Expected(
      .unknownReference, line: 6, bad: service(more: "secrets: [{source: one}]"),
      good: service(more: "secrets: [{source: one}]", end: "secrets: {one: {external: true}}")),
    Expected(
      .unknownReference, line: 6, bad: service(more: "networks: [one]"),
      good: service(more: "networks: [one]", end: "networks: {one: }")),
    Expected(
      .unknownReference, line: 6, bad: service(more: "volumes: [one:/x:ro]", deploy: storage),
      good: service(more: "volumes: [one:/x:ro]", deploy: storage, end: "volumes: {one: }")),
    Expected(
      .missingFile, line: 13, bad: service(more: "configs: [one]", end: "configs: {one: {file: ./none}}"),
      good: service(more: "configs: [one]", end: "configs: {one: {file: ./there}}")),
    Expected(
      .missingFile, line: 13, bad: service(more: "secrets: [one]", end: "secrets: {one: }"),
      good: service(more: "secrets: [one]", end: "secrets: {one: {file: there}}")),
    Expected(
      .unused, line: 13, bad: service(end: "secrets: {one: {external: true}}"),
      good: service(
        more: "secrets: [two]",
        end: "secrets: {one: {external: true}, two: {external: true, x-vitals: {template: \"$${one}\"}}}")),
    Expected(
      .unknownRule, line: 6, bad: service(more: "x-vitals: {allow: [single-replika]}"),
      good: service(more: "x-vitals: {allow: [single-replica]}")),
  ]

  @Test(arguments: cases)
  private func `a mistake is found in its line, and nothing where it is not`(expected: Expected) throws {
    let files = ["/srv/there": "x"]
    let bad = Lint(try stack(expected.bad, files: files)).findings
    #expect(bad.contains { $0.rule == expected.rule && $0.position.line == expected.line }, "\(bad.map(\.line))")
    #expect(bad.allSatisfy { !$0.advice.isEmpty && !$0.message.isEmpty })
    let good = Lint(try stack(expected.good, files: files)).findings
    #expect(!good.contains { $0.rule == expected.rule }, "\(good.map(\.line))")
  }

  @Test func `every rule has a case`() {
    #expect(Set(LintTests.cases.map(\.rule)) == Set(LintRule.allCases))
  }

  @Test func `a service without a mistake has no finding`() throws {
    #expect(Lint(try stack(LintTests.service())).findings.isEmpty)
  }

  @Test func `a database that starts first is an error, another program a warning`() throws {
    func severity(_ image: String) throws -> LintFinding.Severity? {
      let text = LintTests.service(
        image: image, more: "volumes: [data:/data]", deploy: LintTests.storage, end: "volumes: {data: }")
      return Lint(try stack(text)).findings.first { $0.rule == .startFirstVolume }?.severity
    }
    #expect(try severity("postgres:15") == .error && severity("registry:5000/x/redis:7") == .error)
    #expect(try severity("files:1") == .warning && severity("x/postgres-exporter:1") == .warning)
  }

  @Test func `a rule is allowed for the whole stack at the top of the file`() throws {
    let text = LintTests.service(update: LintTests.stopFirst) + "\nx-vitals: {allow: [single-replica]}\n"
    #expect(Lint(try stack(text)).findings.isEmpty)
  }

  @Test func `a line is as compilers have it`() throws {
    let finding = try #require(Lint(try stack(LintTests.service(image: "web"))).findings.first)
    #expect(
      finding.line
        == "stack.yml:3: warning: web: web may be another program tomorrow, and a rollback may bring the same one back (unpinned-image)"
    )
  }
}
