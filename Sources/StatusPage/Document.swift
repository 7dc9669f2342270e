import Health

/// What all pages have in common: the head, the marks, the state in large letters, and the script that refreshes them.
struct Document {
  var status: Status
  /// How the state is shown; that of a service which is starting is no failure, though its status is.
  var tone: Severity
  /// The state in a word.
  var heading: HTML
  /// What a tab shows: the state first.
  var title: HTML
  var origin = HTML()
  var taken = HTML()
  var summary: HTML
  var details = HTML()
  var footer = HTML()

  /// The value of Content-Security-Policy that goes with every page: nothing but what the page has in itself.
  static let contentSecurityPolicy =
    "default-src 'none'; style-src '\(Style.hash)'; script-src '\(Script.hash)'; img-src data:; connect-src 'self'; "
    + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

  /// How often a browser without scripts loads the page again, in seconds.
  private static let refreshInterval = 15

  var html: HTML {
    """
    <!doctype html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <title>\(title)</title>
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="robots" content="noindex">
    <meta name="color-scheme" content="light dark">
    <link rel="icon" href="\(icon)">
    <style>\(Document.style)</style>
    <noscript><meta http-equiv="refresh" content="\(Document.refreshInterval)"></noscript>
    </head>
    <body data-status="\(text: status.rawValue)" data-tone="\(text: tone.name)">
    \(Document.marks)
    <header>
    <p class="brand">Vitals</p>\(origin)
    <p class="end"><span id="taken">\(taken)</span><button type="button" id="pause" hidden>Pause</button></p>
    </header>
    <main>
    <div id="state" role="status"><h1>\(heading)</h1></div>
    <p id="connection" role="alert"></p>
    <div id="summary">\(summary)</div>
    <div id="details">\(details)</div>
    </main>
    \(footer.isEmpty ? "" : "<footer>\(footer)</footer>")
    <script>\(Document.script)</script>
    </body>
    </html>

    """
  }

  private static let style = HTML(stringLiteral: Style.css)
  private static let script = HTML(stringLiteral: Script.source)

  /// The forms of the marks, each referred to by its id.
  private static let marks: HTML = """
    <svg class="marks" width="0" height="0" aria-hidden="true">\
    <symbol id="mark-good" viewBox="0 0 12 12"><circle cx="6" cy="6" r="5"/></symbol>\
    <symbol id="mark-note" viewBox="0 0 12 12"><path d="M6 1a5 5 0 1 0 0 10A5 5 0 0 0 6 1m0 2a3 3 0 1 1 0 6a3 3 0 0 1 0-6"/></symbol>\
    <symbol id="mark-warn" viewBox="0 0 12 12"><path d="M6 .8 11.8 11H.2Z"/></symbol>\
    <symbol id="mark-fail" viewBox="0 0 12 12"><path d="M1 1h10v10H1Z"/></symbol>\
    </svg>
    """

  /// The mark in the colour that is readable on a light and on a dark tab.
  private var icon: HTML {
    let form: HTML =
      switch tone {
      case .good: "%3Ccircle%20cx='8'%20cy='8'%20r='7'%20fill='%232a9d6a'/%3E"
      case .note: "%3Ccircle%20cx='8'%20cy='8'%20r='5.5'%20fill='none'%20stroke='%236f88ad'%20stroke-width='3'/%3E"
      case .warn: "%3Cpath%20d='M8%201%2016%2015H0Z'%20fill='%23d08f1d'/%3E"
      case .fail: "%3Cpath%20d='M1%201h14v14H1Z'%20fill='%23e0413a'/%3E"
      }
    return
      "data:image/svg+xml,%3Csvg%20xmlns='http://www.w3.org/2000/svg'%20viewBox='0%200%2016%2016'%3E\(form)%3C/svg%3E"
  }
}
