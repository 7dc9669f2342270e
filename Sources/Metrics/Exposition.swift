/// Everything that one scrape answers with, in the order of the families' names.
///
/// Finished sections are copied; families made for this scrape are rendered between them:
///
///     let page = Exposition(sections: collectors.map(\.section), families: own)
///     page.render(.openMetrics, into: &body)
package struct Exposition {
  private let parts: [Section]

  /// Names of families and series that were there already and were left out.
  package var refused: [String] { parts.flatMap(\.refused) }

  /// Brings sections and families into order.
  ///
  /// A section whose families belong between those of another section, or that a family belongs into, costs the use of
  /// what was rendered before: all is then sorted and rendered anew. Collectors that own a prefix each avoid it.
  ///
  /// - Parameters:
  ///   - sections: what collectors have made at their last refresh.
  ///   - families: what is made for this scrape, in any order.
  ///   - names: the full names (`name[]` of the query) of the families to show; empty shows all.
  package init(sections: [Section], families: [Family], names: Set<String> = []) {
    let sections = sections.filter { !$0.families.isEmpty }.sorted { $0.first < $1.first }
    let families = families.sorted { $0.name < $1.name }
    guard names.isEmpty, !Self.interleave(sections, families) else {
      let all = sections.flatMap(\.families) + families
      parts = [Section(names.isEmpty ? all : all.filter { names.contains($0.name) })]
      return
    }
    var parts: [Section] = []
    var rest = families[...]
    for section in sections {
      let before = rest.prefix { $0.name < section.first }
      if !before.isEmpty { parts.append(Section(Array(before))) }
      parts.append(section)
      rest = rest.dropFirst(before.count)
    }
    if !rest.isEmpty { parts.append(Section(Array(rest))) }
    self.parts = parts
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

  /// Whether two sections, or a section and a family, claim the same range of names.
  ///
  /// Both are sorted.
  private static func interleave(_ sections: [Section], _ families: [Family]) -> Bool {
    if zip(sections, sections.dropFirst()).contains(where: { $0.last >= $1.first }) { return true }
    return sections.contains { section in
      families.contains { section.first <= $0.name && $0.name <= section.last }
    }
  }
}

extension Section {
  /// The least name of a section that is not empty.
  fileprivate var first: String { families.first?.name ?? "" }
  /// The greatest name.
  fileprivate var last: String { families.last?.name ?? "" }
}
