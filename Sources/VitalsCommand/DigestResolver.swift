import EventLoop
import Operations
import Vitals

/// Asks registries for digests, each image once.
struct DigestResolver {
  private let context: OperatorContext
  private let credentials: RegistryCredentials
  private var known: [String: String?] = [:]
  /// The registries that have not answered for long: they are not waited for again with each image.
  private var silent: Set<String> = []

  init(_ context: OperatorContext) {
    self.context = context
    let directory = variable("DOCKER_CONFIG") ?? "\(variable("HOME") ?? "")/.docker"
    let text = readFile("\(directory)/config.json")
    credentials = RegistryCredentials(text.flatMap { try? JSONValue(Array($0.utf8)) } ?? .null)
  }

  func header(for image: ImageReference) -> String? { credentials.header(for: image.registry) }

  /// The digest of an image's tag at present; nil where the registry does not tell, which is told to the user.
  mutating func digest(of image: ImageReference) async throws(OperationError) -> String? {
    if let digest = known[image.name] { return digest }
    guard !silent.contains(image.registry) else { return nil }
    var digest: String?
    let began = Instant.now
    do throws(OperationError) {
      digest = try await context.manager.digest(
        of: image, auth: header(for: image), before: min(context.deadline, .now + .seconds(20)))
    } catch {
      guard error.kind == .failed || error.kind == .deadline else { throw error }
      if .now - began > .seconds(5) { silent.insert(image.registry) }
      context.output.progress(
        "warning: no digest of \(image.name) from its registry (\(error.message)): each node goes by the tag")
    }
    known[image.name] = .some(digest)
    return digest
  }
}
