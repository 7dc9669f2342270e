import Foundation
import Glibc
import Testing

/// Many connections, too many, and more than there are descriptors for.
@Suite(.timeLimit(.minutes(2)))
struct ConnectionTests {
  @Test func `5000 idle and 200 slow connections keep nobody from being answered`() async throws {
    try await onThread {
      try raiseDescriptorLimit(to: 6000)
      let service = try VitalsProcess(serve: [])
      defer { service.kill() }
      let (descriptors, memory) = (try service.restingDescriptorCount(), service.anonymousMemory)

      // Each has been served once: what remains is the cost of a connection that waits for its next request.
      let idle = try (0..<5000).map { _ in
        let socket = try service.connect()
        try socket.send("GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(try socket.readResponse().status == 200)
        return socket
      }
      let each = (service.anonymousMemory - memory) / idle.count
      print("memory of an idle connection: \(each) bytes")
      #expect(each < 8192)

      let slow = try (0..<200).map { _ in try service.connect() }
      for socket in slow { try socket.send("GET /livez HTTP/1.1\r\nA: ") }
      var latencies: [Duration] = []
      for second in 1...4 {
        while latencies.count < second * 50 {
          let start = ContinuousClock.now
          #expect(try service.get("/health/").status == 200)
          latencies.append(ContinuousClock.now - start)
          Thread.sleep(forTimeInterval: 0.015)
        }
        for socket in slow { try socket.send("x") }
      }
      latencies.sort()
      print(
        "beside 5200 connections: median \(latencies[latencies.count / 2]), longest \(latencies[latencies.count - 1])")
      #expect(latencies[latencies.count - 1] < .milliseconds(500))
      try eventually("one thread") { service.threadCount == 1 }
      // These and the one that asks; the one before may not be closed yet.
      try eventually("the count of connections") { try metric("http_connections", of: service) == 5201 }

      for socket in slow { #expect(try socket.readResponse().status == 408) }
      for socket in [idle[0], idle[4999]] {
        try socket.send("GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(try socket.readResponse().status == 200)
      }
      for socket in idle + slow { socket.close() }
      try eventually("as many descriptors as before") { service.descriptorCount == descriptors }
      try eventually("the count of connections") { try metric("http_connections", of: service) == 1 }
      #expect(service.exit == nil)
    }
  }

  /// Eight more than the limit are kept for clients on the same machine, as these are.
  @Test func `one connection beyond the limit is answered 503 at once`() throws {
    let service = try VitalsProcess(serve: ["--max-connections", "50"])
    defer { service.kill() }
    let descriptors = try service.restingDescriptorCount()
    var sockets = try (0..<58).map { _ in try service.connect() }
    for socket in sockets {
      try socket.send("GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
      #expect(try socket.readResponse().status == 200)
    }
    for request in ["", "GET /livez HTTP/1.1\r\nHost: x\r\n\r\n", "GET /li"] {
      let extra = try service.connect()
      let began = ContinuousClock.now
      try extra.send(request)
      let answer = try extra.readResponse()
      #expect(ContinuousClock.now - began < .milliseconds(900), "not only at the end of its patience")
      #expect(answer.status == 503)
      #expect(answer["retry-after"] == "1")
      #expect(answer["connection"] == "close")
      #expect(answer["cache-control"] == "no-store")
      #expect(answer["x-content-type-options"] == "nosniff")
      #expect(answer["content-length"] == "\(answer.body.count)")
      #expect(extra.isClosedByPeer())
    }
    // Those who are in are served, and a place that is given up is taken.
    try sockets[7].send("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
    let page = try sockets[7].readResponse().text
    #expect(page.contains("\nhttp_connections_rejected_total 3\n"))
    #expect(page.contains("\nhttp_connections 58\n"))
    sockets.removeLast().close()
    try eventually("a free place") { try service.get("/livez").status == 200 }
    for socket in sockets { socket.close() }
    try eventually("as many descriptors as before") { service.descriptorCount == descriptors }
  }

  @Test func `without a free descriptor it neither dies nor spins`() async throws {
    try await onThread {
      let service = try limitedService(descriptors: 40)
      defer { service.kill() }
      let descriptors = try service.restingDescriptorCount()
      let held = try service.connect()
      var sockets: [RawSocket] = []
      // Until one is turned away: there is no descriptor to answer it with.
      try eventually("the end of the descriptors") {
        let socket = try service.connect()
        try? socket.send("GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
        if let answer = try? socket.readResponse() {
          #expect(answer.status == 200)
          sockets.append(socket)
          return false
        }
        return true
      }
      // The spare one is closed for a moment in which the client is told already.
      try eventually("all descriptors in use") {
        (0..<40).allSatisfy { access("/proc/\(service.pid)/fd/\($0)", F_OK) == 0 }
      }
      let cpu = service.cpuTime
      for _ in 0..<20 {
        // Told at once, not left waiting in the backlog.
        let socket = try service.connect()
        #expect(socket.isClosedByPeer(within: .seconds(2)))
        try held.send("GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(try held.readResponse().status == 200)
        Thread.sleep(forTimeInterval: 0.1)
      }
      let used = service.cpuTime - cpu
      print("CPU time in two seconds without a descriptor: \(used)")
      #expect(used < .milliseconds(500))
      for socket in sockets + [held] { socket.close() }
      try eventually("well again") { try service.get("/health/").status == 200 }
      try eventually("as many descriptors as before") { service.descriptorCount == descriptors }
    }
  }

  @Test func `clients that reset, or leave before their answer, cost nothing`() throws {
    let service = try VitalsProcess(serve: [])
    defer { service.kill() }
    let descriptors = try service.restingDescriptorCount()
    for index in 0..<300 {
      let socket = try service.connect()
      try socket.send(String("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n".prefix(index % 60)))
      if index % 2 == 0 { socket.reset() } else { socket.close() }
    }
    try eventually("as many descriptors as before") { service.descriptorCount == descriptors }
    try eventually("no request but this one") { try metric("http_requests_in_flight", of: service) == 1 }
    #expect(service.exit == nil)
  }

  /// The value of a sample without labels.
  private func metric(_ name: String, of service: VitalsProcess) throws -> Int? {
    let lines = try service.get("/metrics").text.split(separator: "\n")
    return lines.first { $0.hasPrefix("\(name) ") }.flatMap { Int($0.dropFirst(name.count + 1)) }
  }

  private func limitedService(descriptors: Int) throws -> VitalsProcess {
    let service = try VitalsProcess(
      ["serve", "--listen", "127.0.0.1:0"], prefix: ["prlimit", "--nofile=\(descriptors)", "--"])
    try service.waitForLine(containing: "listening")
    return service
  }
}

/// Lets the test process hold `count` descriptors, which the customary soft limit of 1024 does not.
private func raiseDescriptorLimit(to count: UInt) throws {
  var limit = rlimit()
  let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
  guard getrlimit(resource, &limit) == 0, limit.rlim_max >= count else {
    throw TestbedError("the hard limit of descriptors is below \(count)")
  }
  limit.rlim_cur = max(limit.rlim_cur, limit.rlim_max)
  setrlimit(resource, &limit)
}
