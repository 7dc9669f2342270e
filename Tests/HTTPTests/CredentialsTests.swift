import Foundation
import HTTP
import Testing

@Suite struct CredentialsTests {
  private func credentials(_ value: String) -> Credentials? {
    Array(value.utf8).withUnsafeBytes { Credentials($0) }
  }

  private func basic(_ pair: String) -> String { "Basic \(Data(pair.utf8).base64EncodedString())" }

  @Test(arguments: [
    "Bearer sesame", "bearer sesame", "BEARER   sesame ", "Basic OnNlc2FtZQ==", "basic YTpzZXNhbWU=",
    "Basic YTpzZXNhbWU", "Basic YWRtaW46c2VzYW1l",
  ])
  func `the right secret is proved`(value: String) {
    #expect(credentials(value)?.prove(Array("sesame".utf8)) == true)
  }

  @Test(arguments: [
    "", "Bearer", "Bearer ", "Bearer sesam", "Bearer sesame2", "Bearer Sesame", "Bearersesame", "Digest sesame",
    "sesame", "Basic", "Basic sesame", "Basic c2VzYW1l", "Basic c2VzYW1lOg==", "Basic YTpzZXNhbWU==",
    "Basic YTpzZXNhbWV=", "Basic YTpz ZXNhbWU=", "Basic YTpzZXNhbWU=x", "Basic Y", "Basic =",
    "Bearer c2VzYW1l", "Basic OnNlc2FtZQ=", "Basic OnNlc2FtZR==",
  ])
  func `nothing else is`(value: String) {
    #expect(credentials(value)?.prove(Array("sesame".utf8)) != true)
  }

  @Test func `a password may have colons, spaces and letters of any script`() {
    for secret in ["a:b:c", " a b ", "пароль", "", "\u{0}"] {
      #expect(credentials(basic("user:\(secret)")) == .basic(user: Array("user".utf8), password: Array(secret.utf8)))
    }
  }

  @Test func `base64 of any length is read as Foundation writes it`() {
    var random = SystemRandomNumberGenerator()
    for length in 0..<200 {
      let bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
      let value = "Basic " + Data(Array("u:".utf8) + bytes).base64EncodedString()
      #expect(credentials(value) == .basic(user: [UInt8(ascii: "u")], password: bytes))
    }
  }
}
