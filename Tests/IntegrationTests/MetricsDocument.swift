/// The families of docs/metrics.md, or some of them.
struct MetricsDocument {
  /// By name; a name that ends with `*` stands for all that begin so.
  let families: [String: MetricsPage.Family]

  private let isMeant: (String) -> Bool

  /// Those whose names begin so.
  init(prefix: String) throws { try self.init { $0.hasPrefix(prefix) } }

  /// Those whose names are meant.
  init(where isMeant: @escaping (String) -> Bool) throws {
    self.isMeant = isMeant
    let rows = try Document("docs/metrics.md").table(under: "| name | type | labels |")
    let families = rows.compactMap { row -> (String, MetricsPage.Family)? in
      guard let name = row[0].code, isMeant(name) else { return nil }
      let labels = row[2].split(separator: ",").compactMap { String($0).code }
      return (name, MetricsPage.Family(type: row[1], labels: Set(labels)))
    }
    self.families = Dictionary(families) { first, _ in first }
    guard families.count == self.families.count, !families.isEmpty else {
      throw TestbedError("docs/metrics.md: no such family, or one twice")
    }
  }

  /// What is missing in the document or in all of the pages, and families that are not as documented.
  ///
  /// Each page is of one server, so that the label of several is not on it.
  func problems(of pages: [MetricsPage]) -> [String] {
    var problems: Set<String> = []
    var seen: Set<String> = []
    for (name, family) in pages.flatMap(\.families) where isMeant(name) {
      let key = families[name] == nil ? families.keys.first { Compatibility.matches($0, name) } : name
      guard let key, let documented = families[key] else {
        problems.insert("\(name) is not documented")
        continue
      }
      seen.insert(key)
      if family.type != documented.type { problems.insert("\(name) is a \(family.type)") }
      if family.labels != documented.labels { problems.insert("\(name) has the labels \(family.labels.sorted())") }
    }
    return (problems + families.keys.filter { !seen.contains($0) }.map { "\($0) is nowhere" }).sorted()
  }
}
