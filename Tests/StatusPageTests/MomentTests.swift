import Health
import Testing

@testable import StatusPage

@Suite struct MomentTests {
  private let moment = Moment(wall: WallTime(milliseconds: 1_795_430_918_000))

  private func text(_ html: HTML) -> String {
    String(decoding: html.bytes, as: UTF8.self).replacing("\u{A0}", with: " ")
  }

  @Test(arguments: [
    (0, "just now"), (999, "just now"), (1000, "1 s ago"), (59_999, "59 s ago"), (60_000, "1 min ago"),
    (3_599_000, "59 min ago"), (3_600_000, "1 h ago"), (7_800_000, "2 h 10 min ago"), (86_400_000, "1 d ago"),
    (270_000_000, "3 d 3 h ago"), (31 * 86_400_000 + 7_200_000, "31 d ago"), (-5000, "just now"),
  ])
  func `a time is told by its distance`(milliseconds: Int64, distance: String) {
    let time = WallTime(milliseconds: moment.wall.milliseconds - milliseconds)
    let element = text(moment.ago(time))
    #expect(element.hasSuffix("\">\(distance)</time>"))
  }

  @Test func `a time is told to machines as well`() {
    #expect(
      text(moment.clock(moment.wall)) == """
        <time datetime="2026-11-23T10:48:38.000Z" title="2026-11-23T10:48:38.000Z">10:48:38 UTC</time>
        """)
    let time = WallTime(milliseconds: moment.wall.milliseconds - 4250)
    #expect(
      text(moment.elapsed(since: time)) == """
        <time datetime="2026-11-23T10:48:33.750Z" title="2026-11-23T10:48:33.750Z">4 s</time>
        """)
  }

  @Test(
    arguments: [
      (.zero, "0.00 ms"), (.microseconds(4), "0.00 ms"), (.microseconds(256), "0.26 ms"),
      (.microseconds(994), "0.99 ms"), (.microseconds(995), "1.0 ms"), (.microseconds(1840), "1.8 ms"),
      (.microseconds(9949), "9.9 ms"), (.microseconds(9950), "10 ms"), (.microseconds(12_499), "12 ms"),
      (.microseconds(999_499), "999 ms"), (.microseconds(999_500), "1.0 s"), (.milliseconds(71_449), "71.4 s"),
      (.seconds(-1), "0.00 ms"),
    ] as [(Duration, String)])
  func `a response time has the digits that somebody reads`(duration: Duration, text: String) {
    #expect(latency(duration).replacing("\u{A0}", with: " ") == text)
  }
}
