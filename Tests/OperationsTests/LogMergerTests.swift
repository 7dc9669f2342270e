import Engine
import Operations
import Testing

struct LogMergerTests {
  private func line(_ second: Int, task: String = "t1", _ text: String) -> LogLine {
    LogLine(source: .stdout, time: "2026-11-23T08:00:0\(second).000000000Z", taskID: task, text: text)
  }

  @Test func `lines of several services come in the order of their times`() {
    var merger = LogMerger()
    merger.add(line(2, "b"), of: 0)
    merger.add(line(1, task: "t2", "a"), of: 1)
    merger.add(line(2, "c"), of: 0)
    let entries = merger.take()
    #expect(entries.map(\.line.text) == ["a", "b", "c"] && entries.map(\.service) == [1, 0, 0])
    #expect(merger.take().isEmpty)
  }

  @Test func `what comes again after a connection broke is left out, and what is new is not`() {
    var merger = LogMerger()
    merger.add(line(1, "a"), of: 0)
    merger.add(line(3, task: "t2", "b"), of: 0)
    _ = merger.take()
    #expect(merger.resume(0) == 1_795_420_800)
    for again in [line(1, "a"), line(2, "new"), line(3, task: "t2", "b"), line(0, task: "t3", "another")] {
      merger.add(again, of: 0)
    }
    #expect(merger.take().map(\.line.text) == ["another", "new"])
  }

  @Test func `a line in several pieces has one time, and all of them count`() {
    var merger = LogMerger()
    merger.add(line(1, "a"), of: 0)
    _ = merger.resume(0)
    merger.add(line(2, "b"), of: 0)
    merger.add(line(2, "c"), of: 0)
    #expect(merger.take().map(\.line.text) == ["a", "b", "c"])
  }

  @Test func `where nothing was read, nothing says from when on`() {
    var merger = LogMerger()
    #expect(merger.resume(0) == nil)
    merger.add(LogLine(source: .engine, text: "no time"), of: 0)
    #expect(merger.resume(0) == nil && merger.take().count == 1)
  }
}
