import EventLoop
import HTTP
import Health
import Server
import StatusPage

/// The paths that answer for the health of the service.
///
/// A body depends on what is on the board and on the millisecond, and on nothing else. So each is rendered at most once a
/// millisecond, and a hundred requests in that time get the same bytes.
final class HealthRoutes: @unchecked Sendable {
  /// What a path is about.
  private enum Subject {
    case all, live, ready, container, page
    case check(Int)

    /// Finds, with the format, the answer in `answers`.
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

    var isPage: Bool { place == Subject.page.place }
  }

  private struct Answer {
    var generation: Int
    var millisecond: Int64
    var response: Response
  }

  /// In the order of the server's preference; nil is the page for people.
  private static let formats: [BodyFormat?] = [.json, .healthJSON, .text, nil]
  private static let mediaTypes: [StaticString] = [
    "application/json", "application/health+json", "text/plain", "text/html",
  ]
  private static let html = 3

  private let board: HealthBoard
  private let loop: EventLoop
  private let authorization: Authorization
  private let pages: PageSource
  private let score: ScoreSource
  private var answers: [Answer?]
  private let fields: [Field]
  private let pageFields = [
    Field("Content-Security-Policy", VerdictPage.contentSecurityPolicy), Field("Referrer-Policy", "no-referrer"),
  ]
  private let retryAfter: Field

  init(
    _ board: HealthBoard, collectors: [CollectorWorker], score: ScoreSource, authorization: Authorization,
    on loop: EventLoop
  ) {
    self.board = board
    self.loop = loop
    self.authorization = authorization
    self.score = score
    pages = PageSource(board, collectors: collectors, score: score, on: loop)
    answers = Array(repeating: nil, count: (5 + board.checks.count) * HealthRoutes.formats.count * 2)
    fields = [Field("Vary", authorization.isRequired ? "Accept, Authorization" : "Accept")]
    let interval = board.checks.map(\.policy.interval).min() ?? .seconds(1)
    retryAfter = Field("Retry-After", String(max(1, Int(interval.inSeconds.rounded(.up)))))
  }

  var routes: [Route] {
    [
      route("/health/", ["/health"], .all),
      route("/health/live", ["/health/live", "/livez"], .live),
      route("/health/ready", ["/health/ready", "/readyz"], .ready),
      route("/health/container", ["/health/container"], .container),
      Route("/health/score", [.exactly("/health/score"), .exactly("/health/score/")]) { [unowned self] in score($0) },
      Route("/health/checks/{name}", [.prefix("/health/checks/")], options: .verdict) { [unowned self] in single($0) },
      Route("/", [.exactly("/")]) { [unowned self] in page($0) },
    ]
  }

  /// A slash at the end makes no difference: a redirect is no verdict, and monitors are set up in both ways.
  private func route(_ name: String, _ paths: [String], _ subject: Subject) -> Route {
    Route(name, paths.flatMap { [.exactly($0), .exactly($0 + "/")] }, options: .verdict) { [unowned self] in
      // Without the token, or with one that is stale, the verdict alone: a probe must not fail for that.
      respond($0, subject, brief: isBrief($0) || !authorization.admits($0))
    }
  }

  private func single(_ request: Request) -> Response {
    // That there is a check of a certain name is a detail, so that nobody can find one out by trying.
    guard authorization.admits(request) else { return Authorization.refusal }
    let index = request.target.withPath { path in
      var name = path.dropFirst("/health/checks/".utf8.count)
      if name.last == UInt8(ascii: "/") { name = name.dropLast() }
      return board.checks.firstIndex { $0.name.utf8.elementsEqual(name) }
    }
    guard let index else { return .text(.notFound, "404 Not Found: no check of that name") }
    return respond(request, .check(index), brief: isBrief(request))
  }

  /// A number for people and programs, and no verdict: its status is 200 whatever it is.
  private func score(_ request: Request) -> Response {
    guard authorization.admits(request) else { return Authorization.refusal }
    return Response(.ok, contentType: "application/json", fields: [], body: score.body())
  }

  private func page(_ request: Request) -> Response {
    let isAdmitted = authorization.admits(request)
    if authorization.isRequired, asks(request, for: "login") {
      return isAdmitted ? Authorization.welcome : Authorization.question
    }
    return respond(request, .page, brief: isBrief(request) || !isAdmitted)
  }

  private func isBrief(_ request: Request) -> Bool { asks(request, for: "brief") }

  private func asks(_ request: Request, for name: String) -> Bool {
    !request.target.rawQuery.isEmpty && request.target.query.contains { $0.name == name }
  }

  private func respond(_ request: Request, _ subject: Subject, brief: Bool) -> Response {
    var format = 0
    if request.head.accept != nil {
      format = Accept(request.value(request.head.accept)).best(of: HealthRoutes.mediaTypes) ?? 0
    }
    // The page for people is one unless something else is asked for by name.
    if subject.isPage, format == 0 { format = HealthRoutes.html }
    let place = (subject.place * HealthRoutes.formats.count + format) * 2 + (brief ? 1 : 0)
    let millisecond = loop.now.nanoseconds / 1_000_000
    if let answer = answers[place], answer.millisecond == millisecond, answer.generation == board.generation {
      return answer.response
    }
    let (body, isFailing) = render(subject, HealthRoutes.formats[format], brief: brief)
    // The page is there for people to read, whatever it says.
    let status: HTTP.Status = isFailing && !subject.isPage ? .serviceUnavailable : .ok
    let response = Response(
      status, contentType: HealthRoutes.formats[format]?.contentType ?? "text/html; charset=utf-8",
      fields: fields + (status == .ok ? [] : [retryAfter]) + (format == HealthRoutes.html ? pageFields : []), body: body
    )
    answers[place] = Answer(generation: board.generation, millisecond: millisecond, response: response)
    return response
  }

  private func render(_ subject: Subject, _ format: BodyFormat?, brief: Bool) -> (body: [UInt8], isFailing: Bool) {
    var body: [UInt8] = []
    if !brief, let report = report(subject) {
      switch (format, subject) {
      case (let format?, _):
        report.write(format, into: &body)
        return (body, report.status == .fail)
      case (nil, .all), (nil, .page): return (pages.body(report), report.status == .fail)
      case (nil, _): break
      }
    }
    var answer = report(subject).map(Probe.ready) ?? probe(subject)
    if brief { answer.output = nil }
    if let format {
      answer.write(format, into: &body)
    } else {
      body = VerdictPage(answer, offersLogin: subject.isPage && authorization.isRequired).render()
    }
    return (body, answer.status == .fail)
  }

  /// What there is to report, where there is more than an answer.
  private func report(_ subject: Subject) -> Report? {
    switch subject {
    case .all, .page: board.report()
    case .check(let index): board.report(single: index)
    case .live, .ready, .container: nil
    }
  }

  private func probe(_ subject: Subject) -> ProbeAnswer {
    switch subject {
    case .live: board.liveAnswer()
    case .container: board.containerAnswer()
    case .all, .ready, .page, .check: board.readyAnswer()
    }
  }
}
