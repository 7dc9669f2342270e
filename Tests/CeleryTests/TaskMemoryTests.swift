import Testing

@testable import Celery

@Suite struct TaskMemoryTests {
  @Test func `what is told of a task adds up`() {
    var memory = TaskMemory(capacity: 3, endedCapacity: 1)
    memory.note(7, name: nil, queue: nil, isEnd: false)
    #expect(memory[7] == TaskMemory.Entry())
    memory.note(7, name: 3, queue: nil, isEnd: false)
    memory.note(7, name: nil, queue: 4, isEnd: false)
    #expect(memory[7] == TaskMemory.Entry(name: 3, queue: 4))
    #expect(memory[8] == nil)
  }

  @Test func `the task that was silent for longest is forgotten first`() {
    var memory = TaskMemory(capacity: 3, endedCapacity: 1)
    for key in [1, 2, 3, 1, 4] { memory.note(key, name: key, queue: nil, isEnd: false) }
    #expect([1, 2, 3, 4].map { memory[$0] != nil } == [true, false, true, true])
    #expect(memory.count == 3)
  }

  @Test func `a task that has ended is forgotten before any that has not`() {
    var memory = TaskMemory(capacity: 3, endedCapacity: 3)
    for key in [1, 2, 3] { memory.note(key, name: key, queue: nil, isEnd: key == 3) }
    memory.note(4, name: 4, queue: nil, isEnd: false)
    #expect([1, 2, 3, 4].map { memory[$0] != nil } == [true, true, false, true])
  }

  @Test func `only so many that have ended are remembered`() {
    var memory = TaskMemory(capacity: 100, endedCapacity: 2)
    for key in 1...5 { memory.note(key, name: key, queue: nil, isEnd: true) }
    #expect([1, 2, 3, 4, 5].map { memory[$0] != nil } == [false, false, false, true, true])
  }

  @Test func `a task that is tried again has not ended`() {
    var memory = TaskMemory(capacity: 100, endedCapacity: 1)
    memory.note(1, name: 1, queue: 1, isEnd: true)
    memory.note(1, name: nil, queue: nil, isEnd: false)
    for key in 2...9 { memory.note(key, name: key, queue: nil, isEnd: true) }
    #expect(memory[1] == TaskMemory.Entry(name: 1, queue: 1))
    #expect(memory.count == 2)
  }

  /// The same by a list, as plainly as possible.
  @Test func `it does as a simple list would`() {
    struct Model {
      var tasks: [(key: Int, hasEnded: Bool)] = []
      mutating func note(_ key: Int, isEnd: Bool) {
        tasks.removeAll { $0.key == key }
        if tasks.count >= 8, let first = tasks.firstIndex(where: \.hasEnded) ?? tasks.indices.first {
          tasks.remove(at: first)
        }
        tasks.append((key, isEnd))
        if tasks.count(where: \.hasEnded) > 3, let first = tasks.firstIndex(where: \.hasEnded) {
          tasks.remove(at: first)
        }
      }
    }
    var model = Model()
    var memory = TaskMemory(capacity: 8, endedCapacity: 3)
    for _ in 0..<5000 {
      let (key, isEnd) = (Int.random(in: 0..<20), Bool.random())
      model.note(key, isEnd: isEnd)
      memory.note(key, name: key, queue: nil, isEnd: isEnd)
      #expect(memory.count == model.tasks.count)
      for key in 0..<20 {
        #expect((memory[key]?.name == key) == model.tasks.contains { $0.key == key })
      }
    }
  }
}
