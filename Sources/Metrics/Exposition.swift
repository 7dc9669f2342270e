/// Everything that one scrape answers with, in the order of the families' names.
///
/// Finished sections are copied; families made for this scrape are rendered between them:
///
///     let page = Exposition(sections: collectors.map(\.section), families: own)
///     page.render(.openMetrics, into: &body)
package struct Exposition {
  private let parts: [Section]

  /// Names of families and series that were there already and were left out.
  package let refused: [String]

  /// Brings sections and families into order.
  ///
  /// Where names of one section stand between those of another, each is shown in parts. Families that two sections share,
  /// and those made for this scrape, are sorted and rendered anew.
  ///
  /// - Parameters:
  ///   - sections: what collectors have made at their last refresh.
  ///   - families: what is made for this scrape, in any order.
  ///   - names: the full names (`name[]` of the query) of the families to show; empty shows all.
  package init(sections: [Section], families: [Family], names: Set<String> = []) {
    guard names.isEmpty else {
      let all = sections.flatMap(\.families) + families
      let section = Section(all.filter { names.contains($0.name) })
      parts = [section]
      refused = section.refused
      return
    }
    var parts: [Section] = []
    var loose: [Family] = []
    var refused = sections.flatMap(\.refused)
    func finish() {
      if loose.isEmpty { return }
      let section = Section(loose)
      parts.append(section)
      refused += section.refused
      loose = []
    }
    // The one with the least name last.
    var runs = (sections.compactMap(Run.init(_:)) + families.map(Run.init(_:))).sorted { $0.first > $1.first }
    while var run = runs.popLast() {
      if let section = run.section, run.first != runs.last?.first, run.first != loose.last?.name {
        finish()
        parts.append(section.part(run.take(before: runs.last?.first)))
      } else {
        loose.append(run.takeFirst())
      }
      if run.isEmpty { continue }
      let place = runs.lastIndex { $0.first > run.first }.map { $0 + 1 } ?? 0
      runs.insert(run, at: place)
    }
    finish()
    self.parts = parts
    self.refused = refused
  }

  /// Appends the whole page in `format`.
  package func render(_ format: Format, into out: inout [UInt8]) {
    for part in parts { out += part.text(format) }
    out.append(format.end)
  }

  /// Appends the whole page in `format` as one gzip member, of which finished sections are copied too.
  package func render(_ format: Format, into out: inout [UInt8], by deflater: Deflater) {
    var gzip = GzipWriter(into: &out)
    for part in parts { gzip.append(part.deflated(format, by: deflater), into: &out) }
    gzip.finish(with: format.end, into: &out)
  }
}

/// Families in the order of their names, of which those in front are taken away: what is left of a section, or a family
/// of this scrape.
private struct Run {
  /// nil for a family of this scrape.
  let section: Section?
  private let families: [Family]
  private var rest: Range<Int>

  init(_ family: Family) {
    section = nil
    families = [family]
    rest = 0..<1
  }

  /// nil where the section is empty.
  init?(_ section: Section) {
    guard !section.families.isEmpty else { return nil }
    self.section = section
    families = section.families
    rest = families.indices
  }

  var isEmpty: Bool { rest.isEmpty }

  /// The least name that is left; there has to be one.
  var first: String { families[rest.lowerBound].name }

  mutating func takeFirst() -> Family {
    defer { rest = (rest.lowerBound + 1)..<rest.upperBound }
    return families[rest.lowerBound]
  }

  /// Takes the families whose names are less than `name`, all where it is nil, and tells their indices.
  mutating func take(before name: String?) -> Range<Int> {
    var (low, high) = (rest.lowerBound, rest.upperBound)
    if let name {
      while low < high {
        let middle = (low + high) / 2
        if families[middle].name < name { low = middle + 1 } else { high = middle }
      }
    }
    defer { rest = high..<rest.upperBound }
    return rest.lowerBound..<high
  }
}
