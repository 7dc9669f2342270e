import Foundation
import Testing

extension EngineTests.RealRunTests {
  /// The numbers of what is known to have happened, as Prometheus has them.
  struct Metrics {
    private let run: RealRun
    private let asked: Questions

    init() throws {
      asked = try Questions()
      run = asked.run
    }

    /// The sum of what a selector had at a moment, or a few seconds before: a scrape may fail on a machine that is busy.
    private func value(_ selector: String, at moment: String) throws -> Double? {
      let time = try #require(run.record[moment])
      let samples = try run.prometheus.query("sum(last_over_time(\(selector)[5s]))", at: time)
      return samples.first?.value
    }

    @Test func `tasks that wait, of all priorities`() throws {
      let waiting = try ["celery", "bulk"].map { try value("celery_queue_length{queue_name=\"\($0)\"}", at: "stalled") }
      // Those that beat sends besides are the application's own.
      #expect(waiting[0] ?? 0 >= 120 && waiting[1] == 5, "\(waiting)")
      #expect(try value("celery_queue_length", at: "healthy") == 0)
    }

    @Test(arguments: [("healthy", 1.0), ("busy", 7.0)])
    func `tasks by what became of them`(moment: String, count: Double) throws {
      func tasks(_ kind: String, _ name: String) throws -> Double? {
        try value("celery_task_\(kind)_total{name=\"orders.tasks.\(name)\"}", at: moment)
      }
      for kind in ["sent", "received", "started", "succeeded"] { #expect(try tasks(kind, "ok") == 125, "\(kind)") }
      #expect(try value("celery_task_succeeded_total{queue_name=\"bulk\"}", at: moment) == 5)
      #expect(
        try value("celery_task_failed_total{name=\"orders.tasks.fail\",exception=\"PaymentDeclined\"}", at: moment)
          == count)
      #expect(try tasks("rejected", "reject") == count)
      #expect(try tasks("retried", "retry") == count && tasks("succeeded", "retry") == count)
      #expect(try tasks("revoked", "place") == count && tasks("succeeded", "place") == count)
      #expect(try value("celery_task_runtime_seconds_count{name=\"orders.tasks.ok\"}", at: moment) == 125)
      #expect(try value("celery_worker_up", at: moment) == 1)
    }

    @Test func `requests and errors`() throws {
      let codes = [200, 202, 500]
      for code in codes {
        let counted = try value("gunicorn_request_status_total{app=\"pilito\",code=\"\(code)\"}", at: "busy")
        #expect(counted == run.app.count(of: code) - (code == 202 ? 1 : 0), "\(code)")
      }
      #expect(run.app.count(of: 200) == 60 && run.app.count(of: 500) == 41)
      #expect(try value("gunicorn_requests_total", at: "busy") == value("gunicorn_request_status_total", at: "busy"))
      #expect(
        try value("gunicorn_request_duration_seconds_count", at: "busy") == value("gunicorn_requests_total", at: "busy")
      )
      #expect(try value("gunicorn_workers{app=\"pilito\"}", at: "busy") == 1)
    }

    @Test func `a deadlock, an eviction, those who were turned away`() throws {
      let database = "datname=\"pilito\",server=\"127.0.0.1:\(run.stores.primary.port)\""
      #expect(try value("pg_stat_database_deadlocks{\(database)}", at: "healthy") == 0)
      #expect(try value("pg_stat_database_deadlocks{\(database)}", at: "busy") == 1)
      let cache = "server=\"127.0.0.1:\(run.stores.cache.port)\""
      #expect(try value("redis_evicted_keys_total{\(cache)}", at: "healthy") == 0)
      let kept = try value("redis_db_keys{\(cache)}", at: "busy") ?? 0
      #expect(try value("redis_evicted_keys_total{\(cache)}", at: "busy") == 201 - kept)
      #expect(try value("redis_memory_max_bytes{\(cache)}", at: "busy") == 8_388_608)
      #expect(try value("redis_rejected_connections_total{\(cache)}", at: "busy") ?? 0 > 5)
    }

    @Test func `services and a container at its limit`() throws {
      #expect(try value("swarm_service_replicas_running{service=\"shop_web\",stack=\"shop\"}", at: "busy") == 2)
      #expect(try value("swarm_service_tasks{service=\"homeless\",state=\"pending\"}", at: "busy") == 1)
      #expect(try value("swarm_service_task_failures_total", at: "healthy") == 0)
      let crashes = try value("swarm_service_task_failures_total{service=\"crashing\",reason=\"exit\"}", at: "busy")
      #expect(crashes ?? 0 >= 3)
      #expect(try value("swarm_service_last_failure_exit_code{service=\"crashing\"}", at: "busy") == 3)
      let full = "name=\"full.1\",node=\"node1\""
      #expect(try value("container_spec_memory_limit_bytes{\(full)}", at: "busy") == 33_554_432)
      let used = try value("container_memory_working_set_bytes{\(full)}", at: "busy") ?? 0
      #expect(used > 31_457_280 && used <= 33_554_432)
      #expect(try value("container_oom_events_total{\(full)}", at: "busy") ?? 0 >= 1)
    }

    @Test func `every metric of the documents is there`() throws {
      let names = try run.prometheus.names()
      let missing = try MetricsDocument(prefix: "").families.keys.filter { family in
        // A histogram is three.
        !names.contains { Compatibility.matches(family, $0) || $0 == "\(family)_count" }
      }
      #expect(missing.sorted() == [])
    }
  }
}
