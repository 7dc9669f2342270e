@testable import Metrics
import Testing

@Suite struct OrderTests {
  private func names(_ sections: [[String]], _ families: [String]) -> (names: [String], refused: [String]) {
    let exposition = Exposition(
      sections: sections.map { Section($0.map { gauge($0) }) }, families: families.map { gauge($0) })
    var bytes: [UInt8] = []
    exposition.render(.text, into: &bytes)
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
    return (lines.filter { !$0.hasPrefix("#") }.map { String($0.prefix { $0 != " " }) }, exposition.refused)
  }

  @Test(arguments: [
    ([], ["b", "a"]),
    ([["swarm_b", "swarm_a"], ["pg_up"]], []),
    ([["swarm_b", "swarm_a"], ["pg_up"]], ["vitals_x", "http_y", "redis_z", "health"]),
    ([["a", "c"], ["b", "d"]], ["e"]),
    ([["a", "e"], ["b"], ["c"]], []),
    ([["a", "c"]], ["b"]),
    ([["a", "c", "e", "g"], ["b", "d"]], ["f", "c1", "h"]),
    ([["a", "z"], ["b", "y"], ["c", "x"]], ["d", "e"]),
    ([["a1_x"], ["a_x"], ["ab_x"]], ["a"]),
    ([[], ["a"]], []),
  ])
  func `all families come in the order of their names`(sections: [[String]], families: [String]) {
    let page = names(sections, families)
    #expect(page.names == (sections.joined() + families).sorted())
    #expect(page.refused.isEmpty)
  }

  @Test(arguments: [([["a"], ["a"]], []), ([["a"]], ["a"]), ([], ["a", "a"]), ([["a", "a"]], [])])
  func `a name given twice is shown once and reported`(sections: [[String]], families: [String]) {
    let page = names(sections, families)
    #expect(page.names == ["a"])
    #expect(page.refused == ["a"])
  }

  @Test func `sections that share a family show it whole, and leave the others as they are`() {
    let parts = ["a", "b"].map { server in
      Section([gauge("pg_up", 1, ["server": server]), gauge("pg_\(server)")])
    }
    let other = Section([gauge("redis_up")])
    let exposition = Exposition(sections: [other] + parts, families: [gauge("pq"), gauge("redis_z")])
    var bytes: [UInt8] = []
    exposition.render(.text, into: &bytes)
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n").filter { !$0.hasPrefix("# HELP") }
    #expect(
      lines == [
        "# TYPE pg_a gauge", "pg_a 1", "# TYPE pg_b gauge", "pg_b 1", "# TYPE pg_up gauge", #"pg_up{server="a"} 1"#,
        #"pg_up{server="b"} 1"#, "# TYPE pq gauge", "pq 1", "# TYPE redis_up gauge", "redis_up 1",
        "# TYPE redis_z gauge", "redis_z 1",
      ])
    #expect(exposition.refused.isEmpty)
  }

  @Test func `a part of a section is kept like the whole`() {
    let section = Section(["a", "c", "e"].map { gauge($0) })
    #expect(section.part(0..<3) === section)
    #expect(section.part(0..<1) === section.part(0..<1))
    #expect(section.part(1..<3).families.map(\.name) == ["c", "e"])
  }

  @Test func `a family of another type is refused`() {
    var counter = Family("x", .counter, help: "X.")
    counter.add(2, ["l": "b"])
    let exposition = Exposition(sections: [Section([gauge("x", 1)])], families: [counter])
    #expect(exposition.refused == ["x"])
  }

  @Test func `a series given twice is shown once and reported`() {
    var family = gauge("x", 1, ["node": "b"])
    family.add(2, ["node": "a"])
    family.add(3, ["node": "b"])
    let exposition = Exposition(sections: [], families: [family])
    #expect(exposition.refused == [#"x{node="b"}"#])
    #expect(page([family]).split(separator: "\n").dropFirst(2) == [#"x{node="a"} 2"#, #"x{node="b"} 1"#])
  }

  @Test func `histograms of one family stay whole`() {
    var family = Family("h", .histogram, help: "H.")
    let (b, a) = (Histogram(bounds: [2, 10], ["l": "b"]), Histogram(bounds: [2, 10], ["l": "a"]))
    b.observe(2)
    a.observe(.nan)
    family.add(b)
    family.add(a)
    #expect(
      page([family]).split(separator: "\n").dropFirst(2) == [
        #"h_bucket{l="a",le="2.0"} 0"#, #"h_bucket{l="a",le="10.0"} 0"#, #"h_bucket{l="a",le="+Inf"} 1"#,
        #"h_sum{l="a"} NaN"#, #"h_count{l="a"} 1"#,
        #"h_bucket{l="b",le="2.0"} 1"#, #"h_bucket{l="b",le="10.0"} 1"#, #"h_bucket{l="b",le="+Inf"} 1"#,
        #"h_sum{l="b"} 2"#, #"h_count{l="b"} 1"#,
      ])
  }

  @Test(arguments: [
    ("a", true), ("A_9:b", true), (":a", true), ("", false), ("9a", false), ("a-b", false), ("é", false),
  ])
  func `metric names`(name: String, isValid: Bool) {
    #expect(Name.isMetric(name) == isValid)
  }

  @Test(arguments: [
    ("a", true), ("_a9", true), ("", false), ("9", false), ("a:b", false), ("__name__", false), ("le", false),
    ("com.docker", false),
  ])
  func `label names`(name: String, isValid: Bool) {
    #expect(Name.isLabel(name) == isValid)
  }

  @Test func `labels can be extended`() {
    let service: Labels = ["service": "web"]
    #expect(service.adding("state", "running") == ["service": "web", "state": "running"])
    #expect(service == ["service": "web"])
  }
}
