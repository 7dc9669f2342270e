import Foundation
import Testing

extension EngineTests {
  /// One ``RealRun``, and whether Prometheus had from it what there was.
  @Suite(.realRun, .timeLimit(.minutes(5)))
  struct RealRunTests {
    /// What the suites below have in common.
    struct Questions {
      let run: RealRun
      let start: Date
      let end: Date

      init() throws {
        run = try #require(RealRun.current)
        start = run.record.start
        end = try #require(run.record["end"])
      }

      /// Whether an expression had data at any second of the run.
      func hadData(_ expression: String) throws -> Bool {
        try !run.prometheus.series(expression, from: start, to: end).isEmpty
      }
    }
  }
}

extension EngineTests.RealRunTests {
  /// The rules, when what they are for happens.
  struct Rules {
    private let asked: Questions
    private let record: RealRunRecord

    init() throws {
      asked = try Questions()
      record = asked.run.record
    }

    @Test func `each alert has one condition`() {
      let made = record.events.flatMap(\.condition.alerts.keys)
      #expect(made.sorted() == record.expressions.keys.sorted())
    }

    @Test func `each alert's expression has data when its condition is made`() throws {
      for event in record.events {
        #expect(event.failure == nil, "\(event.condition.what)")
        for (alert, labels) in event.condition.alerts {
          let series = event.series[alert] ?? []
          #expect(series.contains { $0.contains(labels) }, "\(alert): \(event.condition.what): \(series)")
        }
      }
    }

    @Test func `each alert fires then, as it is shipped but for its duration`() {
      for event in record.events {
        for alert in event.condition.alerts.keys where !RealRunRecord.adjusted.contains(alert) {
          #expect(event.fired.contains(alert), "\(alert): \(event.condition.what)")
        }
      }
    }

    @Test func `a drained node is not missed for having no agent`() throws {
      let series = try record.series(of: "VitalsAgentMissing", from: try #require(record["healthy"]), to: asked.end)
      #expect(series == [["node": "node1"]])
    }

    @Test func `no alert has a reason while all is well`() throws {
      let healthy = try #require(record["healthy"])
      // A database that is there has had transactions.
      for alert in record.expressions.keys where alert != "PostgresWraparoundRisk" {
        #expect(try record.series(of: alert, from: healthy, to: healthy) == [], "\(alert)")
      }
    }

    @Test func `each recording rule has data`() throws {
      #expect(!record.recorded.isEmpty)
      for name in record.recorded { #expect(try asked.hadData(name), "\(name)") }
    }
  }

  /// The shipped dashboards.
  struct Dashboards {
    private struct Panel: Decodable {
      let dashboard: String
      let panel: String
      let ref: String
      let expr: String
    }

    @Test func `each expression of each panel has data`() throws {
      let asked = try Questions()
      let lines = try Subprocess.run(["python3", "\(Tool.packageDirectory)/grafana/check.py", "--list-expressions"])
      let panels = try lines.split(separator: "\n").map { try JSONDecoder().decode(Panel.self, from: Data($0.utf8)) }
      #expect(panels.count > 200)
      for panel in panels {
        #expect(try asked.hadData(panel.expr), "\(panel.dashboard), \(panel.panel), \(panel.ref): \(panel.expr)")
      }
    }
  }

  /// The dashboards that others made.
  struct Community {
    private struct Dashboard: Decodable {
      let name: String
      let expressions: [String]
    }

    @Test func `each expression of the community's dashboards has data, but for those that the document names`() throws
    {
      let asked = try Questions()
      let file = URL(filePath: "\(Tool.packageDirectory)/Tests/Fixtures/community-dashboards.json")
      let dashboards = try JSONDecoder().decode([Dashboard].self, from: Data(contentsOf: file))
      let document = try Document("docs/compatibility-dashboards.md")
      let counts = document.table(under: "| dashboard | grafana.com |").map { Int($0[3]) }
      #expect(counts == dashboards.map(\.expressions.count))
      let exceptions = document.table(under: "| expression | why |").compactMap { $0[0].code }
      var used: Set<String> = []
      for dashboard in dashboards {
        for expression in dashboard.expressions {
          let concrete = answer(expression, target: "127.0.0.1:\(asked.run.vitals.port)")
          let exception = exceptions.first(where: expression.contains)
          if let exception { used.insert(exception) }
          #expect(try asked.hadData(concrete) == (exception == nil), "\(dashboard.name): \(concrete)")
        }
      }
      #expect(used == Set(exceptions))
    }

    /// An expression with its variables answered as docs/compatibility-dashboards.md says, over a minute.
    private func answer(_ expression: String, target: String) -> String {
      var text = expression
      text.replace(/=~? *"\$(release|namespace|kubernetes_namespace|cluster)"/, with: "=\"\"")
      text.replace(/= *"\$instance"/, with: "=\"\(target)\"")
      text.replace(/"\$[a-z_]+"/, with: "\".*\"")
      text.replace(/\[[0-9a-z$_]+\]/, with: "[1m]")
      return text.replacing(#"job=~"celery|celery-exporter""#, with: #"job=~"vitals""#)
    }
  }
}
