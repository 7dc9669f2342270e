import EventLoop

/// Every collector that `configuration` asks for; a new one is a file of its own and a line here.
func allCollectors(_ configuration: Configuration, on loop: EventLoop) -> [any Collector] {
  []
}
