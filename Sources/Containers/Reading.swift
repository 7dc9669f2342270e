import Engine
import EventLoop

/// What an engine tells of a container.
struct Reading: Sendable {
  let place: Place
  let specification: Specification
  let usage: Usage

  init(_ place: Place, _ specification: Specification, _ usage: Usage) {
    self.place = place
    self.specification = specification
    self.usage = usage
  }

  /// Asks about a container; nil where it has ended meanwhile.
  init?(of container: Container, from client: Client, before deadline: Instant) async throws(EngineError) {
    // It becomes part of a request's target, which only an engine with a fault would make use of.
    guard !container.id.isEmpty, container.id.utf8.allSatisfy(Reading.isHexadecimal) else { return nil }
    let path = "/containers/\(container.id)"
    do {
      usage = try await client.object(
        Usage.self, at: "\(path)/stats", query: ["stream": "false", "one-shot": "true"], before: deadline)
      specification = try await client.object(Specification.self, at: "\(path)/json", before: deadline)
    } catch {
      switch error.reason {
      case .status(404, _), .status(409, _): return nil
      default: throw error
      }
    }
    guard usage.isRunning, specification.isRunning else { return nil }
    place = container.place
  }

  private static func isHexadecimal(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"): true
    default: false
    }
  }
}
