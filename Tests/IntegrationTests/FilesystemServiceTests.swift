import Foundation
import Glibc
import Testing

extension EngineTests {
  /// The filesystem collector on filesystems of its own, for which the tests need root as engines do.
  @Suite(.timeLimit(.minutes(2)))
  struct FilesystemServiceTests {
    @Test func `a filesystem's size, use and state are right`() throws {
      let path = try Scratch.directory("disk")
      let options = "size=16m,nr_inodes=100,mode=755"
      try Subprocess.run(["mount", "-t", "tmpfs", "-o", options, "vitals-test", path])
      defer { unmount(path) }
      try Data(repeating: 1, count: 4 * 1024 * 1024).write(to: URL(filePath: "\(path)/file"))
      try FileManager.default.createSymbolicLink(atPath: "\(path)/link", withDestinationPath: "file")
      let vitals = try VitalsProcess(
        serve: ["--filesystem", "\(path)/link", "--filesystem", path, "--filesystem", "/", "--refresh", "200ms"])
      defer { vitals.kill() }
      let disk = ["device": "vitals-test", "fstype": "tmpfs", "mountpoint": path]
      let expected = [
        "size_bytes": 16_777_216.0, "free_bytes": 12_582_912, "avail_bytes": 12_582_912, "files": 100, "files_free": 97,
        "readonly": 0, "device_error": 0,
      ]
      try vitals.waitForPage("the filesystem") { $0["node_filesystem_size_bytes", disk] != nil }
      let page = try vitals.page()
      for (name, value) in expected { #expect(page["node_filesystem_\(name)", disk] == value, "\(name)") }
      // Two paths on one filesystem are one series.
      #expect(page.samples(of: "node_filesystem_size_bytes").count == 2)
      #expect(page.samples(of: "node_filesystem_size_bytes").keys.contains { $0.labels["mountpoint"] == "/" })

      try FileManager.default.removeItem(atPath: "\(path)/link")
      try Subprocess.run(["mount", "-o", "remount,ro", path])
      try vitals.waitForPage("a filesystem without writes") { $0["node_filesystem_readonly", disk] == 1 }
      #expect(try vitals.page()["vitals_collector_up", ["collector": "filesystem"]] == 1)
      #expect(vitals.errorOutput.components(separatedBy: "filesystem not read").count == 2)
    }

    @Test func `a filesystem that hangs costs one thread, and the others go on`() throws {
      let path = try Scratch.directory("hang")
      // A FUSE file system without a server, as an NFS without one.
      let device = open("/dev/fuse", O_RDWR | O_CLOEXEC)
      try #require(device >= 0)
      let options = "fd=\(device),rootmode=40000,user_id=0,group_id=0"
      #expect(mount("vitals-test", path, "fuse", 0, options) == 0)
      defer { unmount(path) }
      let vitals = try VitalsProcess(serve: ["--filesystem", path, "--filesystem", "/", "--refresh", "100ms"])
      defer { vitals.kill() }
      let hung = ["device": "", "fstype": "", "mountpoint": path]
      try vitals.waitForPage("what hangs") { $0["node_filesystem_device_error", hung] == 1 }
      let page = try vitals.nextPage(of: "filesystem")
      #expect(page["node_filesystem_device_error", hung] == 1)
      #expect(page.samples(of: "node_filesystem_size_bytes").keys.map { $0.labels["mountpoint"] } == ["/"])
      #expect(page["vitals_collector_up", ["collector": "filesystem"]] == 1)
      #expect(vitals.threadCount <= 3)
      #expect(try vitals.get("/health/live", within: .seconds(1)).status == 200)

      // The kernel ends all that waits there.
      close(device)
      unmount(path)
      try vitals.waitForPage("the directory below") { $0["node_filesystem_device_error", hung] == nil }
      try eventually("one thread") { vitals.threadCount == 1 }
    }

    private func unmount(_ path: String) { _ = umount2(path, Int32(MNT_DETACH)) }
  }
}
