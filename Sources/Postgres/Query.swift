internal import Metrics

/// A statement whose rows become families.
struct Query: Sendable {
  /// What it asks about, for the log: `pg_stat_database`.
  let name: String
  let sql: String
  /// The families of what was returned, with the labels that tell the server from others.
  let families: @Sendable (Rows, ServerLabel) -> [Family]
}

/// The label `server` of a server's families.
package struct ServerLabel: Equatable, Sendable {
  /// Host and port.
  package var server: String
  /// Whether other servers' families stand on the same page, so that all need the label.
  package var isOneOfSeveral: Bool

  package init(_ server: String, isOneOfSeveral: Bool) {
    self.server = server
    self.isOneOfSeveral = isOneOfSeveral
  }

  /// `pairs`, and the label where there are several servers or `always`.
  func labels(_ pairs: [(String, String)] = [], always: Bool = false) -> Labels {
    Labels(isOneOfSeveral || always ? pairs + [("server", server)] : pairs)
  }
}

/// A statistics view, or what reads like one, with the columns that become labels and families.
struct View: Sendable {
  /// What the families' names begin with: in most cases the view's own name.
  let prefix: String
  /// What stands behind FROM, where that is not the view alone.
  var source: String?
  /// The labels' names, and the SQL of their values.
  var labels: [(name: String, sql: String)] = []
  /// Whether its families have the label `server` even where there is only one.
  var hasServer = true
  let columns: [Column]

  /// The statement for servers of this version, and how its rows are read.
  func query(for version: ServerVersion) -> Query {
    let present = columns.compactMap { column in
      column.expression(in: prefix, of: version).map { (column: column, sql: $0) }
    }
    let selected = (labels.map(\.sql) + present.map(\.sql)).joined(separator: ", ")
    let names = labels.map(\.name)
    let columns = present.map(\.column)
    return Query(name: prefix, sql: "SELECT \(selected) FROM \(source ?? version.source(of: prefix))") {
      [prefix, hasServer] rows, server in
      var families = columns.map { Family("\(prefix)_\($0.name)", $0.kind, help: $0.help) }
      for row in rows.values where row.count == names.count + columns.count {
        let labels = server.labels(Array(zip(names, row.map { $0 ?? "" })), always: hasServer)
        for (index, text) in row[names.count...].enumerated() {
          // NULL is nothing that is known: it must become neither 0 nor NaN, which spoils every sum.
          if let value = View.number(text) { families[index].add(value, labels) }
        }
      }
      return families
    }
  }

  /// SQL for whole seconds since 1970, as postgres_exporter has times.
  static func seconds(_ time: String) -> String { "floor(extract(epoch FROM \(time)))" }

  private static func number(_ text: String?) -> Double? {
    switch text {
    case "t": 1
    case "f": 0
    default: text.flatMap { Double($0) }
    }
  }
}

extension View {
  /// A column that becomes a family `PREFIX_NAME`.
  struct Column: Sendable {
    /// How the view's column becomes a number.
    enum Form: Sendable {
      case number
      /// A timestamp: seconds since 1970.
      case time
      /// A position in the WAL: bytes.
      case position
    }

    let kind: Family.Kind
    /// The rest of the family's name.
    let name: String
    /// The view's column.
    private let column: String
    private let form: Form
    /// What to select instead.
    private let sql: String?
    let help: String

    /// What to select; nil where the version has nothing that tells the same.
    fileprivate func expression(in view: String, of version: ServerVersion) -> String? {
      if let sql { return sql }
      guard let column = version.expression(for: column, of: view) else { return nil }
      return switch form {
      case .number: column
      case .time: View.seconds(column)
      case .position: "\(column) - '0/0'::pg_lsn"
      }
    }

    static func counter(
      _ name: String, column: String? = nil, as form: Form = .number, sql: String? = nil, _ help: String
    ) -> Column {
      Column(kind: .counter, name: name, column: column ?? name, form: form, sql: sql, help: help)
    }

    static func gauge(
      _ name: String, column: String? = nil, as form: Form = .number, sql: String? = nil, _ help: String
    ) -> Column {
      Column(kind: .gauge, name: name, column: column ?? name, form: form, sql: sql, help: help)
    }

    /// One that postgres_exporter has without a type.
    static func untyped(_ name: String, as form: Form = .number, sql: String? = nil, _ help: String) -> Column {
      Column(kind: .unknown, name: name, column: name, form: form, sql: sql, help: help)
    }
  }
}
