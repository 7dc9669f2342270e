package import FoundationEssentials

/// What a backup holds: its first file, `manifest.json`.
package struct Manifest: Codable, Equatable, Sendable {
  /// What this program writes, and the only one that it reads.
  package static let currentFormat = 1
  static let name = "manifest.json"
  /// A manifest is far smaller; what claims to be larger is none.
  static let maximumSize: Int64 = 4 << 20

  package struct Entry: Codable, Equatable, Sendable {
    package var name: String
    /// In bytes.
    package var size: Int64
    package var sha256: String
  }

  package struct Postgres: Codable, Equatable, Sendable {
    package struct Database: Codable, Equatable, Sendable {
      package var name: String
      /// The name of its entry.
      package var entry: String

      package init(name: String, entry: String) {
        self.name = name
        self.entry = entry
      }
    }

    /// The service's name without the stack's.
    package var service: String
    /// As the service names it.
    package var image: String
    /// The server's `server_version_num`: 150014.
    package var version: Int
    /// The role that owns the cluster.
    package var user: String
    package var databases: [Database]

    package init(service: String, image: String, version: Int, user: String, databases: [Database]) {
      self.service = service
      self.image = image
      self.version = version
      self.user = user
      self.databases = databases
    }
  }

  package struct Redis: Codable, Equatable, Sendable {
    package var service: String
    package var image: String
    package var version: String

    package init(service: String, image: String, version: String) {
      self.service = service
      self.image = image
      self.version = version
    }
  }

  package var format = Manifest.currentFormat
  /// Of the program that wrote it.
  package var version: String
  package var stack: String
  package var time: Date
  package var postgres: Postgres?
  package var redis: Redis?
  package var entries: [Entry] = []

  /// The parts that the backup has.
  package var parts: Set<BackupPart> {
    Set(BackupPart.allCases.filter { part in entries.contains { $0.name.hasPrefix("\(part.rawValue)/") } })
  }

  init(version: String, stack: String, time: Date) {
    self.version = version
    self.stack = stack
    self.time = time
  }

  /// Reads a manifest.
  ///
  /// - Throws: `failed` where it is none, or of a format that this program does not know.
  init(_ bytes: [UInt8], of path: String) throws(OperationError) {
    struct Format: Decodable { var format: Int }
    let decoder = JSONDecoder()
    decoder.dateDecodingStrategy = .iso8601
    guard let format = try? decoder.decode(Format.self, from: Data(bytes)).format else {
      throw OperationError(.failed, "\(path) is no backup of vitals: its manifest can't be read")
    }
    guard format == Manifest.currentFormat else {
      throw OperationError(
        .failed, "\(path) is a backup of format \(format), and this vitals reads format \(Manifest.currentFormat)",
        advice: "Restore it with the version of vitals that wrote it.")
    }
    do {
      self = try decoder.decode(Manifest.self, from: Data(bytes))
    } catch {
      throw OperationError(.failed, "\(path) is damaged: its manifest is not complete")
    }
  }

  var bytes: [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    encoder.dateEncodingStrategy = .iso8601
    return (try? encoder.encode(self)).map { [UInt8]($0) + [UInt8(ascii: "\n")] } ?? []
  }

  /// The names that the files of a backup have.
  package enum EntryName {
    package static let globals = "postgres/globals.sql"
    package static let redis = "redis/dump.rdb"
    package static func swarm(_ kind: String) -> String { "swarm/\(kind).json" }

    /// The file of a database, whose name may be anything.
    package static func database(_ name: String, number: Int) -> String {
      let isPlain = name.utf8.allSatisfy { $0.isLetter || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-") }
      return isPlain && name.utf8.count < 64 ? "postgres/\(name).dump" : "postgres/database.\(number).dump"
    }
  }
}

extension UInt8 {
  /// Whether it is an ASCII letter or digit.
  fileprivate var isLetter: Bool {
    switch self {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: false
    }
  }
}
