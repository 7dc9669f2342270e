import Engine
import EventLoop
import FoundationEssentials

/// Listens to the engine's events for containers that run out of memory.
///
/// The engine keeps no count of them. What it shows of a container is whether its end was one: a worker that is killed while
/// its container goes on would not be seen.
package final class OutOfMemoryWatch: @unchecked Sendable {
  /// How long the engine is listened to before it is asked again: a connection that broke silently is found out then.
  private static let turn = Duration.seconds(600)

  private let client: Client
  private let loop: EventLoop
  private let pause: Duration
  private let timer: Waiter
  private var ledger = OutOfMemoryLedger()
  private var isRefused = false
  private var isStopped = false
  /// When the last event was, in the engine's nanoseconds since 1970.
  private var last: Int64 = 0

  /// - Parameters:
  ///   - client: listens, so nothing else may use it.
  ///   - pause: how long to wait where it can't. The engine keeps its last 256 events for those who come late.
  init(_ client: Client, on loop: EventLoop, pause: Duration = .seconds(10)) {
    self.client = client
    self.loop = loop
    self.pause = pause
    timer = Waiter(on: loop)
  }

  /// How often each place's containers ran out of memory; nil where the engine, or a proxy in front of it, does not let
  /// this program listen.
  var counts: OutOfMemoryLedger? { isRefused ? nil : ledger }

  /// Tells which places have a container, so that the counts of others can be forgotten.
  func keep(_ present: some Sequence<Place>) { ledger.keep(present, at: loop.now) }

  /// Listens until `stop`.
  ///
  /// - Parameter start: the present, in seconds since 1970; what happened before is not counted.
  package func run(from start: Double) async {
    last = Int64(start * 1e9)
    while !isStopped {
      let ending = await listen()?.reason
      switch ending {
      case .status: isRefused = true
      // Nothing happened while it was listened to.
      case .timedOut: isRefused = false
      default: break
      }
      if ending != .timedOut { _ = await timer.wait(until: .now + pause) }
    }
  }

  package func stop() {
    isStopped = true
    timer.end()
  }

  /// Listens for one turn, beginning with what has happened since the last event.
  ///
  /// - Returns: what ended it, nil where the engine did.
  private func listen() async -> EngineError? {
    let (seconds, nanoseconds) = (last + 1).quotientAndRemainder(dividingBy: 1_000_000_000)
    let fraction = String(nanoseconds + 1_000_000_000).dropFirst()
    var lines = LineSplitter()
    do throws(EngineError) {
      try await client.stream(
        "/events",
        query: ["since": "\(seconds).\(fraction)", "filters": #"{"type":["container"],"event":["oom"]}"#],
        before: .now + OutOfMemoryWatch.turn, silence: OutOfMemoryWatch.turn
      ) { piece in
        lines.append(piece) { line in
          if let event = try? JSONDecoder().decode(Event.self, from: Data(line)) { count(event) }
        }
      }
      return nil
    } catch {
      return error
    }
  }

  private func count(_ event: Event) {
    guard event.action == "oom", event.time > last else { return }
    last = event.time
    ledger.add(event.place, at: loop.now)
  }
}

/// An event, with the fields of an element of `GET /events` that count here.
private struct Event: Decodable {
  let action: String
  /// In nanoseconds since 1970.
  let time: Int64
  let place: Place

  init(from decoder: any Decoder) throws {
    let fields = try Fields(of: decoder)
    action = try fields.value("Action") ?? ""
    time = try fields.value("timeNano") ?? 0
    // The container's name, image and labels.
    let attributes: [String: String] = try fields.object("Actor").value("Attributes") ?? [:]
    place = Place(name: attributes["name"] ?? "", labels: attributes)
  }
}
