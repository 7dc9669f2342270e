package import EventLoop

/// The host name of the machine that an engine runs on, which in a swarm is the name of its node.
///
/// It is told by `GET /info`, which is slow for an engine (it runs its helpers to ask them for their versions) and changes
/// next to never, so the answer is kept for a while.
package final class NodeName: @unchecked Sendable {
  private let client: Client
  private let loop: EventLoop
  private let lifetime: Duration
  private var name: String?
  private var expiry = Instant(nanoseconds: .min)

  /// - Parameters:
  ///   - client: asks; one request at a time, so nothing else may use it meanwhile.
  ///   - lifetime: how long an answer is kept.
  package init(_ client: Client, on loop: EventLoop, lifetime: Duration = .seconds(600)) {
    self.client = client
    self.loop = loop
    self.lifetime = lifetime
  }

  /// The name, asked anew where it has been kept for long enough; an old one is better than none.
  ///
  /// - Throws: why the engine did not tell, where it never has.
  package func current(before deadline: Instant) async throws(EngineError) -> String {
    if let name, loop.now < expiry { return name }
    do {
      let told = try await client.object(Info.self, at: "/info", before: deadline).name
      name = told
      expiry = loop.now + lifetime
      return told
    } catch {
      guard let name else { throw error }
      return name
    }
  }

  /// The field of `GET /info` that counts here.
  private struct Info: Decodable {
    let name: String

    init(from decoder: any Decoder) throws { name = try Fields(of: decoder).value("Name") ?? "" }
  }
}
