import EventLoop
import Logging

/// Every collector that `configuration` asks for; a new one is a file of its own and a line here.
func allCollectors(_ configuration: Configuration, logger: Logger, on loop: EventLoop) -> [any Collector] {
  [
    configuration.engine.map { SwarmSource($0.host, nodeLabels: configuration.nodeLabels, logger: logger, on: loop) }
  ].compactMap { $0 }
}
