extension Event: Decodable {
  private enum Key: String, CodingKey {
    case type, hostname, uuid, name, queue, exception, runtime, freq, active, processed
  }

  /// Reads what concerns us of an event.
  ///
  /// - Throws: where a part that does is missing, of another type, or out of all reason.
  package init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: Key.self)
    let type = try fields.decode(String.self, forKey: .type)
    switch type {
    case "worker-online", "worker-heartbeat":
      self = .heartbeat(
        Heartbeat(
          hostname: try fields.label(.hostname),
          frequency: try fields.number(.freq, in: 0.1...600) ?? 2,
          active: Int(try fields.number(.active, in: 0...1e9) ?? 0),
          processed: Int(try fields.number(.processed, in: 0...0x1p53) ?? 0)))
    case "worker-offline": self = .offline(hostname: try fields.label(.hostname))
    default:
      guard type.hasPrefix("task-"), let kind = TaskEvent.Kind(rawValue: String(type.dropFirst("task-".count))) else {
        self = .foreign
        return
      }
      self = .task(
        TaskEvent(
          kind: kind,
          uuid: try fields.label(.uuid),
          hostname: try fields.optionalLabel(.hostname),
          name: try fields.optionalLabel(.name),
          queue: try fields.optionalLabel(.queue),
          exception: kind == .failed
            ? TaskEvent.exceptionClass(try fields.decodeIfPresent(String.self, forKey: .exception) ?? "") : nil,
          // Ten years, which add up to a sum that is still exact.
          runtime: try fields.number(.runtime, in: 0...3e8)))
    }
  }
}

extension KeyedDecodingContainer {
  fileprivate func label(_ key: Key) throws -> String {
    guard let text = try optionalLabel(key) else { throw corrupted(key) }
    return text
  }

  fileprivate func optionalLabel(_ key: Key) throws -> String? {
    guard let text = try decodeIfPresent(String.self, forKey: key) else { return nil }
    guard text.isLabel else { throw corrupted(key) }
    return text
  }

  fileprivate func number(_ key: Key, in range: ClosedRange<Double>) throws -> Double? {
    guard let number = try decodeIfPresent(Double.self, forKey: key) else { return nil }
    guard range.contains(number) else { throw corrupted(key) }
    return number
  }

  private func corrupted(_ key: Key) -> DecodingError {
    .dataCorruptedError(forKey: key, in: self, debugDescription: "not a value that it has in Celery")
  }
}

extension String {
  /// Whether it may become a label: some text, not too much of it, and no control characters, which some readers of
  /// the exposition formats stumble over.
  var isLabel: Bool {
    (1...255).contains(utf8.count) && utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f }
  }
}

extension TaskEvent {
  /// The class of an exception that was printed by Python's `repr`: `DoesNotExist` of `shop.DoesNotExist('no order 7')`.
  ///
  /// `UnknownException`, as celery-exporter has it, where there is none to be read.
  static func exceptionClass(_ text: String) -> String {
    let unknown = "UnknownException"
    let name = text.utf8.prefix(128).prefix { $0 != UInt8(ascii: "(") }
    guard name.count < min(128, text.utf8.count), let name = String(name) else { return unknown }
    let last = name.split(separator: ".", omittingEmptySubsequences: false).last ?? ""
    let isWord = last.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" }
    return isWord && !last.isEmpty && last.first?.isNumber == false ? String(last) : unknown
  }
}
