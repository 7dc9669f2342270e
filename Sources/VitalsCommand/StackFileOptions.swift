import ArgumentParser
import Operations

/// The stack file that a command needs to know.
struct StackFileOptions: ParsableArguments, Sendable {
  @Option(
    name: .customShort("c"),
    help: .init("Stack file. (default: docker-compose.swarm.yml, where there is one)", valueName: "file"))
  var file: String?

  func needs() throws(OperationError) -> StackNeeds { StackNeeds() }
}
