import EventLoop
import Logging

/// Every collector that `configuration` asks for; a new one is a file of its own, a `CollectorKind`, and a line here.
func allCollectors(_ configuration: Configuration, logger: Logger, on loop: EventLoop) -> [any Collector] {
  var collectors: [any Collector] = []
  func add(_ kind: CollectorKind, _ collector: @autoclosure () -> (any Collector)?) {
    guard configuration.collect.contains(kind), let collector = collector() else { return }
    collectors.append(collector)
  }
  add(.swarm, SwarmSource(configuration, logger: logger, on: loop))
  add(.containers, ContainersSource(configuration, logger: logger, on: loop))
  add(.filesystem, FilesystemSource(configuration, logger: logger, on: loop))
  for server in configuration.postgresServers {
    add(.postgresql, ServerSource(server, configuration, logger: logger, on: loop))
  }
  for server in configuration.redisServers {
    add(.redis, ServerSource(server, configuration, logger: logger, on: loop))
  }
  add(.celery, CelerySource(configuration, logger: logger, on: loop))
  add(.statsd, StatsDSource(configuration, logger: logger, on: loop))
  return collectors
}
