import FoundationEssentials

/// The user names and passwords that `docker login` has put into its configuration file.
///
/// Those that it has given to a helper (`credsStore`, `credHelpers`) are not read.
package struct RegistryCredentials: Sendable {
  private let configuration: JSONValue

  /// - Parameter configuration: `config.json` of the docker command; null where there is none.
  package init(_ configuration: JSONValue) { self.configuration = configuration }

  /// What the header X-Registry-Auth says for a registry; nil where nothing is known of it.
  package func header(for registry: String) -> String? {
    // Docker Hub goes by the address that it once had.
    let address = registry == "docker.io" ? "https://index.docker.io/v1/" : registry
    let entry = configuration["auths"][address]
    var members: [String: JSONValue] = ["serveraddress": .string(address)]
    if let token = entry["identitytoken"].text, !token.isEmpty {
      members["identitytoken"] = .string(token)
    } else if let encoded = entry["auth"].text, let data = Data(base64Encoded: encoded) {
      let pair = String(decoding: data, as: UTF8.self)
      guard let colon = pair.firstIndex(of: ":") else { return nil }
      members["username"] = .string(String(pair[..<colon]))
      members["password"] = .string(String(pair[pair.index(after: colon)...]))
    } else {
      return nil
    }
    guard let bytes = try? JSONValue.object(members).bytes() else { return nil }
    // The alphabet that is safe in URLs, with its padding.
    return Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
  }
}
