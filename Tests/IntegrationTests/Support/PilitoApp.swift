import Foundation

/// The application of the tests, `Tests/Stack/pilito`, with a database of its own: what its processes have in common.
struct PilitoApp: Sendable {
  static let directory = "\(Tool.packageDirectory)/Tests/Stack/pilito"

  let databaseURL: String
  let redisURL: String
  /// What all of Celery's keys and channels in Redis begin with.
  let keyPrefix: String
  /// The seconds between two of beat's tasks.
  let beatInterval: Double

  /// Makes the database `pilito` and its tables.
  init(
    _ postgres: PostgresServer, _ redis: RedisServer, redisDatabase: Int = 0, keyPrefix: String = "",
    beatInterval: Double = 5
  ) throws {
    databaseURL = postgres.url(database: "pilito")
    redisURL = redis.url(database: redisDatabase)
    self.keyPrefix = keyPrefix
    self.beatInterval = beatInterval
    try postgres.createDatabase("pilito")
    let migrate = try [PythonEnvironment.program("python"), "\(Self.directory)/manage.py", "migrate"]
    try Subprocess.run(migrate, environment: environment)
  }

  /// The whole environment of its processes.
  var environment: [String: String] {
    [
      "PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "LANG": "C.UTF-8",
      // Compiled modules belong neither into the source nor to the user who runs the tests.
      "PYTHONPYCACHEPREFIX": "\(Tool.packageDirectory)/.build/python/cache", "DATABASE_URL": databaseURL,
      "REDIS_URL": redisURL, "CELERY_KEY_PREFIX": keyPrefix, "BEAT_INTERVAL": "\(beatInterval)",
    ]
  }

  /// A command of Celery, such as `worker` with its arguments, that knows this application.
  func celery(_ arguments: [String]) throws -> [String] {
    try [PythonEnvironment.program("celery"), "--workdir", Self.directory, "--app", "pilito"] + arguments
  }
}
