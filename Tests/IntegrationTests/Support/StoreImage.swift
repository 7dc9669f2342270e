import Foundation

/// Images with this machine's PostgreSQL and Redis, which keep the official images' contract: variables, volumes, users.
enum StoreImage {
  static let postgres = "postgres:15"
  static let redis = "redis:7.0"

  private static let path =
    "PATH=/usr/lib/postgresql/15/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

  /// Imports both.
  static func load(into engine: DockerEngine) throws {
    let archive = try archive.get()
    try engine.importImage(
      archive, as: postgres,
      changes: [
        "ENV \(path) PGDATA=/var/lib/postgresql/data LANG=C.UTF-8", "VOLUME /var/lib/postgresql/data",
        "ENTRYPOINT [\"postgres-entrypoint.sh\"]", "CMD [\"postgres\"]",
      ])
    try engine.importImage(
      archive, as: redis,
      changes: [
        "ENV \(path)", "VOLUME /data", "WORKDIR /data", "ENTRYPOINT [\"redis-entrypoint.sh\"]",
        "CMD [\"redis-server\"]",
      ])
  }

  /// The same archive on all engines of a run.
  private static let archive = Result {
    let file = try Scratch.directory("stores") + "/image.tar"
    try Subprocess.run([Tool.script("store-image"), file], within: .seconds(120))
    return file
  }
}
