import Engine
import EventLoop
import Logging
import Metrics
import Scoring

/// How full filesystems are, by the names of node_exporter.
final class FilesystemSource: Collector, @unchecked Sendable {
  let name = "filesystem"
  let interval: Duration
  let timeout = Duration.seconds(5)

  /// A path that is asked about.
  private struct Target {
    let path: String
    let call: BlockingCall<Result<Filesystem, IOError>>
    /// What the path led to when it was last asked about successfully.
    var mount: MountTable.Mount
    /// Whether it failed the last time, which the log was told.
    var hasFailed = false
  }

  /// Tells the name for the label `node`; nil without an engine, and the series are without that label then.
  private let node: NodeName?
  private let loop: EventLoop
  private let logger: Logger
  private var targets: [Target]
  /// What the last refresh could read.
  private var found: [Filesystem] = []

  /// The source that `configuration` names; nil for none.
  init?(_ configuration: Configuration, logger: Logger, on loop: EventLoop) {
    if configuration.filesystems.isEmpty { return nil }
    self.loop = loop
    self.logger = logger
    interval = configuration.refreshInterval
    node = configuration.engine.map { NodeName(Client($0.host, on: loop, resolver: Resolver(on: loop)), on: loop) }
    targets = configuration.filesystems.map { path in
      Target(
        path: path, call: BlockingCall(on: loop) { Filesystem.read(path) },
        mount: MountTable.Mount(device: "", type: "", point: path, isReadOnly: false))
    }
  }

  func collect(before deadline: Instant) async throws -> [Family] {
    // The space counts for more than the label: an engine that hangs must not take all of the time.
    let node = try? await node?.current(before: min(deadline, .now + .seconds(2)))
    let answers = await answers(before: deadline)
    for (index, answer) in answers.enumerated() { note(answer, of: index) }
    found = answers.compactMap { try? $0.get() }
    if found.isEmpty, let first = answers.first { _ = try first.get() }
    var families = FilesystemFamilies(node: node)
    for filesystem in found { families.add(filesystem, on: filesystem.mount) }
    // What is left then: where one path of several on a filesystem fails, the filesystem has not.
    for target in targets where target.hasFailed { families.add(nil, on: target.mount) }
    return families.all
  }

  func assess(_ facts: inout Facts, isCurrent: Bool) {
    let readable = isCurrent ? found.filter { $0.size > 0 } : []
    facts.filesystems = readable.map { .init(mountpoint: $0.mount.point, free: $0.available / $0.size) }
  }

  /// Asks about all paths at a time, as each may take all of it.
  private func answers(before deadline: Instant) async -> [Result<Filesystem, IOError>] {
    await withTaskGroup(of: (Int, Result<Filesystem, IOError>).self) { group in
      for (index, target) in targets.enumerated() {
        group.addTask {
          let late = IOError(.timedOut, "statvfs \(target.path)")
          return (index, await target.call.answer(before: deadline) ?? .failure(late))
        }
      }
      return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }.sorted { $0.key < $1.key }.map(\.value)
    }
  }

  /// Remembers what a path led to, and logs a failure, once until it is over.
  private func note(_ answer: Result<Filesystem, IOError>, of index: Int) {
    switch answer {
    case .success(let filesystem):
      targets[index].mount = filesystem.mount
      targets[index].hasFailed = false
    case .failure(let error):
      if !targets[index].hasFailed { logger.warning("filesystem not read", metadata: ["detail": "\(error)"]) }
      targets[index].hasFailed = true
    }
  }
}

/// The `node_filesystem_` families, each mount once.
private struct FilesystemFamilies {
  private let node: String?
  private var seen: Set<String> = []
  private var size = Family("node_filesystem_size_bytes", .gauge, help: "Size of the filesystem.", unit: "bytes")
  private var free = Family(
    "node_filesystem_free_bytes", .gauge, help: "Free space, with what is kept for root.", unit: "bytes")
  private var available = Family(
    "node_filesystem_avail_bytes", .gauge, help: "Free space for users other than root.", unit: "bytes")
  private var files = Family("node_filesystem_files", .gauge, help: "Inodes that there can be.")
  private var filesFree = Family("node_filesystem_files_free", .gauge, help: "Inodes that are free.")
  private var readOnly = Family(
    "node_filesystem_readonly", .gauge, help: "Whether the filesystem takes no writes, as after an error.")
  private var error = Family(
    "node_filesystem_device_error", .gauge, help: "Whether the filesystem did not answer at the last refresh.")

  init(node: String?) { self.node = node }

  /// - Parameter filesystem: nil where it could not be read.
  mutating func add(_ filesystem: Filesystem?, on mount: MountTable.Mount) {
    guard seen.insert(mount.point).inserted else { return }
    var labels: Labels = ["device": mount.device, "fstype": mount.type, "mountpoint": mount.point]
    if let node { labels = labels.adding("node", node) }
    error.add(filesystem == nil, labels)
    guard let filesystem else { return }
    size.add(filesystem.size, labels)
    free.add(filesystem.free, labels)
    available.add(filesystem.available, labels)
    files.add(filesystem.files, labels)
    filesFree.add(filesystem.filesFree, labels)
    readOnly.add(mount.isReadOnly, labels)
  }

  var all: [Family] { [size, free, available, files, filesFree, readOnly, error] }
}
