import FoundationEssentials

/// A message as kombu wraps it: JSON around a body in base64.
struct Message: Sendable {
  /// The content, JSON unless `event_serializer` says otherwise.
  let body: Data
  /// The question that a reply belongs to.
  let ticket: String?

  /// Nil where the bytes are no such message.
  init?(_ bytes: [UInt8]) {
    guard let envelope = try? JSONDecoder().decode(Envelope.self, from: Data(bytes)) else { return nil }
    ticket = envelope.headers?.ticket
    if envelope.properties?.body_encoding == "base64" {
      guard let body = Data(base64Encoded: envelope.body) else { return nil }
      self.body = body
    } else {
      body = Data(envelope.body.utf8)
    }
  }

  /// Wraps a JSON text for an exchange that has no routing keys.
  ///
  /// Neither `id` nor `exchange` may need an escape in JSON.
  static func wrapped(_ json: String, id: String, exchange: String) -> String {
    let body = Data(json.utf8).base64EncodedString()
    return #"{"body":"\#(body)","content-encoding":"utf-8","content-type":"application/json","headers":{},"#
      + #""properties":{"delivery_mode":1,"delivery_info":{"exchange":"\#(exchange)","routing_key":""},"#
      + #""priority":0,"body_encoding":"base64","delivery_tag":"\#(id)"}}"#
  }

  /// The body as a `Value`; nil where it is none.
  func content<Value: Decodable>(_ type: Value.Type) -> Value? { try? JSONDecoder().decode(type, from: body) }

  private struct Envelope: Decodable {
    struct Headers: Decodable { var ticket: String? }
    // swift-format-ignore: AlwaysUseLowerCamelCase
    struct Properties: Decodable { var body_encoding: String? }
    var body: String
    var headers: Headers?
    var properties: Properties?
  }
}

/// An element that may be anything: nil where it is no `Value`, so that it does not spoil its neighbours.
struct Lenient<Value: Decodable>: Decodable {
  let value: Value?

  init(from decoder: any Decoder) throws { value = try? Value(from: decoder) }
}
