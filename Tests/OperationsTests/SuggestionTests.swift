import Operations
import Testing

struct SuggestionTests {
  @Test(
    arguments: [
      ("wbe", ["web", "celery"], "Did you mean web?"),
      ("database", ["web", "celery"], "There are: celery, web."),
    ])
  func `a name that does not exist is answered with one that does`(name: String, names: [String], text: String) {
    #expect(Suggestion(for: name, among: names).text == text)
  }

  @Test func `where there is nothing to choose from, nothing is suggested`() {
    #expect(Suggestion(for: "web", among: []).text == nil)
  }
}
