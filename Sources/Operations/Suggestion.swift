/// What somebody may have meant who wrote a name that does not exist.
package struct Suggestion {
  /// A sentence, nil where there is nothing to choose from.
  package let text: String?

  package init(for name: String, among names: [String]) {
    let ranked = names.map { (name: $0, distance: Suggestion.distance(name, $0)) }.sorted { $0.distance < $1.distance }
    if let best = ranked.first, best.distance <= max(2, name.count / 3) {
      text = "Did you mean \(best.name)?"
    } else if names.isEmpty {
      text = nil
    } else {
      let shown = names.sorted().prefix(10).joined(separator: ", ")
      text = "There are: \(shown)\(names.count > 10 ? ", and \(names.count - 10) more" : "")."
    }
  }

  /// The least number of letters inserted, removed or replaced that makes one of the other (Levenshtein).
  static func distance(_ a: String, _ b: String) -> Int {
    let (a, b) = (Array(a.utf8), Array(b.utf8))
    var row = Array(0...b.count)
    for (i, letter) in a.enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for (j, other) in b.enumerated() {
        let next = min(diagonal + (letter == other ? 0 : 1), row[j] + 1, row[j + 1] + 1)
        diagonal = row[j + 1]
        row[j + 1] = next
      }
    }
    return row[b.count]
  }
}
