private import CHiredis
internal import Health

/// Bytes to replies, by hiredis' reader.
///
/// hiredis builds the replies through callbacks. These make a tree of `Node`, which grows with what was received and not
/// with what a header announces.
final class ReplyParser {
  /// A reply under construction, or an array's element.
  fileprivate final class Node {
    var leaf = Reply.null
    /// An array's elements so far, nil for every other kind.
    var elements: [Node]?

    var reply: Reply { elements.map { .array($0.map(\.reply)) } ?? leaf }

    /// Makes a node for `task`, and hands it to the array that it is an element of.
    static func add(
      to task: UnsafePointer<redisReadTask>?, _ fill: (Node, Int32) -> Void
    ) -> UnsafeMutableRawPointer? {
      guard let task = task?.pointee else { return nil }
      let node = Node()
      fill(node, task.type)
      guard let parent = task.parent?.pointee.obj else { return Unmanaged.passRetained(node).toOpaque() }
      Unmanaged<Node>.fromOpaque(parent).takeUnretainedValue().elements?.append(node)
      return Unmanaged.passUnretained(node).toOpaque()
    }
  }

  private let reader: UnsafeMutablePointer<redisReader>
  /// hiredis keeps a pointer to it.
  private let functions: UnsafeMutablePointer<redisReplyObjectFunctions>
  private let limit: Int
  /// The bytes since the last whole reply, or more where several replies came at once.
  private var pending = 0

  /// `limit` is the size that one reply may have, in bytes.
  init(limit: Int) throws(RedisError) {
    self.limit = limit
    functions = .allocate(capacity: 1)
    functions.initialize(to: .nodes)
    guard let reader = redisReaderCreateWithFunctions(functions) else {
      functions.deallocate()
      throw RedisError(.internal, "memory is short")
    }
    self.reader = reader
  }

  deinit {
    redisReaderFree(reader)
    functions.deallocate()
  }

  /// Takes in what was received.
  ///
  /// - Throws: `protocol` where a reply would be larger than the limit.
  func feed(_ bytes: [UInt8]) throws(RedisError) {
    pending += bytes.count
    guard pending <= limit else { throw RedisError(.protocol, "a reply of more than \(limit) bytes") }
    let result = bytes.withUnsafeBytes { redisReaderFeed(reader, $0.baseAddress, $0.count) }
    guard result == REDIS_OK else { throw failure() }
  }

  /// The next whole reply; nil where more bytes are needed.
  ///
  /// - Throws: `protocol` where the bytes are no reply. The parser is of no use then.
  func next() throws(RedisError) -> Reply? {
    var object: UnsafeMutableRawPointer?
    guard redisReaderGetReply(reader, &object) == REDIS_OK else { throw failure() }
    guard let object else { return nil }
    pending = reader.pointee.len - reader.pointee.pos
    return Unmanaged<Node>.fromOpaque(object).takeRetainedValue().reply
  }

  private func failure() -> RedisError {
    let text = withUnsafeBytes(of: reader.pointee.errstr) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    return RedisError(.protocol, text)
  }
}

extension redisReplyObjectFunctions {
  /// Callbacks that make a `Node` each.
  ///
  /// A root belongs to the reader until it is taken or freed, an element to its array.
  fileprivate static var nodes: redisReplyObjectFunctions {
    redisReplyObjectFunctions(
      createString: { task, text, length in
        let bytes = UnsafeRawBufferPointer(start: text, count: length)
        return ReplyParser.Node.add(to: task) { node, type in
          switch type {
          case REDIS_REPLY_STATUS: node.leaf = .status(String(decoding: bytes, as: UTF8.self))
          case REDIS_REPLY_ERROR: node.leaf = .error(String(decoding: bytes, as: UTF8.self))
          default: node.leaf = .bulk(Array(bytes))
          }
        }
      },
      createArray: { task, _ in ReplyParser.Node.add(to: task) { node, _ in node.elements = [] } },
      createInteger: { task, value in ReplyParser.Node.add(to: task) { node, _ in node.leaf = .integer(value) } },
      createNil: { task in ReplyParser.Node.add(to: task) { _, _ in } },
      freeObject: { object in
        if let object { Unmanaged<ReplyParser.Node>.fromOpaque(object).release() }
      })
  }
}
