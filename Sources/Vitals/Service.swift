import CLinux
import EventLoop
import Glibc
import Health
public import Logging
import Metrics
import Server

/// The whole service: checks, collectors and the server that tells of them.
///
///     var configuration = Configuration()
///     configuration.listen = [try ListenAddress("127.0.0.1:8080")]
///     configuration.checks = [try CheckDefinition("redis", kind: .redis, url: "redis://127.0.0.1")]
///     try Service(configuration).run()
public struct Service {
  private let configuration: Configuration
  private let logger: Logger

  /// A service that is ready to run.
  ///
  /// - Throws: every problem of `configuration`.
  public init(_ configuration: Configuration, logger: Logger = Logger(label: "vitals")) throws(ConfigurationError) {
    let problems = configuration.problems
    guard problems.isEmpty else { throw ConfigurationError(problems) }
    self.configuration = configuration
    self.logger = logger
  }

  /// Serves until SIGTERM or SIGINT has been received and answered with a drain; a second one ends the process at once.
  ///
  /// It takes over the calling thread, ignores SIGPIPE, and must be called before the process has other threads, as they
  /// would receive the signals.
  ///
  /// - Throws: `StartError` where it cannot listen.
  public func run() throws {
    signal(SIGPIPE, SIG_IGN)
    raiseDescriptorLimit()
    let loop: EventLoop
    let signals: Signals
    do {
      loop = try EventLoop()
      signals = try Signals([SIGTERM, SIGINT, SIGHUP], on: loop)
    } catch {
      throw StartError(description: error.description)
    }
    let running = RunningService(configuration, logger: logger, on: loop)
    // The task and this function run one after the other, on this thread.
    nonisolated(unsafe) var failure: IOError?
    loop.run {
      do throws(IOError) {
        try await running.run(until: signals)
      } catch {
        failure = error
      }
    }
    if let failure { throw StartError(description: failure.description) }
  }

  /// Why a service could not start.
  public struct StartError: Error, CustomStringConvertible {
    /// What was attempted, and what the kernel said.
    public let description: String
  }

  /// Each connection takes a descriptor, and the customary soft limit of 1024 is for programs that use select(2).
  private func raiseDescriptorLimit() {
    var limit = rlimit()
    let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    guard getrlimit(resource, &limit) == 0, limit.rlim_cur < limit.rlim_max else { return }
    limit.rlim_cur = limit.rlim_max
    setrlimit(resource, &limit)
  }
}

/// A service that has a loop to run on.
private final class RunningService: @unchecked Sendable {
  private let configuration: Configuration
  private let logger: Logger
  private let loop: EventLoop
  private let board: HealthBoard
  private let workers: [CheckWorker]
  private let collectors: [CollectorWorker]
  private let health: HealthRoutes
  private let metrics: MetricsRoute
  private let server: Server

  init(_ configuration: Configuration, logger: Logger, on loop: EventLoop) {
    self.configuration = configuration
    self.logger = logger
    self.loop = loop
    let checks = configuration.checks.map { (definition: $0, check: $0.make(loop)) }
    let board = HealthBoard(
      checks.map {
        CheckState(name: $0.definition.name, componentType: $0.check.componentType, policy: $0.definition.policy)
      },
      info: ServiceInfo(releaseID: Version.current, serviceID: hostName(), started: loop.now), on: loop)
    self.board = board
    workers = checks.enumerated().map { index, pair in
      CheckWorker(pair.definition, check: pair.check, index: index, board: board, logger: logger, on: loop)
    }
    collectors = allCollectors(configuration, logger: logger, on: loop).map {
      CollectorWorker($0, logger: logger, on: loop)
    }
    let authorization = Authorization(configuration)
    let score = ScoreSource(board, collectors: collectors, checks: configuration.checks, on: loop)
    health = HealthRoutes(board, collectors: collectors, score: score, authorization: authorization, on: loop)
    var own: [() -> [Family]] = []
    metrics = MetricsRoute(collectors: collectors, authorization: authorization) { own.flatMap { $0() } }
    var options = ServerOptions()
    options.maximumConnections = configuration.maximumConnections
    server = Server(routes: health.routes + [metrics.route], options: options, logger: logger, on: loop)
    let process = ProcessMetrics(on: loop)
    own = [
      board.families, score.families, board.lagFamilies, server.statistics.families, process.families, buildFamilies,
    ]
  }

  func run(until signals: Signals) async throws(IOError) {
    let addresses = configuration.listen.map(\.address)
    for address in try addresses.isEmpty ? [SocketAddress(literal: "0.0.0.0", port: 8080)] : addresses {
      let bound = try server.listen(on: address)
      logger.notice("listening", metadata: ["address": "\(bound)"])
    }
    for collector in collectors { try collector.start() }
    loop.spawn { await self.board.beat() }
    for worker in workers { loop.spawn { await worker.run() } }
    for collector in collectors { loop.spawn { await collector.run() } }
    board.enter(.serving)
    loop.spawn {
      // Reading flags and making the first connections takes half of the program, which is not needed again.
      await self.loop.sleep(until: self.loop.now + .seconds(10))
      clinux_release_file_pages()
    }

    let signal = try await end(signals)
    logger.notice(
      "draining", metadata: ["signal": "\(signal)", "drain": "\(DurationText.describe(configuration.drain))"])
    loop.spawn {
      if let second = try? await self.end(signals) { exit(128 + second) }
    }
    board.enter(.draining)
    server.drain()
    await loop.sleep(until: loop.now + configuration.drain)
    await server.close(before: loop.now + .seconds(2))
    for collector in collectors { collector.stop() }
    for worker in workers { await worker.stop() }
    logger.notice("stopped")
  }

  /// The next signal that means the end; SIGHUP, which a terminal sends when it goes, means nothing here.
  private func end(_ signals: Signals) async throws(IOError) -> Int32 {
    while true {
      let signal = try await signals.next()
      if signal != SIGHUP { return signal }
      logger.info("SIGHUP ignored: there is nothing to reload")
    }
  }
}

/// This host's name: in a container the first twelve digits of its id, unless the stack file says otherwise.
package func hostName() -> String {
  var name = [UInt8](repeating: 0, count: 256)
  let code = name.withUnsafeMutableBytes { bytes in
    bytes.withMemoryRebound(to: CChar.self) { name in name.baseAddress.map { gethostname($0, name.count - 1) } }
  }
  guard code == 0 else { return "" }
  return String(decoding: name.prefix { $0 != 0 }, as: UTF8.self)
}

private func buildFamilies() -> [Family] {
  var info = Family("vitals_build_info", .info, help: "The version of this program; always 1.")
  info.add(1, ["version": Version.current])
  return [info]
}
