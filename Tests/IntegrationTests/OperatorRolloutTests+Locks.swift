import Foundation
import Testing

extension EngineTests.OperatorRolloutTests {
  @Test func `a lock goes when it is released, and one that has expired is taken over`() throws {
    defer { scene.removeServices(of: "dead") }
    try scene.createService("web", of: "dead", replicas: 1)
    /// What a command leaves that was killed.
    func leaveLock(until expiry: Date) throws {
      let since = expiry.addingTimeInterval(-1800).ISO8601Format()
      let labels = ["owner=ann@desk", "action=deploy", "since=\(since)", "expires=\(expiry.ISO8601Format())"]
      try scene.manager.docker(
        ["config", "create"] + labels.flatMap { ["--label", "vitals.lock.\($0)"] } + ["vitals-lock-dead", "-"],
        input: "lock")
    }
    func locks() throws -> String {
      try scene.manager.docker("config", "ls", "-q", "--filter", "name=vitals-lock-dead")
    }

    try leaveLock(until: .now + 600)
    #expect(try scene.vitals("lock", stack: "dead").output.hasPrefix("dead is locked: deploy by ann@desk since "))
    let held = try scene.vitals("lock", "--format", "json", stack: "dead").json
    #expect(held["locked"] == 1 && held["expired"] == 0 && held["released"] == 0 && held["owner"] == "ann@desk")
    let refused = try scene.vitals("scale", "web=2", "--detach", stack: "dead")
    #expect(refused.code == 1 && refused.errorOutput.contains("dead is locked: deploy by ann@desk"), "\(refused)")
    #expect(try !locks().isEmpty)
    let released = try scene.vitals("lock", "--release", stack: "dead")
    #expect(released.code == 0 && released.output.hasPrefix("removed the lock of dead: deploy by ann@desk since "))
    #expect(try locks().isEmpty)
    for flags in [[], ["--release"]] {
      let nobody = try scene.vitals(["lock"] + flags, stack: "dead")
      #expect(nobody.code == 0 && nobody.output == "dead is not locked\n", "\(nobody)")
    }
    // Where there was nothing to remove, nothing is written down.
    #expect(try scene.audit(of: "dead").map { $0["action"] } == ["lock --release"])

    try leaveLock(until: .now - 1)
    #expect(try scene.vitals("lock", stack: "dead").output.hasPrefix("dead was locked: deploy by ann@desk since "))
    #expect(try scene.vitals("lock", "--format", "json", stack: "dead").json["expired"] == 1)
    let scaled = try scene.vitals("scale", "web=2", "--detach", stack: "dead")
    #expect(scaled.code == 0, "\(scaled)")
    // Its own it has given back.
    #expect(try locks().isEmpty)

    // A stack that is deployed for the first time has nothing but its lock.
    scene.removeServices(of: "dead")
    let unknown = try scene.vitals("lock", stack: "dead")
    #expect(unknown.code == 1 && unknown.errorOutput.contains("there is no stack dead\n"), "\(unknown)")
    try leaveLock(until: .now + 600)
    #expect(try scene.vitals("lock", stack: "dead").output.hasPrefix("dead is locked: "))
    let typo = try scene.vitals("lock", "--release", stack: "daed")
    #expect(typo.code == 1 && typo.errorOutput.contains("there is no stack daed\nDid you mean dead?"), "\(typo)")
    #expect(try scene.vitals("lock", "--release", stack: "dead").code == 0)
    #expect(try locks().isEmpty)
  }
}
