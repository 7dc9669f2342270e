import HTTP

/// A path, or all paths that start with it, and what answers there.
package struct Route {
  package enum Pattern: Sendable {
    case exactly(String)
    /// Every path that starts so and goes on with at least one byte more.
    case prefix(String)
  }

  /// What OPTIONS is answered with.
  package enum Options: Sendable {
    /// 204 and `Allow`.
    case allow
    /// The code that GET would have, and `Allow`, without a body: HAProxy's default check sends OPTIONS, and asks for a verdict.
    case verdict
  }

  /// The `handler` label of this route's metrics: the path as a template, never what a client sent.
  package let name: String
  package let patterns: [Pattern]
  package let options: Options
  /// Answers GET; HEAD is answered with the same, its body left out.
  ///
  /// It runs on the loop and must not block.
  package let respond: (Request) -> Response

  package init(
    _ name: String, _ patterns: [Pattern], options: Options = .allow, respond: @escaping (Request) -> Response
  ) {
    self.name = name
    self.patterns = patterns
    self.options = options
    self.respond = respond
  }
}

/// The routes of a server, and the rules of methods that hold for all of them (RFC 9110 sections 9 and 15.5.6).
struct Router {
  /// What to send, for the route with this index in `routes`.
  struct Match {
    var route: Int
    var response: Response
    var withoutBody: Bool
  }

  private struct Entry {
    var path: [UInt8]
    var isPrefix: Bool
    var route: Int
  }

  /// Those of the server, and at the end the one for everything else.
  let routes: [Route]
  private let entries: [Entry]

  private static let allowed = [Field("Allow", "GET, HEAD, OPTIONS")]

  init(_ routes: [Route]) {
    self.routes = routes + [Route("other", []) { _ in .text(.notFound, "404 Not Found") }]
    entries = routes.enumerated().flatMap { index, route in
      route.patterns.map { pattern in
        switch pattern {
        case .exactly(let path): Entry(path: Array(path.utf8), isPrefix: false, route: index)
        case .prefix(let path): Entry(path: Array(path.utf8), isPrefix: true, route: index)
        }
      }
    }
  }

  var fallback: Int { routes.count - 1 }

  func respond(to request: Request) -> Match {
    let index = find(request.target)
    let route = routes[index]
    switch request.head.method {
    case .get: return Match(route: index, response: route.respond(request), withoutBody: false)
    case .head: return Match(route: index, response: route.respond(request), withoutBody: true)
    case .options: return Match(route: index, response: options(route, request), withoutBody: false)
    default:
      let response =
        // CONNECT names no path that could be missing.
        index == fallback && request.head.method != .connect
        ? route.respond(request) : .text(.methodNotAllowed, "405 Method Not Allowed", fields: Router.allowed)
      return Match(route: index, response: response, withoutBody: false)
    }
  }

  private func options(_ route: Route, _ request: Request) -> Response {
    if request.target.form == .asterisk {
      return Response(.noContent, contentType: "text/plain; charset=utf-8", fields: Router.allowed, body: [])
    }
    let verdict = route.respond(request)
    switch route.options {
    case _ where verdict.status == .notFound: return verdict
    case .verdict:
      return Response(
        verdict.status, contentType: "text/plain; charset=utf-8", fields: verdict.ownFields + Router.allowed, body: [])
    case .allow:
      return Response(.noContent, contentType: "text/plain; charset=utf-8", fields: Router.allowed, body: [])
    }
  }

  private func find(_ target: RequestTarget) -> Int {
    target.withPath { path in
      for entry in entries {
        let matches = entry.isPrefix ? path.count > entry.path.count : path.count == entry.path.count
        if matches, path.starts(with: entry.path) { return entry.route }
      }
      return fallback
    }
  }
}
