import Testing

@testable import Engine

@Suite struct APIVersionTests {
  @Test func `versions are ordered by number, not by text`() throws {
    #expect(try #require(APIVersion("1.9")) < #require(APIVersion("1.41")))
    #expect(APIVersion("1.41") == APIVersion(major: 1, minor: 41))
  }

  @Test(arguments: ["", "1", "1.", ".1", "1.2.3", "a.b", "1.-1", "v1.41"])
  func `what is no version is nil`(_ text: String) {
    #expect(APIVersion(text) == nil)
  }

  @Test(arguments: [
    (
      "client version 1.41 is too old. Minimum supported API version is 1.44, please upgrade your client to a newer version",
      "1.44"
    ),
    ("client version 1.99 is too new. Maximum supported API version is 1.41", "1.41"),
  ])
  func `a refusal names the version to use`(_ message: String, _ version: String) {
    #expect(APIVersion.demanded(by: message) == APIVersion(version))
  }

  @Test func `another refusal names none`() {
    #expect(APIVersion.demanded(by: "invalid filter") == nil)
    #expect(APIVersion.demanded(by: "Minimum supported API version is ") == nil)
  }
}
