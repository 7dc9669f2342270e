/// Cuts a text that arrives in pieces into its lines.
struct LineSplitter {
  /// A longer line is left out.
  private let longest: Int
  /// A line whose end has not come yet.
  private var begun: [UInt8] = []
  private var isTooLong = false

  init(longest: Int = 1024 * 1024) { self.longest = longest }

  /// Hands over each line that ends in `piece`, without its end.
  mutating func append(_ piece: UnsafeRawBufferPointer, _ body: ([UInt8]) -> Void) {
    var rest = piece[...]
    while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
      take(rest[..<end])
      if !isTooLong { body(begun) }
      begun = []
      isTooLong = false
      rest = rest[(end + 1)...]
    }
    take(rest)
  }

  private mutating func take(_ bytes: Slice<UnsafeRawBufferPointer>) {
    guard !isTooLong, begun.count + bytes.count <= longest else {
      isTooLong = true
      begun = []
      return
    }
    begun += bytes
  }
}
