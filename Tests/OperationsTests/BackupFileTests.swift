import EventLoop
import Foundation
import TestSupport
import Testing

@testable import Operations

/// Backups as files: written, read, damaged.
struct BackupFileTests {
  private static let time = Date(timeIntervalSince1970: 1_795_000_000)
  /// A snapshot as redis-server 7.0 wrote it: three keys in two databases.
  private static let snapshot: [UInt8] = {
    let data: [UInt8] = Array("REDIS0010".utf8) + [0xfe, 0, 0xfb, 1, 0, 0, 1, 0x61, 0xc0, 1, 0xff]
    return data + [0, 0, 0, 0, 0, 0, 0, 0]
  }()

  private func directory() throws -> String {
    let path = NSTemporaryDirectory() + "backup-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    return path
  }

  private func write(
    _ files: [(String, [UInt8])], in directory: String, stack: String = "pilito", time: Date = time,
    _ change: @escaping @Sendable (BackupWriter) -> Void = { _ in }
  ) async throws -> BackupWriter.Written {
    try await onLoop { loop in
      let writer = try BackupWriter(in: directory, stack: stack, version: "1", time: time, on: loop)
      for (name, bytes) in files { try await writer.add(name, bytes) }
      change(writer)
      return try await writer.finish { _ in }
    }
  }

  private func verify(_ path: String) async throws -> Manifest { try await BackupReader.verify(path) { _ in } }

  private let files: [(String, [UInt8])] = [
    ("swarm/services.json", Array("[]".utf8)),
    ("postgres/app.dump", BackupFileTests.noise),
    ("postgres/empty.dump", []), ("redis/dump.rdb", snapshot),
  ]

  @Test func `what was written is read again, and other programs can read it`() async throws {
    let directory = try directory()
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let written = try await write(files, in: directory)
    #expect(written.path == "\(directory)/pilito-20261118T110640Z.tar.gz")
    let manifest = try await verify(written.path)
    #expect(manifest.entries.map(\.name) == files.map(\.0) && manifest.parts == [.postgres, .redis, .swarm])
    let reader = try BackupReader(written.path)
    try reader.seek(to: "postgres/app.dump")
    #expect(try reader.readAll() == files[1].1)

    let attributes = try FileManager.default.attributesOfItem(atPath: written.path)
    #expect(attributes[.posixPermissions] as? Int == 0o600)
    let names = try FileManager.default.contentsOfDirectory(atPath: directory).sorted()
    #expect(names == ["pilito-20261118T110640Z.tar.gz", "pilito-20261118T110640Z.tar.gz.sha256"])
    #expect(try shell("cd \(directory) && sha256sum --check --status *.sha256 && tar -tzf *.gz") == 0)
    #expect(try shell("cd \(directory) && tar -xzf *.gz && cmp postgres/empty.dump /dev/null") == 0)
    #expect(try Data(contentsOf: URL(fileURLWithPath: "\(directory)/postgres/app.dump")) == Data(files[1].1))
  }

  @Test func `a file that is cut off anywhere is refused`() async throws {
    let directory = try directory()
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let whole = try Data(contentsOf: URL(fileURLWithPath: try await write(files, in: directory).path))
    let path = "\(directory)/cut"
    for count in [0, 1, 10, 200, whole.count / 2, whole.count - 9, whole.count - 1] {
      try whole.prefix(count).write(to: URL(fileURLWithPath: path))
      let error = await #expect(throws: OperationError.self) { try await verify(path) }
      #expect(error?.kind == .failed && error?.message.contains("truncated") == true, "\(count)")
    }
    try (whole + Data([0])).write(to: URL(fileURLWithPath: path))
    let error = await #expect(throws: OperationError.self) { try await verify(path) }
    #expect(error?.message.contains("something follows its end") == true)
  }

