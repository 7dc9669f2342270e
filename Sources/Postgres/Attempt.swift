extension ConnectionString {
  /// One host of the list, asked for one kind of session.
  struct Attempt: Equatable, Sendable {
    var host: Host
    fileprivate var parameters: [String: String]

    /// Whether the host is a name, or a literal address, that libpq must not see without an address beside it.
    var isUnresolved: Bool { host.address == nil && !host.isUnixSocket }

    /// What libpq is started with.
    ///
    /// `address` is what the host's name was resolved to; the name stays, for certificates and password files.
    func parameters(address: String?) -> [String: String] {
      var all = parameters
      all["host"] = host.name
      all["hostaddr"] = host.address ?? address
      all["port"] = String(host.port)
      return all
    }
  }

  /// The order in which to try.
  ///
  /// `prefer-standby` takes two rounds, the second with whoever is there, as in libpq.
  var attempts: [Attempt] {
    let wanted = parameters["target_session_attrs"]
    let rounds = wanted == "prefer-standby" ? ["standby", "any"] : [wanted]
    return rounds.flatMap { session in
      hosts.map { host in
        var parameters = parameters
        parameters["target_session_attrs"] = session
        return Attempt(host: host, parameters: parameters)
      }
    }
  }
}
