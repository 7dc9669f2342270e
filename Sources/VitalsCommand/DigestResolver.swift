import EventLoop
import Glibc
import Operations

/// Asks registries for digests, each image once.
struct DigestResolver {
  private let context: OperatorContext
  private let credentials: RegistryCredentials
  private var known: [String: String?] = [:]
  /// The registries that have not answered for long: they are not waited for again with each image.
  private var silent: Set<String> = []

  init(_ context: OperatorContext) {
    self.context = context
    let variables = environment()
    let directory = variables["DOCKER_CONFIG"] ?? "\(variables["HOME"] ?? "")/.docker"
    let bytes = readFile("\(directory)/config.json")
    credentials = RegistryCredentials(bytes.flatMap { try? JSONValue($0) } ?? .null)
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
      guard error.kind == .failed else { throw error }
      if .now - began > .seconds(5) { silent.insert(image.registry) }
      context.output.progress(
        "warning: no digest of \(image.name) from its registry (\(error.message)): each node goes by the tag")
    }
    known[image.name] = .some(digest)
    return digest
  }
}

/// The contents of a file; nil where it can't be read.
private func readFile(_ path: String) -> [UInt8]? {
  let descriptor = open(path, O_RDONLY | O_CLOEXEC)
  guard descriptor >= 0 else { return nil }
  defer { close(descriptor) }
  var bytes: [UInt8] = []
  var piece = [UInt8](repeating: 0, count: 64 * 1024)
  while true {
    let count = read(descriptor, &piece, piece.count)
    guard count > 0 else { return count == 0 ? bytes : nil }
    bytes += piece[..<count]
  }
}
