import EventLoop
import Foundation
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct EventLoopTests {
  @Test func `a task, its children and an actor stay on the loop's thread`() async throws {
    actor Elsewhere {
      func isOn(_ loop: EventLoop) -> Bool { loop.isCurrent }
    }
    let places = try await onLoop { loop in
      let actor = Elsewhere()
      async let child = loop.isCurrent
      let group = await withTaskGroup(of: Bool.self) { group in
        group.addTask { loop.isCurrent }
        return await group.next()
      }
      await loop.sleep(until: loop.now + .milliseconds(1))
      return [loop.isCurrent, await child, group, await actor.isOn(loop)]
    }
    #expect(places == [true, true, true, true])
  }

  @Test func `a job from another thread interrupts a wait without deadline`() async throws {
    let value = try await onLoop { loop in
      let waiter = Waiter(on: loop)
      Thread.detachNewThread { loop.spawn { waiter.wake() } }
      return await waiter.wait(until: .distantFuture)
    }
    #expect(value == .event)
  }

  @Test func `jobs from many threads are all run, once`() async throws {
    final class Tally: @unchecked Sendable { var count = 0 }
    let count = try await onLoop { loop in
      let tally = Tally()
      let done = Waiter(on: loop)
      for _ in 0..<8 {
        Thread.detachNewThread {
          for _ in 0..<1000 {
            loop.spawn {
              tally.count += 1
              if tally.count == 8000 { done.wake() }
            }
          }
        }
      }
      _ = await done.wait(until: .now + .seconds(30))
      return tally.count
    }
    #expect(count == 8000)
  }

  @Test func `sleepers wake in the order of their deadlines, never early`() async throws {
    final class Log: @unchecked Sendable { var order: [Int] = [] }
    let (order, early) = try await onLoop { loop in
      let log = Log()
      let start = Instant.now
      let delays = (0..<50).map { ($0 * 37) % 50 }
      let early = await withTaskGroup(of: Bool.self) { group in
        for delay in delays {
          group.addTask {
            let deadline = start + .milliseconds(delay)
            await loop.sleep(until: deadline)
            log.order.append(delay)
            return Instant.now < deadline
          }
        }
        return await group.contains(true)
      }
      return (log.order, early)
    }
    #expect(order == Array(0..<50))
    #expect(!early)
  }
}

@Suite(.timeLimit(.minutes(1)))
struct WaiterTests {
  @Test func `a later deadline outlives the alarm of an earlier wait`() async throws {
    let (first, second, elapsed) = try await onLoop { loop in
      let waiter = Waiter(on: loop)
      let start = Instant.now
      loop.spawn { waiter.wake() }
      let first = await waiter.wait(until: start + .milliseconds(500))
      let second = await waiter.wait(until: start + .milliseconds(800))
      return (first, second, Instant.now - start)
    }
    #expect(first == .event)
    #expect(second == .deadline)
    #expect(elapsed >= .milliseconds(800))
  }

  @Test func `an earlier deadline overtakes the alarm of an earlier wait`() async throws {
    let (wake, elapsed) = try await onLoop { loop in
      let waiter = Waiter(on: loop)
      let start = Instant.now
      loop.spawn { waiter.wake() }
      _ = await waiter.wait(until: start + .seconds(600))
      return (await waiter.wait(until: start + .milliseconds(10)), Instant.now - start)
    }
    #expect(wake == .deadline)
    #expect(elapsed < .seconds(600))
  }

  @Test func `an ended waiter never waits again`() async throws {
    let wakes = try await onLoop { loop in
      let waiter = Waiter(on: loop)
      loop.spawn { waiter.end() }
      return [await waiter.wait(until: .distantFuture), await waiter.wait(until: .distantFuture)]
    }
    #expect(wakes == [.ended, .ended])
  }

  @Test func `a thousand alarms set, moved and cancelled ring exactly those that are left`() async throws {
    let rung = try await onLoop { loop in
      let waiters = (0..<1000).map { _ in Waiter(on: loop) }
      let start = Instant.now
      return await withTaskGroup(of: Bool.self) { group in
        for (index, waiter) in waiters.enumerated() {
          group.addTask { await waiter.wait(until: start + .milliseconds((index * 7919) % 100)) == .deadline }
        }
        loop.spawn { for waiter in waiters[..<500] { waiter.end() } }
        return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
      }
    }
    #expect(rung == 500)
  }
}
