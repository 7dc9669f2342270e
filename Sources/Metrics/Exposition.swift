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
  /// Sections whose names belong between one another's, and families that belong into a section, are sorted and rendered
  /// anew together. Collectors that own a prefix each avoid it.
  ///
  /// - Parameters:
  ///   - sections: what collectors have made at their last refresh.
  ///   - families: what is made for this scrape, in any order.
  ///   - names: the full names (`name[]` of the query) of the families to show; empty shows all.
  package init(sections: [Section], families: [Family], names: Set<String> = []) {
    guard names.isEmpty else {
      let all = sections.flatMap(\.families) + families
      parts = [Section(all.filter { names.contains($0.name) })]
      return
    }
    var parts: [Section] = []
    // Families between two finished sections, or those of sections that overlap, and the last of their names.
    var loose: [Family] = []
    var end = ""
    func finish() {
      if !loose.isEmpty { parts.append(Section(loose)) }
      loose = []
    }
    let blocks = sections.filter { !$0.families.isEmpty }.map(Block.section) + families.map(Block.family)
    var finished: Section?
    for block in blocks.sorted(by: { $0.first < $1.first }) {
      if let section = finished, block.first > end {
        parts.append(section)
        finished = nil
      }
      switch block {
      case .section(let section) where finished == nil && (loose.isEmpty || block.first > end):
        finish()
        finished = section
      case .section, .family:
        if let section = finished { loose = section.families }
        finished = nil
        loose += block.families
      }
      end = max(end, block.last)
    }
    if let finished { parts.append(finished) }
    finish()
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
}

/// Something that claims a range of names.
private enum Block {
  case section(Section)
  case family(Family)

  var families: [Family] {
    switch self {
    case .section(let section): section.families
    case .family(let family): [family]
    }
  }

  /// The least name; a section here is not empty, and sorted.
  var first: String {
    switch self {
    case .section(let section): section.families.first?.name ?? ""
    case .family(let family): family.name
    }
  }

  /// The greatest name.
  var last: String {
    switch self {
    case .section(let section): section.families.last?.name ?? ""
    case .family(let family): family.name
    }
  }
}
