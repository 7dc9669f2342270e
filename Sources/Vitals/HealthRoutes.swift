import EventLoop
import HTTP
import Health
import Server

/// The paths that answer for the health of the service.
///
/// A body depends on what is on the board and on the millisecond, and on nothing else. So each is rendered at most once a
/// millisecond, and a hundred requests in that time get the same bytes.
final class HealthRoutes: @unchecked Sendable {
  /// What a path is about.
  ///
  /// The raw value, and that of a format, find the page in `pages`.
  private enum Subject {
    case all, live, ready, container, page
    case check(Int)

    var place: Int {
      switch self {
      case .all: 0
      case .live: 1
      case .ready: 2
      case .container: 3
      case .page: 4
      case .check(let index): 5 + index
      }
    }
  }

  private struct Page {
    var generation: Int
    var millisecond: Int64
    var response: Response
  }

  /// In the order of the server's preference.
  private static let formats: [BodyFormat] = [.json, .healthJSON, .text, .html]
  private static let mediaTypes: [StaticString] = [
    "application/json", "application/health+json", "text/plain", "text/html",
  ]

  private let board: HealthBoard
  private let loop: EventLoop
  private var pages: [Page?]
  private let fields = [Field("Vary", "Accept")]
  private let failureFields: [Field]

  init(_ board: HealthBoard, on loop: EventLoop) {
    self.board = board
    self.loop = loop
    pages = Array(repeating: nil, count: (5 + board.checks.count) * 8)
    let interval = board.checks.map(\.policy.interval).min() ?? .seconds(1)
    failureFields = fields + [Field("Retry-After", String(max(1, Int(interval.inSeconds.rounded(.up)))))]
  }

  var routes: [Route] {
    [
      route("/health/", ["/health"], .all),
      route("/health/live", ["/health/live", "/livez"], .live),
      route("/health/ready", ["/health/ready", "/readyz"], .ready),
      route("/health/container", ["/health/container"], .container),
      Route("/health/checks/{name}", [.prefix("/health/checks/")], options: .verdict) { [unowned self] in single($0) },
      Route("/", [.exactly("/")]) { [unowned self] in respond($0, .page) },
    ]
  }

  /// A slash at the end makes no difference: a redirect is no verdict, and monitors are set up in both ways.
  private func route(_ name: String, _ paths: [String], _ subject: Subject) -> Route {
    Route(name, paths.flatMap { [.exactly($0), .exactly($0 + "/")] }, options: .verdict) { [unowned self] in
      respond($0, subject)
    }
  }

  private func single(_ request: Request) -> Response {
    let index = request.target.withPath { path in
      var name = path.dropFirst("/health/checks/".utf8.count)
      if name.last == UInt8(ascii: "/") { name = name.dropLast() }
      return board.checks.firstIndex { $0.name.utf8.elementsEqual(name) }
    }
    guard let index else { return .text(.notFound, "404 Not Found: no check of that name") }
    return respond(request, .check(index))
  }

  private func respond(_ request: Request, _ subject: Subject) -> Response {
    var format = 0
    if request.head.accept != nil {
      format = Accept(request.value(request.head.accept)).best(of: HealthRoutes.mediaTypes) ?? 0
    }
    // The page for people is one unless something else is asked for by name.
    if case .page = subject, format == 0 { format = 3 }
    let brief = !request.target.rawQuery.isEmpty && request.target.query.contains { $0.name == "brief" }
    let place = subject.place * 8 + format * 2 + (brief ? 1 : 0)
    let millisecond = loop.now.nanoseconds / 1_000_000
    if let page = pages[place], page.millisecond == millisecond, page.generation == board.generation {
      return page.response
    }
    let response = render(subject, HealthRoutes.formats[format], brief: brief)
    pages[place] = Page(generation: board.generation, millisecond: millisecond, response: response)
    return response
  }

  private func render(_ subject: Subject, _ format: BodyFormat, brief: Bool) -> Response {
    var body: [UInt8] = []
    let isFailing: Bool
    switch subject {
    case .all, .page, .check:
      let report = if case .check(let index) = subject { board.report(single: index) } else { board.report() }
      report.write(format, brief: brief, into: &body)
      isFailing = report.status == .fail
    case .live: isFailing = write(board.liveAnswer(), format, brief: brief, into: &body)
    case .ready: isFailing = write(board.readyAnswer(), format, brief: brief, into: &body)
    case .container: isFailing = write(board.containerAnswer(), format, brief: brief, into: &body)
    }
    // The page is there for people to read, whatever it says.
    let status: HTTP.Status = if case .page = subject { .ok } else { isFailing ? .serviceUnavailable : .ok }
    return Response(
      status, contentType: format.contentType, fields: status == .ok ? fields : failureFields, body: body)
  }

  private func write(_ answer: ProbeAnswer, _ format: BodyFormat, brief: Bool, into body: inout [UInt8]) -> Bool {
    (brief ? ProbeAnswer(status: answer.status) : answer).write(format, into: &body)
    return answer.status == .fail
  }
}
