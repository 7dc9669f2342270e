import Testing
import Vitals

@Suite struct ListenAddressTests {
  @Test(arguments: [
    ("127.0.0.1:8080", "127.0.0.1:8080"), ("0.0.0.0:80", "0.0.0.0:80"), ("[::1]:8080", "[::1]:8080"),
    ("[::]:0", "[::]:0"), (":8080", "[::]:8080"), ("localhost:8080", "127.0.0.1:8080"),
    ("unix:/run/v.sock", "unix:/run/v.sock"), ("unix:///run/v.sock", "unix:/run/v.sock"),
    ("unix:v.sock", "unix:v.sock"),
    ("[0:0:0:0:0:0:0:1]:65535", "[::1]:65535"), ("[::ffff:127.0.0.1]:1", "[::ffff:127.0.0.1]:1"),
  ])
  func `an address is read, and told in numbers`(text: String, description: String) throws {
    #expect(try ListenAddress(text).description == description)
  }

  @Test(arguments: [
    ("", "not an address"), ("8080", "not an address"), ("127.0.0.1", "not an address"),
    ("127.0.0.1:", "not an address"),
    ("127.0.0.1:x", "not an address"), ("127.0.0.1:65536", "not an address"), ("127.0.0.1:-1", "not an address"),
    ("::1:8080", "not an address"), ("[::1]", "not an address"), ("http://127.0.0.1:80", "not an address"),
    ("web:8080", "web is not an IP address: a listener takes no names"), ("[web]:8080", "web is not an IP address"),
    ("[::1:8080", "not an address"), ("unix:", "1 to 107 bytes"), ("unix://", "1 to 107 bytes"),
    ("unix:/\(String(repeating: "x", count: 107))", "1 to 107 bytes"),
    ("1.2.3.4.5:80", "1.2.3.4.5 is not an IP address"),
  ])
  func `what is no address is said to be none`(text: String, problem: String) {
    let error = #expect(throws: ConfigurationError.self) { try ListenAddress(text) }
    #expect(error?.problems.count == 1)
    #expect(error?.problems.first?.message.contains(problem) == true, "\(error?.description ?? "")")
  }
}
