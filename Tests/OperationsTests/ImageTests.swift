import Foundation
import Operations
import Testing

struct ImageReferenceTests {
  @Test(arguments: [
    ("nginx", "docker.io"), ("library/nginx:1", "docker.io"), ("pilito/web:2", "docker.io"),
    ("localhost/web", "localhost"), ("localhost:5000/web:2", "localhost:5000"),
    ("registry.example.com/pilito/web:2", "registry.example.com"), ("web:5000", "docker.io"),
  ])
  func `an image comes from a registry`(text: String, registry: String) {
    #expect(ImageReference(text).registry == registry)
  }

  @Test func `a digest is told apart, and short where it is shown`() {
    let image = ImageReference("localhost:5000/web:2@sha256:0123456789abcdef0123")
    #expect(image.name == "localhost:5000/web:2" && image.digest == "sha256:0123456789abcdef0123")
    #expect(image.short == "localhost:5000/web:2@sha256:0123456789ab")
    #expect("\(image)" == "localhost:5000/web:2@sha256:0123456789abcdef0123")
    #expect(ImageReference("web:2").digest == nil && ImageReference("web:2").short == "web:2")
  }
}

struct RegistryCredentialsTests {
  private static let configuration = """
    {"auths": {"https://index.docker.io/v1/": {"auth": "dXNlcjpwYXNzOndvcmQ="}, "token.example.com": {"identitytoken": "t"},
     "helped.example.com": {}, "bad.example.com": {"auth": "?"}}}
    """

  private func decoded(_ registry: String) throws -> JSONValue? {
    let credentials = RegistryCredentials(try JSONValue(Array(Self.configuration.utf8)))
    guard let header = credentials.header(for: registry) else { return nil }
    #expect(!header.contains("+") && !header.contains("/"))
    let text = header.replacingOccurrences(of: "-", with: "+").replacingOccurrences(of: "_", with: "/")
    return try JSONValue([UInt8](try #require(Data(base64Encoded: text))))
  }

  @Test func `a name and password are sent as the engine wants them`() throws {
    let value = try decoded("docker.io")
    #expect(value?["username"].text == "user" && value?["password"].text == "pass:word")
    #expect(value?["serveraddress"].text == "https://index.docker.io/v1/")
    #expect(try decoded("token.example.com")?["identitytoken"].text == "t")
  }

  @Test(arguments: ["helped.example.com", "bad.example.com", "unknown.example.com"])
  func `where there are none, none are sent`(registry: String) throws {
    #expect(try decoded(registry) == nil)
  }
}

struct PlannedChangeTests {
  private func specification(image: String = "web:1", replicas: Int64 = 3, force: Int64 = 0, user: String = "")
    -> JSONValue
  {
    .object([
      "Mode": .object(["Replicated": .object(["Replicas": .integer(replicas)])]),
      "TaskTemplate": .object([
        "ForceUpdate": .integer(force), "ContainerSpec": .object(["Image": .string(image), "User": .string(user)]),
      ]),
    ])
  }

  @Test func `what differs between two specifications is told by its name`() {
    func changes(_ new: JSONValue) -> [String] {
      PlannedChange.between(specification(), new, of: "web").map(\.text)
    }
    #expect(changes(specification()) == [])
    #expect(changes(specification(image: "web:2", replicas: 5)) == ["image web:1 -> web:2", "replicas 3 -> 5"])
    #expect(changes(specification(force: 1)) == ["restart"])
    #expect(changes(specification(force: 1, user: "web")) == ["settings"])
  }
}
