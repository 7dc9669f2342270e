package import FoundationEssentials
import Glibc

/// Which backups are kept.
package struct Retention: Equatable, Sendable {
  /// The newest so many; nil for all.
  package var count: Int?
  /// Those of the last so many days; nil for all.
  package var days: Int?

  package init(count: Int? = nil, days: Int? = nil) {
    self.count = count
    self.days = days
  }

  /// What is not kept, the oldest first.
  ///
  /// The newest is always kept, however old it is.
  package func expired(among names: [BackupName], at now: Date) -> [BackupName] {
    let newestFirst = names.sorted(by: >)
    return newestFirst.enumerated().filter { index, name in
      guard index > 0 else { return false }
      let isSurplus = count.map { index >= $0 } ?? false
      let isOld = days.map { now.timeIntervalSince(name.time) > Double($0) * 86_400 } ?? false
      return isSurplus || isOld
    }.map(\.element).reversed()
  }

  /// Removes backups of `stack` from a directory that are not kept, and their sums.
  ///
  /// Only files that have a backup's name and begin with a manifest of that stack and time. Those of other parts are not
  /// counted: hourly ones of Redis alone do not push out the nightly ones of everything.
  ///
  /// - Parameters:
  ///   - parts: what a backup has that counts.
  ///   - coming: a backup that counts as there already.
  /// - Returns: the names of the removed, and of those left alone because they are something else.
  package func apply(
    to directory: String, stack: String, parts: Set<BackupPart>, at now: Date, coming: BackupName? = nil,
    isDry: Bool = false
  ) throws(OperationError) -> (removed: [String], leftAlone: [String]) {
    let names = try Retention.names(in: directory).compactMap { BackupName($0, of: stack) }
    var removed: [String] = []
    var leftAlone: [String] = []
    var backups = coming.map { [$0] } ?? []
    for name in names {
      guard let manifest = try? BackupReader("\(directory)/\(name.text)").manifest, manifest.stack == stack,
        BackupName(stack: stack, time: manifest.time) == name
      else {
        leftAlone.append(name.text)
        continue
      }
      if manifest.parts == parts { backups.append(name) }
    }
    for name in expired(among: backups, at: now) {
      let path = "\(directory)/\(name.text)"
      if !isDry {
        guard unlink(path) == 0 else { throw OutputFile.failure("remove", path) }
        unlink("\(path).sha256")
      }
      removed.append(name.text)
    }
    return (removed, leftAlone.sorted())
  }

  private static func names(in directory: String) throws(OperationError) -> [String] {
    guard let stream = opendir(directory) else { throw OutputFile.failure("read", directory) }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      names.append(
        withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) })
    }
    return names
  }
}
