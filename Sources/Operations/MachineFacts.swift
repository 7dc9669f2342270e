/// What an engine's machine has that decides whether it can be part of a swarm, as the kernel tells it in `/proc`.
package struct MachineFacts: Equatable, Sendable {
  package struct Route: Equatable, Sendable {
    package var subnet: Subnet
    /// The network device: `eth0`.
    package var device: String
  }

  /// A port that somebody listens on.
  package struct Listener: Hashable, Sendable {
    package var port: UInt16
    package var isUDP: Bool
    /// The number by which the kernel knows the socket, 0 for its own.
    package var inode: UInt64
    /// The name of the program, nil where that could not be seen.
    package var program: String?
  }

  /// What a swarm is run on: management, gossip (both protocols) and the overlay networks' packets.
  package static let ports: [(port: UInt16, isUDP: Bool, purpose: String)] = [
    (2377, false, "managers"), (7946, false, "gossip"), (7946, true, "gossip"), (4789, true, "overlay networks"),
  ]

  /// Routes to networks, without the default one.
  package var routes: [Route]
  /// The machine's own addresses with their devices, without the loopback's and those of Docker's bridges.
  package var addresses: [(address: UInt32, device: String)]
  package var listeners: [Listener]
  /// Bytes that are free where the engine keeps its data, and bytes in all; nil where that could not be seen.
  package var disk: (free: UInt64, total: UInt64)?

  /// Reads what the kernel says of a network namespace.
  ///
  /// - Parameters:
  ///   - route: `/proc/net/route`.
  ///   - trie: `/proc/net/fib_trie`.
  ///   - sockets: `tcp`, `tcp6`, `udp` and `udp6` of `/proc/net`, with whether they are UDP.
  package init(route: String, trie: String, sockets: [(text: String, isUDP: Bool)]) {
    let routes = MachineFacts.routes(route)
    self.routes = routes
    addresses = MachineFacts.localAddresses(trie).compactMap { address in
      guard let route = routes.filter({ $0.subnet.contains(address) }).max(by: { $0.subnet.length < $1.subnet.length }),
        !MachineFacts.isDockers(route.device)
      else { return nil }
      return (address, route.device)
    }
    listeners = sockets.flatMap { MachineFacts.listeners($0.text, isUDP: $0.isUDP) }
  }

  package static func == (a: MachineFacts, b: MachineFacts) -> Bool {
    a.routes == b.routes && a.listeners == b.listeners
      && a.addresses.elementsEqual(b.addresses) { $0 == $1 }
      && a.disk?.free == b.disk?.free && a.disk?.total == b.disk?.total
  }

  /// Whether a device is of the engine's own making.
  static func isDockers(_ device: String) -> Bool {
    device == "docker0" || device == "docker_gwbridge" || device.hasPrefix("br-") || device.hasPrefix("veth")
  }

  /// Lines of `Iface Destination Gateway Flags ... Mask`; numbers are hexadecimal and in the machine's byte order.
  private static func routes(_ text: String) -> [Route] {
    text.split(separator: "\n").dropFirst().compactMap { line in
      let fields = line.split(whereSeparator: \.isWhitespace)
      guard fields.count > 7, let destination = UInt32(fields[1], radix: 16), let mask = UInt32(fields[7], radix: 16)
      else { return nil }
      let subnet = Subnet(UInt32(bigEndian: destination), length: mask.nonzeroBitCount)
      return subnet.length == 0 ? nil : Route(subnet: subnet, device: String(fields[0]))
    }
  }

  /// Addresses whose next line says `/32 host LOCAL`.
  private static func localAddresses(_ text: String) -> [UInt32] {
    var found: [UInt32] = []
    var last: UInt32?
    for line in text.split(separator: "\n") {
      if let mark = line.firstRange(of: "|-- ") {
        last = Subnet.address(String(line[mark.upperBound...]))
      } else if line.hasSuffix("/32 host LOCAL"), let address = last, address >> 24 != 127, !found.contains(address) {
        found.append(address)
      }
    }
    return found
  }

  /// Sockets that wait for clients: TCP ones in the state LISTEN (0A), UDP ones without a peer (07).
  private static func listeners(_ text: String, isUDP: Bool) -> [Listener] {
    text.split(separator: "\n").dropFirst().compactMap { line in
      let fields = line.split(whereSeparator: \.isWhitespace)
      guard fields.count > 9, fields[3] == (isUDP ? "07" : "0A"), let colon = fields[1].lastIndex(of: ":"),
        let port = UInt16(fields[1][fields[1].index(after: colon)...], radix: 16), let inode = UInt64(fields[9])
      else { return nil }
      return Listener(port: port, isUDP: isUDP, inode: inode)
    }
  }
}
