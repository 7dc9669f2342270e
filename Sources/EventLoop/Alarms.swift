/// The alarms that are set, a binary heap with the earliest first.
///
/// Each waiter knows its place in the heap, so that moving and cancelling cost O(log n) and a closed connection leaves
/// nothing behind.
struct Alarms {
  private var heap: [Waiter] = []

  /// When the first alarm goes off.
  var next: Instant? { heap.first?.alarm }

  /// Sets, or moves, the alarm of `waiter`.
  mutating func set(_ waiter: Waiter, at alarm: Instant) {
    waiter.alarm = alarm
    if waiter.heapIndex < 0 {
      waiter.heapIndex = heap.count
      heap.append(waiter)
    }
    siftUp(waiter.heapIndex)
    siftDown(waiter.heapIndex)
  }

  mutating func cancel(_ waiter: Waiter) {
    guard waiter.heapIndex >= 0 else { return }
    let hole = waiter.heapIndex
    let last = heap.removeLast()
    if last !== waiter {
      place(last, at: hole)
      siftUp(hole)
      siftDown(last.heapIndex)
    }
    waiter.heapIndex = -1
    waiter.alarm = .distantFuture
  }

  /// Cancels all alarms.
  mutating func cancelAll() {
    for waiter in heap {
      waiter.heapIndex = -1
      waiter.alarm = .distantFuture
    }
    heap = []
  }

  /// Takes the earliest alarm if it is due.
  mutating func popDue(at now: Instant) -> Waiter? {
    guard let first = heap.first, first.alarm <= now else { return nil }
    cancel(first)
    return first
  }

  private mutating func place(_ waiter: Waiter, at index: Int) {
    heap[index] = waiter
    waiter.heapIndex = index
  }

  private mutating func siftUp(_ start: Int) {
    var index = start
    let waiter = heap[index]
    while index > 0 {
      let parent = (index - 1) / 2
      guard waiter.alarm < heap[parent].alarm else { break }
      place(heap[parent], at: index)
      index = parent
    }
    place(waiter, at: index)
  }

  private mutating func siftDown(_ start: Int) {
    var index = start
    let waiter = heap[index]
    while true {
      var child = 2 * index + 1
      guard child < heap.count else { break }
      if child + 1 < heap.count, heap[child + 1].alarm < heap[child].alarm { child += 1 }
      guard heap[child].alarm < waiter.alarm else { break }
      place(heap[child], at: index)
      index = child
    }
    place(waiter, at: index)
  }
}
