import Metrics
import TestSupport
import Testing

@testable import Postgres

@Suite struct QueryTests {
  private let view = View(
    prefix: "pg_thing", source: "pg_thing AS t WHERE x", labels: [("datname", "t.d"), ("mode", "t.m")],
    columns: [
      .counter("hits", "Hits."), .gauge("ready", column: "is_ready", "Ready."), .untyped("since", as: .time, "Since."),
      .gauge("lsn", as: .position, "Position."), .gauge("age", sql: "now() - t.born", "Age."),
    ])

  @Test func `labels and columns are selected in their order`() {
    #expect(
      view.query(for: ServerVersion(150_000)).sql
        == "SELECT t.d, t.m, hits, is_ready, floor(extract(epoch FROM since)), lsn - '0/0'::pg_lsn, now() - t.born "
        + "FROM pg_thing AS t WHERE x")
  }

  @Test func `a row becomes a series of each family, NULL none`() {
    let query = view.query(for: ServerVersion(150_000))
    let rows = Rows(values: [["a\"b", nil, "7", "t", nil, "1.5e3", "-0.25"], ["c", "x", nil, "f", "9", nil, "NaNs"]])
    let page = Page(query.families(rows, ServerLabel("db:1", isOneOfSeveral: false)))
    #expect(
      page.text.split(separator: "\n").filter { !$0.hasPrefix("# HELP") } == [
        "# TYPE pg_thing_age gauge", #"pg_thing_age{datname="a\"b",mode="",server="db:1"} -0.25"#,
        "# TYPE pg_thing_hits counter", #"pg_thing_hits{datname="a\"b",mode="",server="db:1"} 7"#,
        "# TYPE pg_thing_lsn gauge", #"pg_thing_lsn{datname="a\"b",mode="",server="db:1"} 1500"#,
        "# TYPE pg_thing_ready gauge", #"pg_thing_ready{datname="a\"b",mode="",server="db:1"} 1"#,
        #"pg_thing_ready{datname="c",mode="x",server="db:1"} 0"#,
        "# TYPE pg_thing_since untyped", #"pg_thing_since{datname="c",mode="x",server="db:1"} 9"#,
      ])
  }

  @Test(arguments: [
    (false, false, "pg_lag 3"), (false, true, #"pg_lag{server="h:5"} 3"#), (true, false, #"pg_lag{server="h:5"} 3"#),
  ])
  func `families have the label server where they always have it, and where there are several servers`(
    always: Bool, isOneOfSeveral: Bool, series: String
  ) {
    let query = View(prefix: "pg", source: "x", hasServer: always, columns: [.gauge("lag", "Lag.")])
      .query(for: ServerVersion(150_000))
    let families = query.families(Rows(values: [["3"]]), ServerLabel("h:5", isOneOfSeveral: isOneOfSeveral))
    #expect(Page(families).samples == [series])
  }

  @Test(arguments: [
    ("PostgreSQL 15.20 (Debian 15.20-0+deb12u1) on x86_64-pc-linux-gnu", "15.20.0"),
    ("PostgreSQL 12.1.2 on x", "12.1.2"), ("PostgreSQL 17beta1 on x", "17.0.0"), ("PostgreSQL 16 on x", "16.0.0"),
    ("EnterpriseDB", "0.0.0"),
  ])
  func `a version is shortened to three numbers`(text: String, short: String) {
    #expect(Query.shortVersion(text) == short)
  }

  @Test(
    arguments: [
      ("max_connections", "100", "", "pg_settings_max_connections", 100),
      ("shared_buffers", "16384", "8kB", "pg_settings_shared_buffers_bytes", 134_217_728),
      ("max_wal_size", "1024", "MB", "pg_settings_max_wal_size_bytes", 1_073_741_824),
      ("wal_segment_size", "16777216", "B", "pg_settings_wal_segment_size_bytes", 16_777_216),
      ("bgwriter_delay", "200", "ms", "pg_settings_bgwriter_delay_seconds", 0.2),
      ("log_rotation_age", "1440", "min", "pg_settings_log_rotation_age_seconds", 86_400),
      ("autovacuum_work_mem", "-1", "kB", "pg_settings_autovacuum_work_mem_bytes", -1),
      ("data_directory_mode", "0700", "", "pg_settings_data_directory_mode", 700),
      ("geqo_seed", "0.5", "", "pg_settings_geqo_seed", 0.5),
      ("pg_stat_statements.max", "5000", "", "pg_settings_pg_stat_statements_max", 5000),
    ] as [(String, String, String, String, Double)])
  func `a setting is told in base units`(name: String, text: String, unit: String, family: String, value: Double) {
    let setting = Setting(name: name, text: text, unit: unit, isSwitch: false)
    #expect(setting?.family == family)
    #expect(setting?.value == value)
  }

  @Test func `a switch is 1 or 0, and what is no number is left out`() {
    #expect(Setting(name: "fsync", text: "on", unit: "", isSwitch: true)?.value == 1)
    #expect(Setting(name: "fsync", text: "off", unit: "", isSwitch: true)?.value == 0)
    #expect(Setting(name: "x", text: "many", unit: "", isSwitch: false) == nil)
    #expect(Setting(name: "x", text: "1", unit: "furlong", isSwitch: false) == nil)
    let rows = Rows(values: [["odd-name", "1", nil, "Odd.", "integer"], ["good", "1", nil, nil, "integer"]])
    let families = Query.settings.families(rows, ServerLabel("h:5", isOneOfSeveral: false))
    #expect(families.map(\.name) == ["pg_settings_good"])
  }

  @Test(arguments: [
    ("postgresql://u@db/app", "db:5432"), ("postgresql://u@[::1]:5433/app", "[::1]:5433"),
    ("postgresql://u@a:1,b/app", "a:1,b:5432"), ("postgresql:///app?host=/run/pg", "/run/pg:5432"),
    ("host=db hostaddr=10.0.0.1 port=6432", "db:6432"), ("hostaddr=10.0.0.1", "10.0.0.1:5432"),
    ("dbname=app", "localhost:5432"),
  ])
  func `a server is named by its host and port`(text: String, place: String) throws {
    #expect(try ConnectionString(text).places == place)
  }
}
