package import Health

/// A page that tells a verdict and nothing else: what a stranger sees, and what a probe answers to a browser.
package struct VerdictPage {
  private let answer: ProbeAnswer
  private let offersLogin: Bool

  /// - Parameters:
  ///   - answer: the verdict; its output is shown, where it has one.
  ///   - offersLogin: whether to link to where a browser asks for the token.
  package init(_ answer: ProbeAnswer, offersLogin: Bool = false) {
    self.answer = answer
    self.offersLogin = offersLogin
  }

  /// The document, in UTF-8.
  package func render() -> [UInt8] {
    let heading: HTML
    let tone: Severity
    switch answer.status {
    case .pass: (heading, tone) = ("Healthy", .good)
    case .warn: (heading, tone) = ("Degraded", .warn)
    case .fail: (heading, tone) = ("Failing", .fail)
    }
    var summary = HTML()
    if let output = answer.output { summary += "<p>\(text: output)</p>" }
    if offersLogin { summary += "<p><a id=\"login\" href=\"?login\">Log in</a> to see more.</p>" }
    return Document(status: answer.status, tone: tone, heading: heading, title: heading, summary: summary).html.bytes
  }
}

extension VerdictPage {
  /// The value of Content-Security-Policy that every page of this module goes with.
  package static var contentSecurityPolicy: String { Document.contentSecurityPolicy }
}
