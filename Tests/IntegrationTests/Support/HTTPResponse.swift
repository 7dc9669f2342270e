import Foundation

/// A response as it came over the wire.
struct HTTPResponse: Equatable, Sendable {
  let version: String
  let status: Int
  let reason: String
  /// In the order of arrival, names as they were sent.
  let headers: [Header]
  /// Without the chunked coding; other codings are left in place.
  let body: [UInt8]

  struct Header: Equatable, Sendable {
    let name: String
    let value: String
  }

  /// The value of the first field of that name, in any case.
  subscript(_ name: String) -> String? {
    headers.first { $0.name.lowercased() == name.lowercased() }?.value
  }

  /// The body as text.
  var text: String { String(decoding: body, as: UTF8.self) }

  /// The body as a JSON object.
  func json() throws -> [String: Any] {
    guard let object = try JSONSerialization.jsonObject(with: Data(body)) as? [String: Any] else {
      throw TestbedError("not a JSON object: \(text)")
    }
    return object
  }

  /// Parses a response at the start of `bytes`; nil while it is not complete.
  ///
  /// - Parameter atEnd: nothing more will come, so a body without a length ends here.
  /// - Returns: the response and how many bytes it took.
  static func parse(_ bytes: [UInt8], toHead: Bool, atEnd: Bool) throws -> (HTTPResponse, Int)? {
    guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
    let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
    let start = lines[0].split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
    guard start.count == 3, start[0].hasPrefix("HTTP/1."), let status = Int(start[1]) else {
      throw TestbedError("not a status line: \(lines[0])")
    }
    let headers = try lines.dropFirst().map { line in
      guard let colon = line.firstIndex(of: ":") else { throw TestbedError("not a field line: \(line)") }
      let value = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
      return Header(name: String(line[..<colon]), value: value)
    }
    func response(_ body: [UInt8]) -> HTTPResponse {
      HTTPResponse(
        version: String(start[0]), status: status, reason: String(start[2]), headers: headers, body: body)
    }
    let empty = response([])
    let rest = bytes[end.upperBound...]
    if toHead || status == 204 || status == 304 || status / 100 == 1 { return (empty, end.upperBound) }
    if empty["transfer-encoding"]?.lowercased() == "chunked" {
      guard let (body, after) = try chunked(rest) else { return nil }
      return (response(body), after)
    }
    if let length = empty["content-length"].flatMap({ Int($0) }) {
      guard rest.count >= length else { return nil }
      return (response(Array(rest.prefix(length))), end.upperBound + length)
    }
    return atEnd ? (response(Array(rest)), bytes.count) : nil
  }

  /// Decodes a chunked body; nil while it is not complete. Trailer fields are skipped.
  private static func chunked(_ bytes: ArraySlice<UInt8>) throws -> (body: [UInt8], end: Int)? {
    var body: [UInt8] = []
    var rest = bytes
    let newline = Array("\r\n".utf8)
    while let line = rest.firstRange(of: newline) {
      let digits = String(decoding: rest[..<line.lowerBound].prefix { $0 != UInt8(ascii: ";") }, as: UTF8.self)
      guard let size = Int(digits, radix: 16) else { throw TestbedError("not a chunk size: \(digits)") }
      rest = rest[line.upperBound...]
      if size == 0 {
        while let trailer = rest.firstRange(of: newline) {
          let isLast = trailer.lowerBound == rest.startIndex
          rest = rest[trailer.upperBound...]
          if isLast { return (body, rest.startIndex) }
        }
        return nil
      }
      guard rest.count >= size + 2 else { return nil }
      body += rest.prefix(size)
      rest = rest.dropFirst(size + 2)
    }
    return nil
  }
}