  @Test func `one altered byte anywhere is noticed`() async throws {
    let directory = try directory()
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let whole = try Data(contentsOf: URL(fileURLWithPath: try await write(files, in: directory).path))
    let path = "\(directory)/altered"
    // Of the gzip header, bytes 4 to 9 are a time and a system, which count for nothing.
    for index in [0, 1, 2, 3] + stride(from: 10, to: whole.count, by: max(1, whole.count / 97)) {
      var altered = whole
      altered[index] ^= 0x10
      try altered.write(to: URL(fileURLWithPath: path))
      await #expect(throws: OperationError.self, "byte \(index)") { try await verify(path) }
    }
  }

  @Test func `a manifest that does not fit its files is refused`() async throws {
    let directory = try directory()
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let cases: [(reason: String, change: @Sendable (BackupWriter) -> Void)] = [
      ("is not what was written", { $0.manifest.entries[1].sha256 = SHA256.hex([]) }),
      ("backup of format 2", { $0.manifest.format = 2 }),
    ]
    for (number, (reason, change)) in cases.enumerated() {
      let time = Self.time.addingTimeInterval(Double(number))
      let path = try await write(files, in: directory, time: time, change).path
      let error = await #expect(throws: OperationError.self) { try await verify(path) }
      #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
    }
  }

  /// Bytes without a pattern, which would hide damage: a copy from a wrong place may hold the same.
  private static let noise: [UInt8] = {
    var state: UInt32 = 1
    return (0..<100_000).map { _ in
      state = state &* 1_664_525 &+ 1_013_904_223
      return UInt8(state >> 24)
    }
  }()

  private static let incomplete: [(bytes: [UInt8], reason: String)] = [
    ([], "does not begin"), (Array("REDIS0010".utf8), "cut off"), (snapshot.dropLast(), "cut off"),
    (snapshot.dropLast() + [1], "checksum"), (Array("SQLite".utf8) + snapshot, "does not begin"),
  ]

  @Test(arguments: incomplete)
  func `a snapshot that is not complete is never stored`(bytes: [UInt8], reason: String) async throws {
    let directory = try directory()
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let error = await #expect(throws: OperationError.self) {
      try await onLoop { loop in
        let writer = try BackupWriter(in: directory, stack: "pilito", version: "1", time: Self.time, on: loop)
        defer { writer.discard() }
        try await writer.add("redis/dump.rdb", bytes)
      }
    }
    #expect(error?.message.contains(reason) == true)
    #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == [])
  }

  @Test func `the sum that Redis writes is known`() {
    // CRC-64/REDIS of "123456789" is e9c6d914c4b8d9ca (crc64.c of Redis).
    var snapshot = RedisSnapshot()
    snapshot.update(Array("REDIS0010".utf8) + [0xff] + [0, 0, 0, 0, 0, 0, 0, 0])
    #expect(snapshot.problem == nil)
    #expect(RedisSnapshot.sum(of: Array("123456789".utf8)) == 0xe9c6_d914_c4b8_d9ca)
  }

  @Test func `files larger than a plain header can say have another header before it`() {
    let size: Int64 = 9 << 30
    let blocks = TarHeader(name: "postgres/app.dump", size: size, time: 0).blocks
    #expect(blocks.count == 3 * TarHeader.blockSize)
    guard case .extended(let length) = TarHeader.read(Array(blocks[..<512])) else {
      Issue.record("no extended header")
      return
    }
    #expect(TarHeader.size(inRecords: Array(blocks[512..<512 + Int(length)])) == size)
  }

  @Test func `a full disk leaves nothing and says so`() async throws {
    let error = await #expect(throws: OperationError.self) {
      try await onLoop { loop in
        let file = try OutputFile("/dev/full", flags: 0)
        try file.write([UInt8](repeating: 0, count: 100_000))
        _ = try await file.finish(on: loop)
      }
    }
    #expect(error?.message.contains("No space left") == true && error?.advice?.contains("another directory") == true)
  }

  private func shell(_ script: String) throws -> Int32 {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", script]
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    return process.terminationStatus
  }
}
