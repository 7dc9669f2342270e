import Glibc
import Vitals

/// A check of your own: whether uploads can be stored.
struct UploadsCheck: Check {
  let directory: String

  func check(before deadline: Instant) async throws(CheckFailure) {
    guard access(directory, W_OK) == 0 else {
      throw CheckFailure(.readonly, detail: "\(directory): \(String(cString: strerror(errno)))")
    }
  }
}

/// A service with that check and one of Redis: `Embedding 127.0.0.1:8080 redis://127.0.0.1 /srv/uploads`.
@main
struct Embedding {
  static func main() throws {
    let arguments = CommandLine.arguments
    guard arguments.count == 4 else { exit(EX_USAGE) }
    var configuration = Configuration()
    configuration.listen = [try ListenAddress(arguments[1])]
    configuration.checks = [
      try CheckDefinition("redis", kind: .redis, url: arguments[2], policy: CheckPolicy(critical: false)),
      CheckDefinition("uploads", policy: CheckPolicy(interval: .seconds(1))) { _ in
        UploadsCheck(directory: arguments[3])
      },
    ]
    try Service(configuration).run()
  }
}
