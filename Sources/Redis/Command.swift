private import CHiredis

/// A command as the server reads it.
enum Command {
  /// Encodes a command's name and arguments.
  static func encoded(_ arguments: [String]) -> [UInt8] {
    var texts: [UInt8] = []
    for argument in arguments { texts += argument.utf8 }
    let lengths = arguments.map(\.utf8.count)
    return texts.withUnsafeBytes { texts in
      var start = texts.bindMemory(to: CChar.self).baseAddress
      var pointers = lengths.map { length in
        defer { start = start?.advanced(by: length) }
        return start
      }
      var encoded: UnsafeMutablePointer<CChar>?
      let count = redisFormatCommandArgv(&encoded, Int32(arguments.count), &pointers, lengths)
      guard let encoded, count > 0 else { preconditionFailure("hiredis formats every command, memory permitting") }
      defer { redisFreeCommand(encoded) }
      return Array(UnsafeRawBufferPointer(start: encoded, count: Int(count)))
    }
  }

  /// Encodes several commands, one behind the other.
  static func encoded(_ commands: [[String]]) -> [UInt8] { commands.reduce(into: []) { $0 += encoded($1) } }
}
