import Foundation
import Testing

/// `vitals lint` as a process: what it prints, and its exit code. The rules themselves are in `LintTests`.
@Suite(.timeLimit(.minutes(1)))
struct OperatorLintTests {
  /// A service in which there is nothing to find, from line 2 on.
  private static let sound = """
    services:
      web:
        image: web:1
        healthcheck: {test: "true", interval: 5s, start_period: 10s}
        stop_grace_period: 30s
        deploy:
          replicas: 2
          update_config: {order: start-first, failure_action: rollback, monitor: 20s, parallelism: 1}
          rollback_config: {order: start-first}
          restart_policy: {condition: any, delay: 5s}
          resources: {limits: {cpus: '1', memory: 1G}, reservations: {memory: 64M}}
    """
  /// Line 3 is a warning in a file that comes after the sound one.
  private static let unpinned = "services:\n  web:\n    image: web:latest\n"
  /// Line 3 is an error.
  private static let contradictory = "services:\n  web:\n    deploy: {mode: global, replicas: 2}\n"

  private let directory: String

  init() throws {
    directory = try Scratch.directory("lint")
    for (name, text) in [
      ("sound.yml", Self.sound), ("unpinned.yml", Self.unpinned), ("contradictory.yml", Self.contradictory),
      ("broken.yml", "services:\n  web: [1, 2\n"), ("list.yml", "- services\n"),
    ] {
      try text.write(toFile: "\(directory)/\(name)", atomically: false, encoding: .utf8)
    }
  }

  /// Runs it in the directory of the files. No engine can be reached, and none is asked.
  private func lint(_ arguments: [String] = [], environment: [String: String] = [:]) throws -> Operator.Answer {
    let command = ["sh", "-c", "cd \(directory) && exec \(VitalsProcess.binary) lint \"$@\"", "lint"] + arguments
    let result = try Subprocess.outcome(
      command,
      environment: ["PATH": "/usr/bin:/bin", "DOCKER_HOST": "unix:///nowhere.sock"].merging(environment) { $1 })
    return .init(exit: result.exit, output: result.output, errorOutput: result.errorOutput, seconds: 0)
  }

  @Test func `nothing to find ends with 0, also strictly`() throws {
    for flags in [[], ["--strict"]] {
      let answer = try lint(["sound.yml"] + flags)
      #expect(answer.code == 0 && answer.output == "nothing found\n" && answer.errorOutput.isEmpty, "\(answer)")
    }
    let json = try lint(["sound.yml", "--format", "json"])
    #expect(json.output == "{\"errors\":0,\"findings\":[],\"infos\":0,\"warnings\":0}\n", "\(json)")
  }

  @Test func `a warning is told with its file, its line and advice, and ends with 1 only where it is strict`() throws {
    let answer = try lint(["sound.yml", "unpinned.yml"])
    #expect(answer.code == 0 && answer.errorOutput.isEmpty, "\(answer)")
    let lines = answer.output.split(separator: "\n")
    try #require(lines.count == 3, "\(answer)")
    #expect(lines[0].hasPrefix("unpinned.yml:3: warning: web: ") && lines[0].hasSuffix(" (unpinned-image)"))
    #expect(lines[1].hasPrefix("    ") && lines[1].count > 20)
    #expect(lines[2] == "0 errors, 1 warning, 0 infos")
    let strict = try lint(["sound.yml", "unpinned.yml", "--strict"])
    #expect(strict.code == 1 && strict.output == answer.output && strict.errorOutput.isEmpty, "\(strict)")
  }

  @Test func `an error ends with 1, and the files are one stack`() throws {
    let answer = try lint(["sound.yml", "contradictory.yml"])
    #expect(answer.code == 1 && answer.errorOutput.isEmpty, "\(answer)")
    #expect(answer.output.contains("contradictory.yml:3: error: web: "), "\(answer)")
    #expect(answer.output.contains("(global-replicas)\n    "), "\(answer)")
    // Of the one alone, all is missing that the other has.
    let alone = try lint(["contradictory.yml"])
    #expect(alone.code == 1 && alone.output.contains("(no-image)"), "\(alone)")
    #expect(!answer.output.contains("(no-image)"))
    // A further file overrides those before, so their order counts.
    let first = try lint(["unpinned.yml", "sound.yml"])
    #expect(first.output == "nothing found\n", "\(first)")
    let variable = try lint(environment: ["VITALS_STACK_FILE": "sound.yml:contradictory.yml"])
    #expect(variable.output == answer.output && variable.code == 1, "\(variable)")
  }

  @Test func `programs get the same as one line of JSON`() throws {
    let answer = try lint(["sound.yml", "contradictory.yml", "unpinned.yml", "--format", "json"])
    #expect(answer.code == 1 && answer.errorOutput.isEmpty && answer.lines.count == 1, "\(answer)")
    let result = answer.json
    #expect(result["errors"] == 1 && result["warnings"] == 1 && result["infos"] == 0, "\(answer)")
    let findings = result["findings"].elements
    for (rule, file, severity) in [
      ("global-replicas", "contradictory.yml", "error"), ("unpinned-image", "unpinned.yml", "warning"),
    ] {
      let finding = try #require(findings.first { $0["rule"].text == rule }, "\(answer)")
      #expect(finding["file"].text == file && finding["line"] == 3 && finding["severity"].text == severity)
      #expect(finding["service"] == "web" && !finding["message"].text.isEmpty && !finding["advice"].text.isEmpty)
    }
  }

  @Test(
    arguments: [
      (["missing.yml"], "missing.yml can't be read\nName the stack file as an argument"),
      (["broken.yml"], "broken.yml:"), (["list.yml"], "list.yml:"),
      (["sound.yml", "missing.yml"], "missing.yml can't be read"), ([], "docker-compose.swarm.yml can't be read"),
      (["sound.yml", "--format", "junit"], "text or json"), (["sound.yml", "--stric"], "--strict"),
    ])
  func `what is no stack file, or no flag, ends with 64`(arguments: [String], words: String) throws {
    let answer = try lint(arguments)
    #expect(answer.code == 64 && answer.output.isEmpty, "\(answer)")
    #expect(answer.errorOutput.contains(words), "\(answer)")
  }

  @Test func `there is nothing to find in the stack file that is shipped`() throws {
    let file = "\(Tool.packageDirectory)/docker-compose.swarm.yml"
    let variables = ["PILITO_IMAGE": "pilito:1", "VITALS_IMAGE": "vitals:1", "DOCKER_GID": "999"]
    let answer = try lint(["--strict", file], environment: variables)
    #expect(answer.code == 0 && answer.output == "nothing found\n", "\(answer)")
    // What the file asks for has to be given.
    let unset = try lint([file])
    #expect(unset.code == 64 && unset.errorOutput.contains("PILITO_IMAGE is not set"), "\(unset)")
  }
}
