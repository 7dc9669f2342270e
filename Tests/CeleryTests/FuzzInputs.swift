@testable import Celery

// What the fuzz target does with an input. Here, so that an ordinary test does the same with the inputs that are kept.

/// What the decoder does wrong with this input, as a message and as the body of one, or nil.
func eventFuzzProblem(_ input: [UInt8]) -> String? {
  let text = String(decoding: input, as: UTF8.self)
  for message in [input, Array(Message.wrapped(text, id: "1", exchange: "celeryev").utf8)] {
    let outcome = EventDecoder().decode(message)
    if outcome != EventDecoder().decode(message) { return "the same message, another outcome" }
    if outcome.events.count + outcome.malformed > EventDecoder.eventLimit { return "too many events" }
    for event in outcome.events {
      if let problem = problem(event) { return "\(problem): \(event)" }
    }
  }
  return nil
}

private func problem(_ event: Event) -> String? {
  let labels: [String?]
  switch event {
  case .heartbeat(let heartbeat):
    labels = [heartbeat.hostname]
    guard (0.1...600).contains(heartbeat.frequency), heartbeat.active >= 0, heartbeat.processed >= 0 else {
      return "a number out of reason"
    }
  case .offline(let hostname): labels = [hostname]
  case .task(let task):
    labels = [task.uuid, task.hostname, task.name, task.queue, task.exception]
    if let runtime = task.runtime, !(runtime >= 0 && runtime <= 3e8) { return "a runtime out of reason" }
    if (task.kind == .failed) != (task.exception != nil) { return "an exception without a failure, or the reverse" }
  case .foreign: labels = []
  }
  return labels.compactMap(\.self).allSatisfy(\.isLabel) ? nil : "a text that may not be a label"
}
