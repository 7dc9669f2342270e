import Redis

/// The Redis server that Celery's clients and workers meet at, and what they agreed on there.
public struct CeleryBroker: Sendable {
  let url: RedisURL
  /// The queues to watch; empty for those that have a binding there.
  public var queues: [String] = []
  /// Kombu's `global_keyprefix`: what stands before every key and channel.
  public var keyPrefix = ""

  /// A broker by Celery's `broker_url`: `redis://[[user]:password@]host[:port][/database]`.
  ///
  /// - Throws: one problem, which does not quote the URL's secrets.
  public init(_ url: String) throws(ConfigurationError) {
    do {
      self.url = try RedisURL(url)
    } catch {
      throw ConfigurationError([.init(Setting.celeryBrokerURL.flag, error.description)])
    }
  }
}
