private import CPostgres

/// Where a PostgreSQL server is and how to log in: a URL (`postgresql://user@host/db?sslmode=require`) or libpq's
/// `key=value` form, completed by libpq's environment variables (PGHOST, PGPASSWORD, ...).
///
/// Its description names hosts, user and database, and never holds the password.
package struct ConnectionString: Equatable, Sendable, CustomStringConvertible, CustomReflectable {
  /// One entry of the host list.
  struct Host: Equatable, Sendable {
    /// A name, a literal address, the directory of a unix socket, or empty: libpq's own directory.
    var name: String
    /// The address to use in place of resolving `name`.
    var address: String?
    var port: UInt16

    var isUnixSocket: Bool { address == nil && (name.isEmpty || name.hasPrefix("/") || name.hasPrefix("@")) }
  }

  /// Why a text is no connection string.
  ///
  /// It quotes nothing of the text, as every part of it may be a piece of a password that was not escaped.
  package struct Invalid: Error, Equatable, CustomStringConvertible {
    package let description: String
  }

  let hosts: [Host]
  /// What else was given, by libpq's keywords, with user, database and password.
  let parameters: [String: String]

  /// The hosts alone: `db:5432`, `[::1]:5432`, `/run/postgresql:5432`; several are separated by commas.
  package var places: String {
    hosts.map { host in
      let name = host.name.isEmpty ? host.address ?? "localhost" : host.name
      return "\(name.contains(":") ? "[\(name)]" : name):\(host.port)"
    }.joined(separator: ",")
  }

  package var user: String { parameters["user"] ?? "" }
  package var database: String { parameters["dbname"] ?? user }

  /// libpq's `connect_timeout`, which it leaves to the caller of its non-blocking calls: how long one address may take.
  var connectTimeout: Duration? {
    parameters["connect_timeout"].flatMap(Int.init).flatMap { $0 > 0 ? .seconds($0) : nil }
  }

  /// The texts that must not be seen in a log.
  package var secrets: [String] { ["password", "sslpassword"].compactMap { parameters[$0] }.filter { !$0.isEmpty } }

  /// Parses and validates `text`, as far as libpq can without connecting.
  package init(_ text: String) throws(Invalid) {
    var values = try Libpq.defaults(for: ["host", "hostaddr", "port", "user", "dbname", "password"])
    values.merge(try Libpq.parse(text)) { _, given in given }
    // A service file may hold a host to resolve, or an LDAP server to ask: both would block the loop inside libpq.
    guard values["service"] == nil else { throw Invalid("a service file is not supported: name the host instead") }
    // Negotiating it blocks, and no password database needs it.
    if values["gssencmode"] == nil { values["gssencmode"] = "disable" }
    if values["client_encoding"] == nil { values["client_encoding"] = "UTF8" }
    if values["fallback_application_name"] == nil { values["fallback_application_name"] = "vitals" }

    hosts = try ConnectionString.hosts(
      names: values.removeValue(forKey: "host"), addresses: values.removeValue(forKey: "hostaddr"),
      ports: values.removeValue(forKey: "port"))
    parameters = values
    // libpq looks at these only once it has a TCP socket, or never.
    for key in ConnectionString.numbers {
      if let value = values[key], Int32(value) == nil { throw Invalid("the value of \"\(key)\" is not a number") }
    }
    try Libpq.validate(parameters)
  }

  /// `postgresql://vitals@db:5432/app`; several hosts are separated by commas.
  package var description: String {
    "postgresql://\(user)@\(places)/\(database)"
  }

  /// Without children: a dump or a failed expectation must not print the password.
  package var customMirror: Mirror { Mirror(self, children: []) }

  private static let numbers = [
    "connect_timeout", "keepalives", "keepalives_idle", "keepalives_interval", "keepalives_count", "tcp_user_timeout",
  ]

  /// Pairs the three lists as libpq does: as many addresses as names, and as many ports, or one for all.
  private static func hosts(names: String?, addresses: String?, ports: String?) throws(Invalid) -> [Host] {
    func list(_ text: String?) -> [String] {
      text.map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) } ?? []
    }
    let names = list(names)
    let addresses = list(addresses)
    let ports = list(ports)
    let count = max(names.count, addresses.count, 1)
    guard addresses.isEmpty || names.isEmpty || addresses.count == names.count else {
      throw Invalid("\(names.count) hosts do not match \(addresses.count) addresses in \"hostaddr\"")
    }
    guard ports.count <= 1 || ports.count == count else {
      throw Invalid("\(ports.count) ports do not match \(count) hosts")
    }
    var hosts: [Host] = []
    for index in 0..<count {
      let port = ports.isEmpty ? "" : ports[ports.count == 1 ? 0 : index]
      guard let number = port.isEmpty ? 5432 : UInt16(port), number > 0 else {
        throw Invalid("the port is not a number from 1 to 65535")
      }
      let address = index < addresses.count && !addresses[index].isEmpty ? addresses[index] : nil
      hosts.append(Host(name: index < names.count ? names[index] : "", address: address, port: number))
    }
    return hosts
  }
}

extension ConnectionString.Invalid {
  init(_ description: String) { self.description = description }

  /// libpq's message with all that it quotes left out.
  init(libpq message: String) {
    let text = message.split(whereSeparator: \.isNewline).joined(separator: " ")
    guard let first = text.firstIndex(of: "\""), let last = text.lastIndex(of: "\"") else {
      self.init(text)
      return
    }
    self.init("\(text[..<first])\"...\"\(text[text.index(after: last)...])")
  }
}
