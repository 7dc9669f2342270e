/// One request on a connection of its own.
enum HTTPClient {
  /// Sends a request and reads its response.
  static func request(
    _ method: String, _ target: String, at address: RawSocket.Address, headers: [String: String] = [:],
    body: String = "", within limit: Duration = .seconds(10)
  ) throws -> HTTPResponse {
    let socket = try RawSocket(address, within: limit)
    defer { socket.close() }
    var fields = ["Host": "localhost", "Connection": "close"]
    if !body.isEmpty { fields["Content-Length"] = "\(body.utf8.count)" }
    let lines = fields.merging(headers) { $1 }.map { "\($0): \($1)\r\n" }.sorted().joined()
    try socket.send("\(method) \(target) HTTP/1.1\r\n\(lines)\r\n\(body)")
    return try socket.readResponse(toHead: method == "HEAD", within: limit)
  }

  /// GET.
  static func get(
    _ target: String, at address: RawSocket.Address, headers: [String: String] = [:],
    within limit: Duration = .seconds(10)
  ) throws -> HTTPResponse {
    try request("GET", target, at: address, headers: headers, within: limit)
  }

  /// GET from a port of the loopback address.
  static func get(_ target: String, port: Int, headers: [String: String] = [:]) throws -> HTTPResponse {
    try get(target, at: .loopback(port), headers: headers)
  }
}
