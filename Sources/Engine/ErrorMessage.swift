import FoundationEssentials

/// What an engine says when it refuses: `{"message":"..."}`, or plain text from a proxy in front of it.
struct ErrorMessage {
  /// How many bytes of an answer are looked at.
  static let longest = 4096

  let text: String

  init(_ body: [UInt8]) {
    struct Message: Decodable { var message: String }
    if let decoded = try? JSONDecoder().decode(Message.self, from: Data(body)) {
      text = decoded.message
    } else {
      let line = String(decoding: body.prefix(200), as: UTF8.self).split(whereSeparator: \.isNewline).first
      text = line.map(String.init) ?? "without a message"
    }
  }
}
