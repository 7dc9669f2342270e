import CAffinity

/// Which core does what: a server never shares its own with the load generator.
struct Cores {
  let server: Int
  let load: Int
  /// The load generator's core when there are only two: the peers that ask the databases are too slow to
  /// need much of it, and on the server's core the databases would take from what they are compared by.
  let databases: Int

  /// - Throws: ``Failure`` where this process may use only one core.
  init() throws {
    let mask = affinity_get()
    let allowed = (0..<64).filter { mask >> $0 & 1 == 1 }
    guard allowed.count >= 2 else { throw Failure("two processor cores are needed") }
    server = allowed[0]
    load = allowed[1]
    databases = allowed.count > 2 ? allowed[2] : load
  }

  /// Pins the calling thread, and what it starts from now on.
  static func pin(to core: Int) { affinity_set(1 << core) }

  /// Pins the calling thread while `body` runs.
  static func pinned<Result>(to core: Int, _ body: () throws -> Result) rethrows -> Result {
    let before = affinity_get()
    pin(to: core)
    defer { affinity_set(before) }
    return try body()
  }
}
