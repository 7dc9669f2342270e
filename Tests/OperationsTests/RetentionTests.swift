import EventLoop
import Foundation
import TestSupport
import Testing

@testable import Operations

struct RetentionTests {
  private static let now = Date(timeIntervalSince1970: 1_795_000_000)

  /// A name of so many days ago.
  private static func name(_ days: Double) -> BackupName {
    BackupName(stack: "pilito", time: now.addingTimeInterval(-days * 86_400))
  }

  @Test(arguments: [
    (Retention(count: 2), [5.0, 3.0]), (Retention(count: 1), [5, 3, 1]), (Retention(days: 2), [5, 3]),
    (Retention(count: 3, days: 4), [5]), (Retention(count: 9), []), (Retention(), []),
  ])
  func `the newest are kept`(retention: Retention, expired: [Double]) {
    let names = [1, 5, 0, 3].map { Self.name(Double($0)) }
    #expect(retention.expired(among: names, at: Self.now) == expired.map { Self.name($0) })
  }

  @Test func `the newest one is kept, however old it is`() {
    #expect(Retention(count: 1, days: 1).expired(among: [Self.name(90)], at: Self.now) == [])
  }

  @Test(arguments: [
    "pilito-20261118T110640Z.tar.gz.sha256", "pilito-20261118T110640.tar.gz", "pilito-20261118T110640Z.tar",
    "pilito-staging-20261118T110640Z.tar.gz", "other-20261118T110640Z.tar.gz", "pilito-20261318T110640Z.tar.gz",
    ".pilito-20261118T110640Z.tar.gz.part0.17", "pilito-notes.tar.gz", "pilito-.tar.gz", "",
  ])
  func `other names are no backups`(name: String) {
    #expect(BackupName(name, of: "pilito") == nil)
  }

  @Test func `names are read again`() {
    #expect(BackupName("pilito-20261118T110640Z.tar.gz", of: "pilito")?.time == Self.now)
    #expect(BackupName(stack: "pilito", time: Self.now).text == "pilito-20261118T110640Z.tar.gz")
  }

  @Test func `only what begins as a backup of that stack is removed, with its sum`() async throws {
    let directory = NSTemporaryDirectory() + "retention-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: directory) }
    try await onLoop { loop in
      for (stack, days, entry) in [
        ("pilito", 0, "swarm/services.json"), ("pilito", 1, "swarm/services.json"),
        ("pilito", 2, "swarm/services.json"),
        ("pilito", 4, "postgres/globals.sql"), ("pilito-2", 3, "swarm/services.json"),
      ] {
        let time = Self.now.addingTimeInterval(Double(-days) * 86_400)
        let writer = try BackupWriter(in: directory, stack: stack, version: "1", time: time, on: loop)
        try await writer.add(entry, Array("[]".utf8))
        _ = try await writer.finish { _ in }
      }
    }
    let impostor = Self.name(9).text
    try Data("photos".utf8).write(to: URL(fileURLWithPath: "\(directory)/\(impostor)"))
    let stranger = Self.name(8).text
    let other = BackupName(stack: "pilito-2", time: Self.now.addingTimeInterval(-3 * 86_400)).text
    try FileManager.default.copyItem(atPath: "\(directory)/\(other)", toPath: "\(directory)/\(stranger)")

    let retention = Retention(count: 1)
    let dry = try retention.apply(to: directory, stack: "pilito", parts: [.swarm], at: Self.now, isDry: true)
    #expect(dry.removed == [Self.name(2).text, Self.name(1).text] && dry.leftAlone == [impostor, stranger])
    #expect(try FileManager.default.contentsOfDirectory(atPath: directory).count == 12)
    let done = try retention.apply(to: directory, stack: "pilito", parts: [.swarm], at: Self.now)
    #expect(done.removed == dry.removed && done.leftAlone == dry.leftAlone)
    let left = Set(try FileManager.default.contentsOfDirectory(atPath: directory))
    let globals = Self.name(4).text
    #expect(
      left == [
        Self.name(0).text, Self.name(0).text + ".sha256", globals, globals + ".sha256", other, other + ".sha256",
        impostor,
        stranger,
      ])
  }
}
