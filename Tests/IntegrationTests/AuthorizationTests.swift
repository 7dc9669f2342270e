import Foundation
import Testing

/// `--details authorized`: what is told with the token, without it, and with a wrong one.
@Suite(.timeLimit(.minutes(5)))
struct AuthorizationTests {
  static let token = "open sesame"

  /// The value of Authorization, and whether it opens.
  static let values: [(value: String?, opens: Bool)] = [
    (nil, false), ("Bearer open sesame", true), ("bearer open sesame", true), (basic("prometheus"), true),
    (basic(""), true), ("Bearer open sesam", false), ("Bearer Open sesame", false), ("Bearer", false),
    (basic("a", "wrong"), false), ("Digest open sesame", false), ("Basic !", false), ("", false),
  ]

  private static func basic(_ user: String, _ password: String = token) -> String {
    "Basic \(Data("\(user):\(password)".utf8).base64EncodedString())"
  }

  /// Two services, one of which fails.
  private func withServices(_ body: (_ vitals: VitalsProcess, _ code: Int) throws -> Void) throws {
    let redis = try RedisServer()
    defer { redis.stop() }
    let bad = "redis://127.0.0.1:\(try Scratch.port())"
    for (url, code) in [(redis.url(), 200), (bad, 503)] {
      let flags = ["--redis-url", url, "--interval", "200ms", "--details", "authorized"]
      let vitals = try VitalsProcess(serve: flags, environment: ["VITALS_TOKEN": Self.token])
      defer { vitals.kill() }
      let open = ["Authorization": "Bearer \(Self.token)"]
      try eventually(within: .seconds(20), "the first result") {
        !(try vitals.get("/health/", headers: open).text.contains("pending"))
      }
      try body(vitals, code)
    }
  }

  @Test func `a probe gets its verdict whatever it sends, and details for the token alone`() throws {
    try withServices { vitals, code in
      let paths = ["/health/", "/health", "/health/ready", "/readyz", "/health/live", "/livez", "/health/container"]
      for path in paths {
        let isLive = path.contains("live")
        for (value, opens) in Self.values {
          for accept in ["application/json", "application/health+json", "text/plain", "text/html"] {
            let headers = value.map { ["Authorization": $0, "Accept": accept] } ?? ["Accept": accept]
            let answer = try vitals.get(path, headers: headers)
            #expect(answer.status == (isLive ? 200 : code), "\(path) \(value ?? "-")")
            #expect(answer["vary"] == "Accept, Authorization")
            if !opens { try expectNoDetails(answer) }
            // That leads to the login, which is at the page's own path.
            #expect(!answer.text.contains("?login"))
            if path == "/health/", opens { #expect(answer.text.contains("redis")) }
          }
        }
      }
      let options = try HTTPClient.request("OPTIONS", "/health/", at: vitals.address)
      #expect(options.status == code)
    }
  }

  @Test func `metrics and single checks are refused without the token`() throws {
    try withServices { vitals, code in
      for (value, opens) in Self.values {
        let headers = value.map { ["Authorization": $0] } ?? [:]
        for (path, status) in [("/metrics", 200), ("/health/checks/redis", code), ("/health/checks/nobody", 404)] {
          for method in ["GET", "HEAD"] {
            let answer = try HTTPClient.request(method, path, at: vitals.address, headers: headers)
            #expect(answer.status == (opens ? status : 401), "\(path) \(value ?? "-")")
            guard !opens else { continue }
            let challenges = answer.headers.filter { $0.name == "WWW-Authenticate" }.map(\.value)
            #expect(challenges == ["Bearer realm=\"vitals\"", "Basic realm=\"vitals\", charset=\"UTF-8\""])
            try expectNoDetails(answer)
          }
        }
      }
    }
  }

  @Test func `the page is the verdict alone, and asks who wants to see more for the password`() throws {
    try withServices { vitals, code in
      for (value, opens) in Self.values {
        let headers = value.map { ["Authorization": $0] } ?? [:]
        let page = try vitals.get("/", headers: headers)
        #expect(page.status == 200)
        #expect(page.text.contains("<body data-status=\"\(code == 200 ? "pass" : "fail")\""))
        #expect(page.text.contains("href=\"?login\"") == !opens)
        #expect(page.text.contains("redis") == opens)
        if !opens { try expectNoDetails(page) }

        let login = try vitals.get("/?login", headers: headers)
        #expect(login.status == (opens ? 303 : 401))
        #expect(login["location"] == (opens ? "./" : nil))
        #expect(login["www-authenticate"] == (opens ? nil : "Basic realm=\"vitals\", charset=\"UTF-8\""))
      }
    }
  }

  @Test func `the container's own probe needs no token`() throws {
    try withServices { vitals, code in
      let environment = ["VITALS_LISTEN": "\(vitals.address)"]
      let probe = try VitalsProcess.run(["probe"], environment: environment)
      #expect(probe.exit == .code(code == 200 ? 0 : 1))
    }
  }

  @Test func `with details for everybody the token changes nothing`() throws {
    let vitals = try SharedServices.service(isHealthy: true)
    for (value, _) in Self.values {
      let headers = value.map { ["Authorization": $0] } ?? [:]
      #expect(try vitals.get("/metrics", headers: headers).status == 200)
      #expect(try vitals.get("/health/", headers: headers).text.contains("redis"))
      #expect(try vitals.get("/?login", headers: headers).text.contains("redis"))
    }
  }

  /// The program's release, as those hear it who may.
  private static let release = Result {
    try #require(SharedServices.service(isHealthy: true).health().body.releaseId)
  }

  /// Nothing of the name of a check, the host, the release, or the reason of a failure.
  private func expectNoDetails(_ answer: HTTPResponse) throws {
    let host = ProcessInfo.processInfo.hostName.split(separator: ".").first.map(String.init) ?? "localhost"
    let body = answer.text.replacing(/(?s)<(style|script)>.*?<\/\1>/, with: "")
    for detail in ["redis", "refused", try Self.release.get(), "\"checks\"", "health_", ">\(host)<"] {
      #expect(!body.contains(detail), "\(detail): \(body.prefix(200))")
    }
    #expect(answer.body.count < 20_000)
  }
}
