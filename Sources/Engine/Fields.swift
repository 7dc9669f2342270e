/// The fields of an object of the Engine API, by the names that the API gives them.
///
/// Go leaves out what is empty, or writes null, and engines differ in which: both read as nil here. A field of
/// another type than the API promises is an error.
package struct Fields {
  private struct Key: CodingKey {
    var stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  private let container: KeyedDecodingContainer<Key>?

  package init(of decoder: any Decoder) throws { container = try decoder.container(keyedBy: Key.self) }

  private init(_ container: KeyedDecodingContainer<Key>?) { self.container = container }

  /// The value of a field, nil where it is missing or null.
  package func value<Value: Decodable>(_ name: String, as type: Value.Type = Value.self) throws -> Value? {
    try container?.decodeIfPresent(type, forKey: Key(stringValue: name))
  }

  /// The fields of an object that is a field; it has none where it is missing or null.
  package func object(_ name: String) throws -> Fields {
    let key = Key(stringValue: name)
    guard let container, container.contains(key), try !container.decodeNil(forKey: key) else { return Fields(nil) }
    return Fields(try container.nestedContainer(keyedBy: Key.self, forKey: key))
  }

  /// Whether the object is there.
  package var exists: Bool { container != nil }
}
