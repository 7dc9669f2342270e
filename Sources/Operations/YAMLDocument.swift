import CYaml

/// The one document of a YAML stream, as libyaml has composed it: nodes by number, in which an alias is the number of what it
/// names.
final class YAMLDocument {
  enum Content {
    /// `isPlain`: without quotes, so that it may be something else than a string.
    case scalar(String, isPlain: Bool)
    case sequence([Int32])
    case mapping([(key: Int32, value: Int32)])
  }

  /// Why a text is no document, in libyaml's words.
  struct Failure: Error {
    var message: String
    /// From 1.
    var line: Int
    /// What it was reading, and the line in which that began.
    var context: (text: String, line: Int)?
    /// Whether somebody who writes YAML can see what is wrong; otherwise the text has characters that YAML forbids.
    var isOfSyntax = true
  }

  /// The number of the root; nil where the stream is empty.
  private(set) var root: Int32?
  private let document = UnsafeMutablePointer<yaml_document_t>.allocate(capacity: 1)

  /// Reads `text`, which has to hold one document at most.
  ///
  /// - Throws: `Failure`.
  init(_ text: String) throws {
    // The parser keeps its own address, hence no variable.
    let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
    defer { parser.deallocate() }
    document.initialize(to: yaml_document_t())
    guard yaml_parser_initialize(parser) == 1 else { throw Failure(message: "out of memory", line: 1) }
    defer { yaml_parser_delete(parser) }
    let bytes = Array(text.utf8)
    let document = document
    root = try bytes.withUnsafeBufferPointer { bytes in
      yaml_parser_set_input_string(parser, bytes.baseAddress, bytes.count)
      yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
      guard yaml_parser_load(parser, document) == 1 else { throw Failure(parser.pointee, in: bytes) }
      guard yaml_document_get_root_node(document) != nil else { return nil }
      var next = yaml_document_t()
      guard yaml_parser_load(parser, &next) == 1 else { throw Failure(parser.pointee, in: bytes) }
      defer { yaml_document_delete(&next) }
      guard yaml_document_get_root_node(&next) == nil else {
        let line = Int(next.start_mark.line) + 1
        throw Failure(
          message: "but found another document", line: line, context: ("expected a single document in the stream", 1))
      }
      return 1
    }
  }

  deinit {
    yaml_document_delete(document)
    document.deallocate()
  }

  /// A node by its number: the line in which it begins, from 1, and what it holds.
  subscript(number: Int32) -> (line: Int, content: Content) {
    guard let node = yaml_document_get_node(document, number)?.pointee else { return (1, .sequence([])) }
    return (Int(node.start_mark.line) + 1, YAMLDocument.content(node))
  }

  private static func content(_ node: yaml_node_t) -> Content {
    switch node.type {
    case YAML_SEQUENCE_NODE:
      let items = node.data.sequence.items
      return .sequence(Array(UnsafeBufferPointer(start: items.start, count: items.top - items.start)))
    case YAML_MAPPING_NODE:
      let pairs = node.data.mapping.pairs
      return .mapping(
        UnsafeBufferPointer(start: pairs.start, count: pairs.top - pairs.start).map { ($0.key, $0.value) })
    default:
      let scalar = node.data.scalar
      // A scalar may contain NUL, so its length counts.
      let text = String(decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
      let isPlain = scalar.style == YAML_PLAIN_SCALAR_STYLE || scalar.style == YAML_ANY_SCALAR_STYLE
      return .scalar(text, isPlain: isPlain)
    }
  }
}

extension YAMLDocument.Failure {
  fileprivate init(_ parser: yaml_parser_t, in text: UnsafeBufferPointer<UInt8>) {
    message = parser.problem.map { String(cString: $0) } ?? "out of memory"
    if parser.error == YAML_READER_ERROR {
      line = text.prefix(parser.problem_offset).count { $0 == UInt8(ascii: "\n") } + 1
      isOfSyntax = false
    } else {
      // The end of the text may be told as the line after the last.
      line = min(Int(parser.problem_mark.line), text.count { $0 == UInt8(ascii: "\n") }) + 1
      context = parser.context.map { (String(cString: $0), Int(parser.context_mark.line) + 1) }
    }
  }
}
