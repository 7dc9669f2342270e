/// The names and queues of tasks, which only the first events of each tell, for a bounded number of tasks.
///
/// Tasks that have ended are forgotten first: an event may still follow, but soon, as the events of one task need not
/// come in the order of its life. Of the others those go of which nothing was heard for longest.
struct TaskMemory: Sendable {
  struct Entry: Equatable, Sendable {
    /// Numbers of a vocabulary.
    var name: Int?
    var queue: Int?
  }

  private struct Node {
    var key = 0
    var name: Int32 = -1
    var queue: Int32 = -1
    var previous: Int32
    var next: Int32
    var hasEnded = false
  }

  private let capacity: Int
  private let endedCapacity: Int
  /// Two rings, whose anchors are the first two: tasks under way, and tasks that have ended.
  ///
  /// The oldest follows its anchor.
  private var nodes = [Node(previous: 0, next: 0), Node(previous: 1, next: 1)]
  /// By the task's id, hashed with a seed of this process: there is no finding ids that collide.
  private var places: [Int: Int32] = [:]
  private var endedCount = 0
  /// Nodes that belong to no task any more.
  private var vacancies: [Int32] = []

  /// - Parameters:
  ///   - capacity: how many tasks are remembered.
  ///   - endedCapacity: how many of them may have ended.
  init(capacity: Int, endedCapacity: Int) {
    self.capacity = capacity
    self.endedCapacity = endedCapacity
  }

  var count: Int { places.count }

  /// What is known of the task with that id.
  subscript(key: Int) -> Entry? {
    places[key].map { place in
      let node = nodes[Int(place)]
      return Entry(name: node.name < 0 ? nil : Int(node.name), queue: node.queue < 0 ? nil : Int(node.queue))
    }
  }

  /// Notes that something was heard of a task, and adds what it tells to what is known.
  mutating func note(_ key: Int, name: Int?, queue: Int?, isEnd: Bool) {
    let place: Int32
    if let known = places[key] {
      place = known
      unlink(place)
    } else {
      place = free()
      places[key] = place
      nodes[Int(place)] = Node(key: key, previous: place, next: place)
    }
    if let name { nodes[Int(place)].name = Int32(name) }
    if let queue { nodes[Int(place)].queue = Int32(queue) }
    nodes[Int(place)].hasEnded = isEnd
    link(place)
    if endedCount > endedCapacity { forget(nodes[1].next) }
  }

  /// A place for one more task.
  private mutating func free() -> Int32 {
    if places.count >= capacity {
      let oldest = nodes[1].next == 1 ? nodes[0].next : nodes[1].next
      forget(oldest)
    }
    if let vacant = vacancies.popLast() { return vacant }
    nodes.append(Node(previous: 0, next: 0))
    return Int32(nodes.count - 1)
  }

  private mutating func forget(_ place: Int32) {
    unlink(place)
    places[nodes[Int(place)].key] = nil
    vacancies.append(place)
  }

  /// Puts a node at the end of its ring.
  private mutating func link(_ place: Int32) {
    let anchor: Int32 = nodes[Int(place)].hasEnded ? 1 : 0
    let last = nodes[Int(anchor)].previous
    nodes[Int(place)].previous = last
    nodes[Int(place)].next = anchor
    nodes[Int(last)].next = place
    nodes[Int(anchor)].previous = place
    if anchor == 1 { endedCount += 1 }
  }

  private mutating func unlink(_ place: Int32) {
    let node = nodes[Int(place)]
    nodes[Int(node.previous)].next = node.next
    nodes[Int(node.next)].previous = node.previous
    if node.hasEnded { endedCount -= 1 }
  }
}
