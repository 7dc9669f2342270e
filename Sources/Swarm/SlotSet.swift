/// A set of slot numbers or node numbers, a bit each.
///
/// SwarmKit gives a new replica the lowest free slot, so the numbers stay near the count of replicas.
struct SlotSet {
  /// A slot beyond this, which no orchestrator gives, is not told from others beyond it.
  ///
  /// It bounds the set to 2 MiB.
  private static let highest = 1 << 24

  private var words: [UInt64] = []
  private(set) var count = 0

  mutating func insert(_ slot: Int) {
    let slot = min(max(slot, 0), SlotSet.highest)
    let (word, bit) = (slot >> 6, UInt64(1) << UInt64(slot & 63))
    if word >= words.count { words.append(contentsOf: repeatElement(0, count: word + 1 - words.count)) }
    if words[word] & bit == 0 { count += 1 }
    words[word] |= bit
  }

  func contains(_ slot: Int) -> Bool {
    let slot = min(max(slot, 0), SlotSet.highest)
    return slot >> 6 < words.count && words[slot >> 6] & 1 << UInt64(slot & 63) != 0
  }
}
