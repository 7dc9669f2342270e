/// What every section needs: where to run things, and the databases.
struct Bench {
  let options: Options
  let workspace: Workspace
  let databases: Databases

  /// Runs a part that the rest can do without: a failure is reported and gives nil.
  func attempt<Result>(_ what: String, report: inout Report, _ body: () throws -> Result) -> Result? {
    do {
      return try body()
    } catch {
      report.fail(what, error)
      return nil
    }
  }
}
