import ArgumentParser
import Vitals

@main
struct VitalsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "vitals",
    abstract: "Health and metrics for Docker Swarm stacks.",
    version: Version.current,
    subcommands: [
      Serve.self, Probe.self, Init.self, Deploy.self, Down.self, Leave.self, Cleanup.self, Run.self, Drain.self,
      Activate.self, Status.self, Check.self, Monitor.self, Backup.self, Restore.self, LintCommand.self,
    ])
}
