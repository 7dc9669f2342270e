/// An image of an engine, with what `GET /system/df` says of it.
package struct EngineImage: Equatable, Sendable {
  package var id: String
  /// `pilito:1`, none of an image that has lost its name.
  package var tags: [String]
  /// As in `pilito@sha256:...`, of images that a registry knows.
  package var digests: [String]
  /// Bytes that no other image has.
  package var size: UInt64

  init(_ value: JSONValue) {
    func names(_ key: String) -> [String] { value[key].elements.compactMap(\.text).filter { !$0.contains("<none>") } }
    id = value["Id"].text ?? ""
    tags = names("RepoTags")
    digests = names("RepoDigests")
    let shared = max(0, value["SharedSize"].integer ?? 0)
    size = UInt64(max(0, (value["Size"].integer ?? 0) - shared))
  }

  /// What people call it.
  package var name: String { tags.first ?? digests.first ?? "\(id.prefix(19)) (without a name)" }

  /// Whether a specification means this image: by its digest, by its tag, or by its id.
  func isMeant(by references: Set<ImageReference>, ids: Set<String>) -> Bool {
    if ids.contains(id) { return true }
    return references.contains { reference in
      if let tag = reference.tag, tags.contains(where: { isSame(ImageReference($0), reference.repository, tag) }) {
        return true
      }
      guard let digest = reference.digest else { return false }
      return digests.contains { $0.hasSuffix("@\(digest)") } || id == digest
    }
  }

  private func isSame(_ own: ImageReference, _ repository: String, _ tag: String) -> Bool {
    own.repository == repository && own.tag == tag
  }
}
