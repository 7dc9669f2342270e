import ArgumentParser
import Vitals

@main
struct VitalsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "vitals",
    abstract: "Health and metrics for Docker Swarm stacks.",
    version: Version.current,
    subcommands: [Serve.self, Probe.self, Drain.self, Activate.self, Status.self, Check.self, Monitor.self])
}
