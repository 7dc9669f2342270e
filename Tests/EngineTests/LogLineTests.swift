import Testing

@testable import Engine

struct LogLineTests {
  private static let time = "2026-11-23T08:37:04.514446537Z"

  @Test func `a line of a service tells when, on which node and in which task it was written`() {
    let details = "com.docker.swarm.node.id=n1,com.docker.swarm.service.id=s1,com.docker.swarm.task.id=t1"
    let line = LogLine(.stderr, Array("\(Self.time) \(details) two  words\n".utf8))
    #expect(line == LogLine(source: .stderr, time: Self.time, taskID: "t1", nodeID: "n1", text: "two  words"))
  }

  @Test(arguments: [
    ("\(time) plain\r\n", LogLine(source: .stdout, time: time, text: "plain")),
    ("\(time) \n", LogLine(source: .stdout, time: time, text: "")),
    ("no time\n", LogLine(source: .stdout, text: "no time")),
    ("", LogLine(source: .stdout, text: "")),
  ])
  func `a line that says less is taken as far as it goes`(payload: String, line: LogLine) {
    #expect(LogLine(.stdout, Array(payload.utf8)) == line)
  }

  @Test func `what the engine says itself is taken as it is`() {
    let text = "Error grabbing logs: rpc error: code = Unknown desc = warning: incomplete log stream"
    #expect(LogLine(.engine, Array(text.utf8)) == LogLine(source: .engine, text: text))
  }
}
