import Engine
package import EventLoop

extension Manager {
  /// The digest that a registry has for an image's name at present.
  ///
  /// - Parameter auth: what the header X-Registry-Auth says.
  /// - Throws: `failed` where the registry does not answer, or has no such image.
  package func digest(
    of image: ImageReference, auth: String?, before deadline: Instant
  ) async throws(OperationError) -> String {
    let path = "/distribution/\(image.name)/json"
    do throws(EngineError) {
      let body = try await client.get(path, headers: auth.map { ["X-Registry-Auth": $0] } ?? [:], before: deadline)
      let descriptor = (try? JSONValue(body))?["Descriptor"] ?? .null
      // The documentation of the API writes its fields in the one way, and engines in the other.
      if let digest = descriptor["digest"].text ?? descriptor["Digest"].text { return digest }
      throw EngineError(.malformed("no digest"), "GET \(path)", host: client.host.description)
    } catch {
      // The words are the registry's.
      if case .status(_, let message) = error.reason { throw OperationError(.failed, message) }
      throw OperationError(error)
    }
  }
}
