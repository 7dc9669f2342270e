/// An immutable group of families with its renderings, each made when first asked for and kept.
///
/// A collector makes one at each refresh; until the next, every scrape copies finished bytes. Used on the event loop's
/// thread alone.
package final class Section {
  /// The families, sorted by name and their samples by labels, each name and series once.
  let families: [Family]
  /// Names of families and series that were there already, of which the first was kept: Prometheus would refuse them.
  package let refused: [String]
  private var texts: [Format: [UInt8]] = [:]
  private var deflated: [Format: Deflated] = [:]
  /// Sections of some of the families, by their indices.
  private var parts: [Range<Int>: Section] = [:]

  /// Sorts `families`, which come in any order.
  package init(_ families: [Family]) {
    var sorted: [Family] = []
    var refused: [String] = []
    sorted.reserveCapacity(families.count)
    for var family in families.sorted(by: { $0.name < $1.name }) where !family.samples.isEmpty {
      if let last = sorted.last, family.name == last.name {
        // Another server's part of the family.
        guard family.kind == last.kind else {
          refused.append(family.name)
          continue
        }
        sorted.removeLast()
        family.samples = last.samples + family.samples
      }
      refused += family.normalize()
      sorted.append(family)
    }
    self.families = sorted
    self.refused = refused
  }

  private init(part families: [Family]) {
    self.families = families
    refused = []
  }

  /// The families at these indices as a section of their own, which is kept too.
  ///
  /// What stands between them is the same at most scrapes. What was refused is told by the whole alone.
  func part(_ range: Range<Int>) -> Section {
    if range == families.indices { return self }
    if let part = parts[range] { return part }
    let part = Section(part: Array(families[range]))
    parts[range] = part
    return part
  }

  /// The families in `format`, without the format's end.
  func text(_ format: Format) -> [UInt8] {
    if let text = texts[format] { return text }
    var text: [UInt8] = []
    text.reserveCapacity(families.reduce(0) { $0 + $1.renderedSize })
    for family in families { family.render(format, into: &text) }
    texts[format] = text
    return text
  }

  /// `text(format)` as part of a gzip member.
  func deflated(_ format: Format, by deflater: Deflater) -> Deflated {
    if let part = deflated[format] { return part }
    let part = deflater.deflate(text(format))
    deflated[format] = part
    return part
  }
}

extension Family {
  /// About how many bytes the family takes, seldom too few.
  fileprivate var renderedSize: Int {
    let each = name.utf8.count + 24
    return samples.reduce(4 * each + help.utf8.count) { $0 + each + $1.labels.text.count }
  }
}
