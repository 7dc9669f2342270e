import ArgumentParser
import Vitals

@main
struct VitalsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "vitals",
    abstract: "Health and metrics for Docker Swarm stacks.",
    version: Version.current,
    subcommands: [
      Serve.self, Probe.self, Init.self, Deploy.self, Update.self, Scale.self, Rollback.self, Status.self, Check.self,
      Monitor.self, Logs.self, Run.self, Backup.self, Restore.self, Drain.self, Activate.self, Cleanup.self, Down.self,
      Leave.self, LintCommand.self, LockCommand.self,
    ])
}
