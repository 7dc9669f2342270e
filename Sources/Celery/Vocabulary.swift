/// The values of a label, each by a number, and not more of them than there may be.
///
/// A value that comes when there are too many is `other`, for as long as the process lives: a counter's series must not
/// go and come back with less.
struct Vocabulary: Sendable {
  /// The value that stands for those that found no room.
  static let other = 0
  /// The value where the right one is not known.
  static let unknown = 1

  private(set) var words = ["other", "unknown"]
  /// How often a value was turned into `other`.
  private(set) var folded = 0
  private let limit: Int
  private var numbers = ["other": Vocabulary.other, "unknown": Vocabulary.unknown]

  /// - Parameter limit: how many values there may be besides `other` and `unknown`.
  init(limit: Int) { self.limit = limit }

  /// The number of a value, which is learned if it is new and there is room.
  mutating func number(of word: String) -> Int {
    if let number = numbers[word] { return number }
    guard words.count < limit + 2 else { return foldedNumber() }
    numbers[word] = words.count
    words.append(word)
    return words.count - 1
  }

  /// The number of `other`, for a value that found no room.
  mutating func foldedNumber() -> Int {
    folded += 1
    return Vocabulary.other
  }

  subscript(number: Int) -> String { words[number] }
}
