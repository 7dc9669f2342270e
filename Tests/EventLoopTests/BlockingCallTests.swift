import EventLoop
import Foundation
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct BlockingCallTests {
  /// Something that blocks until it is told to go on.
  private final class Gate: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)
    private let calls = LockedCount()

    var count: Int { calls.value }
    func open() { semaphore.signal() }
    func pass() -> Int {
      let number = calls.increment()
      semaphore.wait()
      return number
    }
  }

  private final class LockedCount: @unchecked Sendable {
    private let lock = NSLock()
    private var count = 0

    var value: Int { lock.withLock { count } }
    func increment() -> Int {
      lock.withLock {
        count += 1
        return count
      }
    }
  }

  @Test func `the loop goes on while a call blocks, and gets its answer`() async throws {
    let gate = Gate()
    let (answer, isElsewhere) = try await onLoop { loop in
      let call = BlockingCall(on: loop) { (gate.pass(), loop.isCurrent) }
      async let answer = call.answer(before: .inSeconds(30))
      await loop.sleep(until: .now + .milliseconds(1))
      gate.open()
      let (number, isOnLoop) = try #require(await answer)
      return (number, !isOnLoop)
    }
    #expect(answer == 1 && isElsewhere)
  }

  @Test func `a call that outlives its caller is joined, not made again`() async throws {
    let gate = Gate()
    let answers = try await onLoop { loop in
      let call = BlockingCall(on: loop) { gate.pass() }
      var answers: [Int?] = []
      for _ in 0..<3 { answers.append(await call.answer(before: .now + .milliseconds(5))) }
      async let first = call.answer(before: .inSeconds(30))
      async let second = call.answer(before: .inSeconds(30))
      await loop.sleep(until: .now + .milliseconds(1))
      gate.open()
      answers += [await first, await second]
      gate.open()
      // Once it has ended, it is made anew.
      answers.append(await call.answer(before: .inSeconds(30)))
      return answers
    }
    #expect(answers == [nil, nil, nil, 1, 1, 2])
    #expect(gate.count == 2)
  }
}
