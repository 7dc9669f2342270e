import ArgumentParser
import EventLoop
import Glibc
import HTTP
import Vitals

/// `vitals probe`: asks a service whether it is healthy, as a container's HEALTHCHECK.
///
/// It resolves no names and starts no shell. It never exits with 2, which Docker reserves.
struct Probe: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Ask a service on this machine whether it is healthy: exit code 0 or 1, and one line that says why.",
    discussion: """
      Without a URL it asks where VITALS_LISTEN says that the service listens, else at port 8080.

      EXAMPLES
        vitals probe
        vitals probe --path /health/ready http://127.0.0.1:9000
        vitals probe unix:/run/vitals.sock
        vitals probe --print --path /health/score

      \(exitCodes([(0, "healthy"), (1, "not healthy, or no answer"), (64, "a flag or the URL is wrong")]))
      """)

  @Option(help: .init("What to ask for.", valueName: "path"))
  var path = "/health/container"

  @Option(help: .init("Time for all of it.", valueName: "duration"))
  var timeout = "3s"

  @Flag(
    name: .customLong("print"),
    help: "Print the whole body of the answer, and send the token that VITALS_TOKEN or VITALS_TOKEN_FILE has.")
  var printsBody = false

  @Argument(
    help: .init("http://ADDRESS[:PORT][/PATH] with a literal address, or unix:/PATH-OF-SOCKET.", valueName: "url"))
  var url: String?

  func run() throws {
    let target: ProbeTarget
    do {
      target = try ProbeTarget(url: url, path: path, timeout: timeout, listen: environment()["VITALS_LISTEN"])
    } catch {
      complain("vitals probe: \(error)")
      throw ExitCode(EX_USAGE)
    }
    let loop: EventLoop
    do {
      loop = try EventLoop()
    } catch {
      complain("vitals probe: \(error)")
      throw ExitCode.failure
    }
    // The task and this function run one after the other, on this thread.
    nonisolated(unsafe) var verdict = ProbeTarget.Verdict(isHealthy: false, line: "")
    let token = printsBody ? vitalsToken() : nil
    loop.run { verdict = await target.ask(on: loop, token: token, bodyLimit: printsBody ? 4 << 20 : 4096) }
    print(printsBody ? verdict.body ?? verdict.line : verdict.line)
    if !verdict.isHealthy { throw ExitCode.failure }
  }
}
