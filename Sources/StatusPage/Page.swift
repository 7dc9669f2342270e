import EventLoop
package import Health

/// The status page: everything that is known, for people.
///
/// It depends on its arguments only. Its size is bounded, however much there is to tell: of long lists it has what is most
/// important, and counts the rest.
package struct Page {
  /// Rows of each list at most.
  enum Limit {
    static let checks = 40
    static let troubles = 6
    static let deductions = 12
    static let services = 40
    static let nodes = 24
    static let failures = 8
    static let queues = 16
    static let workers = 16
    static let sources = 32
  }

  let report: Report
  let overview: Overview
  let moment: Moment

  package init(_ report: Report, _ overview: Overview) {
    self.report = report
    self.overview = overview
    moment = Moment(wall: report.wall)
  }

  /// The document, in UTF-8.
  package func render() -> [UInt8] {
    let (heading, tone) = headline
    let document = Document(
      status: report.status, tone: tone, heading: heading, title: title(heading),
      origin: "<p><bdi>\(text: report.service.serviceID)</bdi></p>", taken: moment.clock(report.wall), summary: summary,
      details: [deductions, attention, checks, swarm, celery, sources].joined(), footer: footer)
    return document.html.bytes
  }
}
