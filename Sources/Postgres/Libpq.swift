internal import CPostgres
private import Glibc

/// libpq's calls on connection options, with Swift's types.
enum Libpq {
  /// What libpq's environment variables, and its built-in values, give for `keywords`.
  static func defaults(for keywords: [String]) throws(ConnectionString.Invalid) -> [String: String] {
    guard let options = PQconndefaults() else {
      throw ConnectionString.Invalid("libpq's environment variables (PGSERVICE, ...) are not valid")
    }
    defer { PQconninfoFree(options) }
    return values(options).filter { keywords.contains($0.key) }
  }

  /// The options that `text` gives.
  static func parse(_ text: String) throws(ConnectionString.Invalid) -> [String: String] {
    guard !text.utf8.contains(0) else { throw ConnectionString.Invalid("it holds a zero byte") }
    var message: UnsafeMutablePointer<CChar>?
    guard let options = PQconninfoParse(text, &message) else {
      defer { PQfreemem(message) }
      throw ConnectionString.Invalid(libpq: message.map { String(cString: $0) } ?? "out of memory")
    }
    defer { PQconninfoFree(options) }
    return values(options)
  }

  /// Lets libpq judge the values themselves (`sslmode`, `target_session_attrs`, ...).
  ///
  /// It does so only when a connection begins. This one leads to a unix socket that does not exist and so is over at once.
  static func validate(_ parameters: [String: String]) throws(ConnectionString.Invalid) {
    var parameters = parameters
    parameters["host"] = "/nonexistent"
    guard let connection = start(parameters) else { throw ConnectionString.Invalid("out of memory") }
    defer { PQfinish(connection) }
    let message = String(cString: PQerrorMessage(connection))
    guard PQstatus(connection) != CONNECTION_BAD || message.hasPrefix("connection to server ") else {
      throw ConnectionString.Invalid(libpq: message)
    }
  }

  /// PQconnectStartParams: nil where memory is short, else a connection to be freed with PQfinish.
  static func start(_ parameters: [String: String]) -> OpaquePointer? {
    let keywords = parameters.keys.map { UnsafePointer(strdup($0)) }
    let values = parameters.values.map { UnsafePointer(strdup($0)) }
    defer { for string in keywords + values { free(UnsafeMutableRawPointer(mutating: string)) } }
    return PQconnectStartParams(keywords + [nil], values + [nil], 0)
  }

  private static func values(_ options: UnsafeMutablePointer<PQconninfoOption>) -> [String: String] {
    Dictionary(list(options).compactMap { option in option.value.map { (option.keyword, $0) } }) { _, last in last }
  }

  /// The array ends with an entry without a keyword.
  private static func list(
    _ options: UnsafeMutablePointer<PQconninfoOption>
  ) -> [(keyword: String, value: String?)] {
    var list: [(keyword: String, value: String?)] = []
    var option = options
    while let keyword = option.pointee.keyword {
      list.append((String(cString: keyword), option.pointee.val.map { String(cString: $0) }))
      option += 1
    }
    return list
  }
}
