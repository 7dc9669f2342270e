import Foundation
import Testing

@testable import Vitals

@Suite struct MountTableTests {
  private static let table = MountTable(
    #"""
    28 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw,discard
    100 28 0:50 / / ro,relatime master:1 - overlay overlay rw,lowerdir=/a:/b
    29 100 0:6 / /dev rw,nosuid - devtmpfs devtmpfs rw,size=12G
    30 100 8:1 / /srv/data rw,noatime shared:7 master:3 - xfs /dev/sda1 ro,attr2
    31 100 0:44 /sub /srv/data/with\040space\134\011 ro - nfs4 nas:/export\040one rw,vers=4.2
    32 100 0:45 / /srv/database rw - tmpfs none rw
    33 100 254:0 /var /host ro,relatime - ext4 /dev/vda rw,discard
    nonsense
    34 100 0:46 / /broken rw - ext4
    """#)

  @Test(arguments: [
    ("/", "overlay", "/"), ("/etc/hostname", "overlay", "/"), ("/srv", "overlay", "/"),
    ("/srv/data", "/dev/sda1", "/srv/data"), ("/srv/data/x/y", "/dev/sda1", "/srv/data"),
    ("/srv/database", "none", "/srv/database"), ("/srv/dat", "overlay", "/"),
    ("/srv/data/with space\\\t/x", "nas:/export one", "/srv/data/with space\\\t"), ("/broken/x", "overlay", "/"),
  ])
  func `a path belongs to the deepest mount, the last of several`(_ path: String, _ device: String, _ point: String) {
    let mount = Self.table.mount(containing: path)
    #expect(mount?.device == device && mount?.point == point)
  }

  @Test(arguments: [("/", false), ("/srv/data", true), ("/host", false), ("/srv/data/with space\\\t", false)])
  func `a filesystem takes no writes where it says so, not where only the mount does`(
    _ path: String, _ isReadOnly: Bool
  ) {
    #expect(Self.table.mount(containing: path)?.isReadOnly == isReadOnly)
  }

  @Test func `types are told, and nothing leads nowhere`() {
    #expect(Self.table.mount(containing: "/srv/data/with space\\\t")?.type == "nfs4")
    #expect(MountTable("").mount(containing: "/") == nil)
  }
}

@Suite struct FilesystemTests {
  @Test func `the space of this machine is what df says`() throws {
    let filesystem = try Filesystem.read("/proc/self/../../tmp").get()
    let df = Process()
    df.executableURL = URL(filePath: "/bin/df")
    df.arguments = ["-B1", "--output=source,fstype,target,size,itotal", "/tmp"]
    let output = Pipe()
    df.standardOutput = output
    try df.run()
    let text = String(decoding: try #require(try output.fileHandleForReading.readToEnd()), as: UTF8.self)
    let words = try #require(text.split(separator: "\n").last).split(separator: " ").map(String.init)
    #expect(filesystem.mount.device == words[0])
    #expect(filesystem.mount.type == words[1])
    #expect(filesystem.mount.point == words[2])
    #expect(filesystem.size == Double(words[3]))
    #expect(filesystem.files == Double(words[4]))
    #expect(filesystem.available <= filesystem.free && filesystem.free <= filesystem.size)
    #expect(filesystem.filesFree <= filesystem.files)
  }

  @Test func `a path that is not there is a failure that names it`() {
    guard case .failure(let error) = Filesystem.read("/no/such/path") else {
      Issue.record("no failure")
      return
    }
    #expect(error.description == "look up /no/such/path: No such file or directory")
  }
}
