/// The name of an image as people, specifications and engines write it:
/// `registry.example.com:5000/pilito/web:2@sha256:...`.
package struct ImageReference: Hashable, Sendable, CustomStringConvertible {
  /// The name with its tag, as it was written.
  package let name: String
  /// `sha256:...`, nil where the image is not pinned.
  package var digest: String?

  package init(_ text: String) {
    name = String(text.prefix { $0 != "@" })
    digest = name.count < text.count ? String(text.dropFirst(name.count + 1)) : nil
  }

  package var description: String { digest.map { "\(name)@\($0)" } ?? name }

  /// The reference with so much of the digest as tells one from another.
  package var short: String { digest.map { "\(name)@\($0.prefix("sha256:".count + 12))" } ?? name }

  /// Where the image comes from: the first part of the name where that can be a host's name, else Docker Hub.
  package var registry: String {
    let first = name.prefix { $0 != "/" }
    let isHost = first.count < name.count && (first.contains(".") || first.contains(":") || first == "localhost")
    return isHost ? String(first) : "docker.io"
  }

  /// The name without its tag, and without Docker Hub's name, which is left out in some places and not in others.
  var repository: String {
    var rest = name.prefix(upTo: tagColon ?? name.endIndex)
    for prefix in ["docker.io/", "index.docker.io/", "library/"] where rest.hasPrefix(prefix) {
      rest = rest.dropFirst(prefix.count)
    }
    return String(rest)
  }

  /// `latest` where there is neither a tag nor a digest.
  var tag: String? {
    if let tagColon { return String(name[name.index(after: tagColon)...]) }
    return digest == nil ? "latest" : nil
  }

  /// The colon of a port comes before a slash.
  private var tagColon: String.Index? {
    name.lastIndex(of: ":").flatMap { name[$0...].contains("/") ? nil : $0 }
  }
}
