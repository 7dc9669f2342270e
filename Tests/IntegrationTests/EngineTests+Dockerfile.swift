import Foundation
import Testing

extension EngineTests {
  /// The project's Dockerfile, built by a real engine on a base image made of this machine's toolchain.
  @Suite(.timeLimit(.minutes(40)))
  struct DockerfileTests {
    @Test func `the image is built, small, not root, and becomes healthy on a read-only root`() throws {
      let engine = try DockerEngine(.init(name: "builder", network: .host, hasTestImage: false))
      defer { engine.stop() }
      try BuilderImage.load(into: engine)
      try engine.docker(
        "build", "--network", "host", "--build-arg", "BUILDER=\(BuilderImage.name)", "--tag", "vitals:test",
        Tool.packageDirectory, within: .seconds(1500))

      let image = try ImageConfiguration(of: "vitals:test", on: engine)
      #expect(image.size < 64 << 20)
      #expect(image.user == "65532:65532")
      #expect(image.stopSignal == "SIGTERM")
      #expect(image.healthCommand == ["CMD", "/vitals", "probe"])
      #expect(try engine.docker("run", "--rm", "--network", "none", "vitals:test", "--help").contains("serve"))

      let hardening = ["--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--network", "none"]
      let container = try engine.docker(["run", "--detach"] + hardening + ["vitals:test"])
      try eventually(within: .seconds(60), every: .milliseconds(200), "healthy") {
        let state = try engine.docker("inspect", "--format", "{{json .State}}", container)
        if state.contains("\"Status\":\"healthy\"") { return true }
        let report = "\(state) \(try engine.docker("logs", container))"
        throw state.contains("\"Running\":true") ? TestbedError(report) : .final(report)
      }
      let pid = try engine.docker("inspect", "--format", "{{.State.Pid}}", container)
      let status = try engine.machine.run(["cat", "/proc/\(pid)/status"])
      #expect(status.contains("\nUid:\t65532\t65532\t65532\t65532\n"))
      let inContainer = ["nsenter", "--target", pid, "--net"]
      let live = try engine.machine.run(inContainer + ["curl", "-sS", "http://127.0.0.1:8080/health/live?brief"])
      #expect(live == "{\"status\":\"pass\"}")

      let start = ContinuousClock.now
      try engine.docker("stop", "--time", "30", container)
      #expect(ContinuousClock.now - start < .seconds(20))
      #expect(try engine.docker("inspect", "--format", "{{.State.ExitCode}}", container) == "0")
    }
  }
}

/// A stand-in for the official Swift image, which cannot be pulled without a registry.
private enum BuilderImage {
  static let name = "swift-builder:test"

  static func load(into engine: DockerEngine) throws {
    let tarball = try Scratch.directory("swift") + "/image.tar"
    try Subprocess.run([Tool.script("swift-image"), tarball], within: .seconds(240))
    let path = "ENV PATH=/opt/swift/usr/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    try engine.docker("import", "--change", path, tarball, name, within: .seconds(180))
    try FileManager.default.removeItem(atPath: tarball)
  }
}

/// What `docker image inspect` says about an image.
private struct ImageConfiguration {
  let size: Int
  let user: String
  let stopSignal: String
  let healthCommand: [String]

  init(of name: String, on engine: DockerEngine) throws {
    struct Entry: Decodable {
      struct Config: Decodable {
        struct Health: Decodable { let Test: [String] }
        let User: String
        let StopSignal: String
        let Healthcheck: Health
      }
      let Size: Int
      let Config: Config
    }
    let text = try engine.docker("image", "inspect", name)
    guard let entry = try JSONDecoder().decode([Entry].self, from: Data(text.utf8)).first else {
      throw TestbedError("no image \(name)")
    }
    size = entry.Size
    user = entry.Config.User
    stopSignal = entry.Config.StopSignal
    healthCommand = entry.Config.Healthcheck.Test
  }
}
