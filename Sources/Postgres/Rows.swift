private import CPostgres

/// What a query returned: rows of text values.
package struct Rows: Equatable, Sendable {
  package var columns: [String] = []
  /// One array a row, in the order of `columns`; nil is SQL's NULL.
  package var values: [[String?]] = []

  package init(columns: [String] = [], values: [[String?]] = []) {
    self.columns = columns
    self.values = values
  }

  /// Copies a libpq result.
  init(_ result: OpaquePointer) {
    let width = PQnfields(result)
    columns = (0..<width).map { String(cString: PQfname(result, $0)) }
    values = (0..<PQntuples(result)).map { row in
      (0..<width).map { column in
        guard PQgetisnull(result, row, column) == 0, let text = PQgetvalue(result, row, column) else { return nil }
        return String(cString: text)
      }
    }
  }

  /// The value in `column` of the row at `index`; nil for NULL, and where there is no such column.
  package subscript(index: Int, column: String) -> String? {
    guard let position = columns.firstIndex(of: column) else { return nil }
    return values[index][position]
  }
}
