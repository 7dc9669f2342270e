/// Running services for tests that only ask. They end with the test process.
enum SharedServices {
  /// A service whose one check, `redis`, passes.
  static let healthy = Result {
    let redis = try RedisServer()
    let vitals = try VitalsProcess(serve: ["--redis-url", redis.url()])
    try eventually(within: .seconds(20), "a healthy service") { try vitals.get("/health/").status == 200 }
    return (vitals: vitals, redis: redis)
  }

  /// A service whose one check, `redis`, has failed from the start.
  static let sick = Result {
    let vitals = try VitalsProcess(serve: ["--redis-url", "redis://127.0.0.1:\(try Scratch.port())"])
    try eventually(within: .seconds(20), "a sick service") { try vitals.get("/health/").text.contains("refused") }
    return vitals
  }

  static func service(isHealthy: Bool) throws -> VitalsProcess {
    isHealthy ? try healthy.get().vitals : try sick.get()
  }
}
