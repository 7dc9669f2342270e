import Metrics

/// The page of `families` alone, as a scraper reads it.
func page(
  _ families: [Family], sections: [Section] = [], names: Set<String> = [], as format: Format = .text
) -> String {
  var bytes: [UInt8] = []
  Exposition(sections: sections, families: families, names: names).render(format, into: &bytes)
  return String(decoding: bytes, as: UTF8.self)
}

func gauge(_ name: String, _ value: Double = 1, _ labels: Labels = [:]) -> Family {
  var family = Family(name, .gauge, help: "A gauge.")
  family.add(value, labels)
  return family
}

/// A page with one family of each type and every kind of trouble in its text.
func sampler() -> [Family] {
  var nodes = Family("swarm_nodes", .gauge, help: "Nodes by role and state.")
  nodes.add(3, ["role": "worker", "state": "ready"])
  nodes.add(1, ["role": "manager", "state": "ready"])

  var requests = Family("http_requests_total", .counter, help: #"Requests, by "code" and\or method."#)
  requests.add(42, ["code": "200"])

  var commits = Family("pg_stat_database_xact_commit", .counter, help: "Commits.\nSince the reset.")
  commits.add(7, ["datname": "a\"b\\c\nd"])

  var latency = Family(
    "http_request_duration_seconds", .histogram, help: "Time to the last byte.", unit: "seconds")
  let histogram = Histogram(bounds: [0.001, 1, 2_500_000], ["handler": "/health/"])
  for value in [0.001, 0.5, 0.25, 3, 9e9] { histogram.observe(value) }
  latency.add(histogram)

  var build = Family("vitals_build_info", .info, help: "The build.")
  build.add(1, ["version": "0.1.0"])

  var load = Family("load", .unknown, help: "")
  load.add(0.25)
  return [nodes, requests, commits, latency, build, load]
}
