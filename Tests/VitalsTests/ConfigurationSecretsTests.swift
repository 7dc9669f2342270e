import Testing

@testable import Vitals

/// Passwords in every place where a URL can carry them, of well-formed URLs and of those that people get wrong.
@Suite struct ConfigurationSecretsTests {
  /// What must never be seen. Each piece counts: a delimiter in a password can cut it into several.
  static let marker = "hunterz"

  /// URLs with a password, well-formed and as people get them wrong.
  static let urls: [String] = {
    let passwords = [
      marker, "\(marker)@", "@\(marker)", "\(marker)/", "/\(marker)", "\(marker)#", "?\(marker)", "\(marker):\(marker)",
      "\(marker)%", "%\(marker)", "%zz\(marker)", "\(marker)=", "=\(marker)", "a,timeout=\(marker)", "a,\(marker)=b",
      "\(marker) ", " \(marker)", "[\(marker)", "\(marker)]", "a;\(marker)=", ";\(marker)", "\"\(marker)", "'\(marker)",
      "\(marker)&", "a&\(marker)=b", "a?\(marker)=b", "a/\(marker)=b", "a,critical=\(marker)", "\\\(marker)",
    ]
    let forms = [
      "SCHEME://app:PASSWORD@h/1", "SCHEME://app:PASSWORD@h:99999/1", "SCHEME://app:PASSWORD@h:x/x?x=y",
      "SCHEME://:PASSWORD@h", "SCHEME://PASSWORD@h", "SCHEME:app:PASSWORD@h/1", "SCHEME://h/1?password=PASSWORD",
      "SCHEME://h/1?PASSWORD=1", "SCHEME://app:PASSWORD", "SCHEME://h:PASSWORD/1", "app:PASSWORD@h/1", "PASSWORD",
    ]
    let schemes = ["redis", "rediss", "postgresql", "http", "https", "tcp", "ftp", "unix"]
    let keyed = passwords.map { "host=h user=app password=\($0) port=x" }
    return keyed
      + forms.flatMap { form in
        passwords.enumerated().map { index, password in
          form.replacing("SCHEME", with: schemes[(index + form.utf8.count) % schemes.count])
            .replacing("PASSWORD", with: password)
        }
      }
  }()

  @Test(arguments: urls) func `no part of a password is in a problem`(url: String) {
    let variables = [
      "VITALS_CHECKS": "x=\(url)\n\(url)\ny=\(url),interval=1", "REDIS_URL": url, "DATABASE_URL_FILE": "/f",
    ]
    // A URL where a path belongs is an easy slip; what starts with a slash is a path as far as anybody can tell.
    let slips = url.hasPrefix("/") ? [:] : ["REDIS_URL_FILE": url, "DATABASE_URL_FILE": url, "VITALS_CHECKS_FILE": url]
    // The address of an engine holds no password, unless somebody thinks that it does.
    let engine = url.contains("@") ? url : "tcp://h:1"
    let checks = ["x=\(url)", url, "y=\(url),critical=no", "\(url)=\(url)"]
    for (flags, environment) in [
      ([.redisURL: [url], .databaseURL: [url], .check: checks, .dockerHost: [engine]], [:]), ([:], variables),
      ([:], ["VITALS_CHECKS_FILE": "/f", "REDIS_URL_FILE": "/f", "DATABASE_URL": url, "DOCKER_HOST": engine]),
      ([:], slips),
    ] as [([Setting: [String]], [String: String])] {
      var reader = ConfigurationReader(flags: flags, environment: environment) { $0 == "/f" ? url : nil }
      do {
        _ = try reader.read()
      } catch {
        #expect(!error.description.contains(Self.marker))
      }
    }
  }
}
