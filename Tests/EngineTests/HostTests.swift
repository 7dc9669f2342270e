import Engine
import Testing

@Suite struct HostTests {
  @Test(arguments: [
    ("unix:///var/run/docker.sock", Host.Endpoint.unix(path: "/var/run/docker.sock")),
    ("tcp://10.0.0.1:2376", .tcp(host: "10.0.0.1", port: 2376)),
    ("tcp://proxy", .tcp(host: "proxy", port: 2375)),
    ("TCP://proxy:1/", .tcp(host: "proxy", port: 1)),
    ("http://proxy:2375", .tcp(host: "proxy", port: 2375)),
    ("tcp://[::1]:2375", .tcp(host: "::1", port: 2375)),
    ("tcp://[fe80::1%eth0]", .tcp(host: "fe80::1%eth0", port: 2375)),
  ])
  func `an address is read`(_ text: String, _ endpoint: Host.Endpoint) throws {
    #expect(try Host(text).endpoint == endpoint)
  }

  @Test(arguments: [
    ("", "expected"), ("/var/run/docker.sock", "expected"), ("unix://", "absolute path"),
    ("unix://docker.sock", "absolute path"), ("https://proxy:2376", "TLS"), ("ssh://me@node", "ssh://"),
    ("npipe:////./pipe/docker_engine", "npipe://"), ("fd://", "fd://"), ("ftp://node", "scheme"),
    ("tcp://", "missing"), ("tcp://:2375", "missing"), ("tcp://node:", "port"), ("tcp://node:0", "port"),
    ("tcp://node:65536", "port"), ("tcp://node:http", "port"), ("tcp://::1:2375", "brackets"),
    ("tcp://[::1]x", "expected"), ("tcp://node:2375/v1.41", "path"), ("tcp://node?x", "path"),
  ])
  func `an address that can't work is refused with the reason`(_ text: String, _ reason: String) {
    #expect { try Host(text) } throws: { error in
      guard case .invalidHost(let told) = (error as? EngineError)?.reason else { return false }
      return told.contains(reason)
    }
  }

  @Test func `TLS that the environment asks for is refused`() {
    #expect(throws: EngineError.self) { try Host("tcp://node:2376", verifiesTLS: true) }
    #expect(throws: Never.self) { try Host("unix:///run/docker.sock", verifiesTLS: true) }
  }

  @Test func `a password in an address is not repeated`() {
    #expect { try Host("tcp://me:secret@node:2375") } throws: { !"\($0)".contains("secret") }
  }

  @Test func `an address is written as it is read`() throws {
    for text in ["unix:///run/docker.sock", "tcp://node:2375", "tcp://[::1]:2375"] {
      #expect(try "\(Host(text))" == text)
    }
  }
}
