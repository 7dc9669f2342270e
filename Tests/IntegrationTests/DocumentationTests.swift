import Foundation
import Testing

/// What the documents promise, against what the program really does.
@Suite(.timeLimit(.minutes(2)))
struct DocumentationTests {
  @Test func `docs/configuration.md has the flags, variables and defaults of --help`() throws {
    let documented = try Document("docs/configuration.md").table(under: "| flag |").map { row in
      Flag(
        name: row[0].code ?? row[0], variable: row[1].code ?? "",
        // What is no value is told in words.
        defaultValue: row[2].hasPrefix("`") ? row[2].replacing("`", with: "") : "")
    }
    let help = try VitalsProcess.run(["serve", "--help"]).output
    let offered = Flag.all(in: help).filter { !["--help", "--version"].contains($0.name) }
    #expect(documented.count > 10)
    #expect(documented.sorted { $0.name < $1.name } == offered.sorted { $0.name < $1.name })
  }

  @Test func `every path of docs/http.md answers`() throws {
    let vitals = try SharedServices.service(isHealthy: true)
    let cells = try Document("docs/http.md").table(under: "| path |").map { $0[0] }
    let paths = cells.flatMap { $0.replacing("`", with: "").components(separatedBy: " ") }
    #expect(paths.count >= 10)
    for path in paths.map({ $0.replacing("NAME", with: "redis") }) {
      let answer = try vitals.get(path)
      #expect(answer.status == 200 && !answer.body.isEmpty, "\(path)")
    }
    #expect(try vitals.get("/nothing-documented").status == 404)
  }

  @Test func `docs/http.md has every reason, and no other`() throws {
    let cells = try Document("docs/http.md").table(under: "| reason |").map { $0[0] }
    let documented = cells.flatMap { $0.replacing("`", with: "").components(separatedBy: " ") }
    // The contract's list, so that a new reason is documented and an old one stays.
    let contract =
      "timeout refused unreachable dns tls auth protocol query too_many_connections starting loading busy readonly stale "
      + "pending disabled internal"
    #expect(Set(documented) == Set(contract.split(separator: " ").map(String.init)))
    #expect(documented.count == Set(documented).count)
  }

  @Test func `the commands in the documents exist`() throws {
    let makefile = try Document("Makefile").lines
    let targets = Set(makefile.compactMap { $0.wholeMatch(of: /([a-z-]+):.*/)?.1 })
    let commands = Set(try Self.commands())
    var helps: [String: String] = [:]
    var found = 0
    for name in try Document.all() {
      for line in try Document(name).lines {
        for match in line.matches(of: /make ([a-z-]+)(`|$| +#)/) where line.contains("`make") || line.hasPrefix("    ")
        {
          #expect(targets.contains(match.1), "\(name): \(line)")
          found += 1
        }
        for match in line.matches(of: /(?:^ +|`|\$ |; )vitals ([a-z]+)([^`;#]*)/) {
          let command = String(match.1)
          #expect(commands.contains(command), "\(name): \(line)")
          guard commands.contains(command) else { continue }
          let help = try helps[command] ?? VitalsProcess.run([command, "--help"]).output
          helps[command] = help
          // What comes after -- is another program's.
          let arguments = match.2.components(separatedBy: " -- ")[0].split(separator: " ")
          for flag in arguments.compactMap({ $0.prefixMatch(of: /--[a-z-]+/)?.0 }) {
            #expect(help.contains(flag), "\(name): \(line)")
          }
        }
      }
    }
    #expect(found > 0)
  }

  @Test func `the help of every command has examples of it and its exit codes`() throws {
    let commands = try Self.commands()
    #expect(commands.count > 20)
    for command in commands {
      let help = try VitalsProcess.run([command, "--help"]).output.components(separatedBy: "\n")
      /// The lines below a heading, up to an empty one.
      func section(_ title: String) -> [Substring] {
        help.drop { $0 != title }.dropFirst().prefix { !$0.isEmpty }.map { $0.drop { $0 == " " } }
      }
      // Long ones go on in further lines, with other programs beside them.
      #expect(section("EXAMPLES").contains { $0.contains("vitals \(command)") }, "\(command)")
      let codes = section("EXIT CODES").compactMap { $0.prefixMatch(of: /(\d+) +\w/).flatMap { Int($0.1) } }
      #expect(codes.first == 0 && codes.count > 1 && codes == codes.sorted(), "\(command): \(codes)")
      #expect(codes.contains(64), "\(command)")
    }
  }

  /// The names of all commands, by the program's own help.
  private static func commands() throws -> [String] {
    let help = try VitalsProcess.run(["--help"]).output.components(separatedBy: "\n")
    return help.compactMap { $0.firstMatch(of: #/^  ([a-z]+) /#).map { String($0.1) } }
  }

  /// One setting of `vitals serve`.
  private struct Flag: Equatable {
    let name: String
    let variable: String
    /// Empty where there is none.
    let defaultValue: String

    /// Reads the options of a help text.
    static func all(in help: String) -> [Flag] {
      guard let start = help.range(of: "\nOPTIONS:\n") else { return [] }
      var paragraphs: [String] = []
      for line in help[start.upperBound...].split(separator: "\n") {
        if line.hasPrefix("  -") {
          paragraphs.append(line.trimmingCharacters(in: .whitespaces))
        } else if !paragraphs.isEmpty {
          paragraphs[paragraphs.count - 1] += " " + line.trimmingCharacters(in: .whitespaces)
        }
      }
      return paragraphs.map { text in
        Flag(
          name: String(text.firstMatch(of: /--[a-z-]+/)?.0 ?? ""),
          variable: String(text.firstMatch(of: /\(([A-Z_]+)[,)]/)?.1 ?? ""),
          defaultValue: String(text.firstMatch(of: /\(default: ([^)]+)\)/)?.1 ?? ""))
      }
    }
  }
}
