import Metrics
import StatsD
import Testing

/// What datagrams become.
@Suite struct IntakeTests {
  @Test(arguments: [
    ("a.b-c d/e:1|c\na.b-c d/e:2|c", ["a_b_c_d_e_total 3"]),
    ("a:1|c|@0.1", ["a_total 10"]),
    ("a:1:2:3|c|@0.5", ["a_total 12"]),
    ("a_total:1|c", ["a_total 1"]),
    ("9a:1|c", ["_9a_total 1"]),
    ("é:1|g", ["__ 1"]),
    ("a:3|g\na:+2|g\na:-1.5|g", ["a 3.5"]),
    ("a:-1|g", ["a -1"]),
    ("a:5|g\na:1|g|@0.1", ["a 1"]),
    ("a:1:2:3|g", ["a 3"]),
    ("A:1|g\na:2|g", ["A 1", "a 2"]),
    ("a:1|g\r\n\n\r\nb:1|g\r\n", ["a 1", "b 1"]),
  ])
  func `counters and gauges`(datagram: String, samples: [String]) {
    let intake = Intake()
    intake.take(datagram)
    #expect(intake.samples == samples)
    #expect(intake.malformed == 0 && intake.droppedLines.isEmpty)
  }

  @Test func `a timing is a histogram in seconds`() {
    let intake = Intake()
    intake.take("t:5|ms\nt:5.001|ms\nt:300|ms|@0.5\nt:99999|ms")
    let counts = [1, 2, 2, 2, 2, 2, 4, 4, 4, 4, 4, 5]
    let bounds = ["0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1.0", "2.5", "5.0", "10.0", "+Inf"]
    let buckets = zip(bounds, counts).map { "t_seconds_bucket{le=\"\($0)\"} \($1)" }
    #expect(intake.samples.prefix(12) == buckets[...])
    #expect(intake.value("t_seconds_count") == 5)
    #expect(abs((intake.value("t_seconds_sum") ?? 0) - 100.609001) < 1e-9)
    intake.take("u_seconds:1|ms")
    #expect(intake.value("u_seconds_count") == 1)
  }

  @Test(arguments: ["h", "d"]) func `a histogram has no unit and wide buckets`(type: String) {
    let intake = Intake()
    intake.take("size:512:70000|\(type)|#a:b")
    #expect(intake.value("size_bucket{a=\"b\",le=\"100.0\"}") == 0)
    #expect(intake.value("size_bucket{a=\"b\",le=\"1000.0\"}") == 1)
    #expect(intake.value("size_bucket{a=\"b\",le=\"100000.0\"}") == 2)
    #expect(intake.value("size_sum{a=\"b\"}") == 70512)
  }

  @Test func `sampled observations count as many as there were, in whole numbers`() {
    let intake = Intake()
    for _ in 0..<30 { intake.take("t:1|h|@0.3") }
    // 30 of which each stands for three and a third.
    #expect([99, 100].contains(intake.value("t_count")))
    #expect(intake.value("t_sum") == intake.value("t_count"))
  }

  @Test(arguments: [
    ("env:dev,az:b", #"az="b",env="dev""#),
    ("az:b,env:dev", #"az="b",env="dev""#),
    ("env:dev,env:prod", #"env="dev""#),
    ("a-b:1,a.b:2", #"a_b="1""#),
    ("canary", #"canary="true""#),
    ("url:http://x/?a=b", #"url="http://x/?a=b""#),
    (#"q:say "hi"\n"#, #"q="say \"hi\"\\n""#),
    ("le:1,__name__:x,9:y,:z,empty:,,", #"_9="y",tag___name__="x",tag_le="1""#),
    ("k:a\u{1}\t\u{7f}b", #"k="a___b""#),
    ("k:é😀", #"k="é😀""#),
    ("", ""),
  ])
  func `tags are labels`(tags: String, labels: String) {
    let intake = Intake()
    intake.take("a:1|c|#\(tags)")
    #expect(intake.samples == [labels.isEmpty ? "a_total 1" : "a_total{\(labels)} 1"])
  }

  @Test func `tags that are not UTF-8 make a line malformed`() {
    let intake = Intake()
    intake.take(Array("a:1|c|#k:".utf8) + [0xff, 0xfe] + Array("\nb:1|c".utf8))
    #expect(intake.malformed == 1)
    #expect(intake.samples == ["b_total 1"])
  }

  @Test(arguments: [
    ("gunicorn.requests:1|c|@1.0", #"gunicorn_requests_total{app=""} 1"#),
    ("pilito.gunicorn.requests:1|c|@1.0", #"gunicorn_requests_total{app="pilito"} 1"#),
    ("eu.pilito.gunicorn.requests:1|c", #"gunicorn_requests_total{app="eu.pilito"} 1"#),
    ("gunicorn.gunicorn.requests:1|c", #"gunicorn_requests_total{app="gunicorn"} 1"#),
    ("x.gunicorn.request.status.404:1|c", #"gunicorn_request_status_total{app="x",code="404"} 1"#),
    ("gunicorn.request.status.200:1|c|#b:1,a:2", #"gunicorn_request_status_total{a="2",app="",b="1",code="200"} 1"#),
    ("gunicorn.request.status.200:1|c|#code:x", #"gunicorn_request_status_total{app="",code="200"} 1"#),
    ("gunicorn.requests:1|c|#app:web", #"gunicorn_requests_total{app="web"} 1"#),
    ("p.gunicorn.requests:1|c|#app:web", #"gunicorn_requests_total{app="p"} 1"#),
    ("gunicorn.log.error:1|c", #"gunicorn_log_total{app="",level="error"} 1"#),
    ("p.gunicorn.workers:2|g|#env:dev", #"gunicorn_workers{app="p",env="dev"} 2"#),
    // What is not gunicorn's, or not as gunicorn has it.
    ("gunicorn.request.status.2000:1|c", #"gunicorn_request_status_2000_total{app=""} 1"#),
    ("gunicorn.log.a.b:1|c", #"gunicorn_log_a_b_total{app=""} 1"#),
    ("gunicorn.request.status.200:1|g", #"gunicorn_request_status_200{app=""} 1"#),
    ("mygunicorn.requests:1|c", "mygunicorn_requests_total 1"),
    ("gunicorn:1|c", "gunicorn_total 1"),
    (".gunicorn.requests:1|c", #"gunicorn_requests_total{app=""} 1"#),
  ])
  func `gunicorn's names become labels`(line: String, sample: String) {
    let intake = Intake()
    intake.take(line)
    #expect(intake.samples == [sample])
  }

  @Test func `gunicorn's durations and backlog are histograms`() {
    let intake = Intake()
    intake.take("x.gunicorn.request.duration:25.166|ms\ngunicorn.backlog:0|h")
    #expect(intake.value(#"gunicorn_request_duration_seconds_sum{app="x"}"#) == 0.025166)
    #expect(intake.value(#"gunicorn_request_duration_seconds_bucket{app="x",le="0.05"}"#) == 1)
    #expect(intake.value(#"gunicorn_backlog_count{app=""}"#) == 1)
  }

  @Test(arguments: [
    ("pg.up:1|g", "statsd_pg_up 1"), ("redis_up:0|g", "statsd_redis_up 0"),
    ("http.requests:1|c", "statsd_http_requests_total 1"),
    ("vitals.statsd.packets:9|c", "statsd_vitals_statsd_packets_total 9"), ("node-x:1|g", "statsd_node_x 1"),
    ("up:0|g", "statsd_up 0"), ("scrape.duration.seconds:1|g", "statsd_scrape_duration_seconds 1"),
    ("celery.x:1|g", "statsd_celery_x 1"), ("container.x:1|g", "statsd_container_x 1"),
    ("swarm.x:1|g", "statsd_swarm_x 1"),
    ("health.status:1|g", "statsd_health_status 1"), ("process.x:1|g", "statsd_process_x 1"),
    ("promhttp.x:1|g", "statsd_promhttp_x 1"),
    ("uptime:1|g", "uptime 1"), ("page:1|g", "page 1"), ("https:1|g", "https 1"),
  ])
  func `a name that is reserved has a prefix`(line: String, sample: String) {
    let intake = Intake()
    intake.take(line)
    #expect(intake.samples == [sample])
  }

  @Test(arguments: [
    ("a:1|s\na:x|s", ["set": 2]), ("_e{1,1}:a|b", ["event": 1]), ("_sc|a|0", ["service_check": 1]),
    ("a:-1|c", ["negative": 1]), ("a:-1|ms", ["negative": 1]), ("a:1:-1|h", ["negative": 1]),
    ("a:1.7e308:1.7e308|c", ["overflow": 1]), ("a:1.7e308|h\na:1.7e308|h", ["overflow": 1]),
    ("a:1.7e308|g\na:+1.7e308|g", ["overflow": 1]), ("a:1e308|c|@0.1", ["overflow": 1]),
    ("a:1e308|h|@0.1", ["overflow": 1]),
    // One name, two types: the first counts.
    ("a:1|g\na:1|h", ["type": 1]), ("a:1|c\na:1|g", ["type": 1]), ("a:1|g\na:1|c", ["type": 1]),
    ("a:1|c\na_total:1|g", ["type": 1]), ("a:1|ms\na_seconds:1|h", ["type": 1]), ("a:1|h\na_count:1|g", ["type": 1]),
    ("a_bucket:1|g\na:1|h", ["type": 1]), ("a:1|c\na_created:1|g", ["type": 1]),
  ])
  func `what cannot be a metric is dropped, with its reason`(datagram: String, dropped: [String: Int]) {
    let intake = Intake()
    intake.take("before:1|c\n\(datagram)\nafter:1|c")
    #expect(intake.droppedLines == dropped)
    #expect(intake.value("before_total") == 1 && intake.value("after_total") == 1)
    for (reason, count) in dropped {
      #expect(intake.value("vitals_statsd_dropped_total{reason=\"\(reason)\"}") == Double(count))
    }
  }

  @Test(arguments: [
    ("a:1|c\na:2|ms", ["a_seconds_sum 0.002", "a_seconds_count 1", "a_total 1"]),
    ("a:1|g\na:2|ms", ["a 1", "a_seconds_sum 0.002", "a_seconds_count 1"]), ("a.b:1|c\na_b:1|c", ["a_b_total 2"]),
  ])
  func `other types of one name have names of their own`(datagram: String, samples: [String]) {
    let intake = Intake()
    intake.take(datagram)
    #expect(intake.samples.filter { !$0.hasPrefix("a_seconds_bucket{") } == samples)
    #expect(intake.droppedLines.isEmpty)
  }

  @Test func `itself is told from the start`() {
    let intake = Intake()
    #expect(intake.samples == [])
    let lines = intake.page().split(separator: "\n").filter { !$0.hasPrefix("#") }
    #expect(lines.count == 4 + DropReason.allCases.count)
    #expect(lines.allSatisfy { $0.hasSuffix(" 0") })
    intake.take("a:1:2|c\nbad\nt:1|ms")
    #expect(intake.value("vitals_statsd_packets_total") == 1)
    #expect(intake.value("vitals_statsd_samples_total") == 3)
    #expect(intake.value("vitals_statsd_malformed_lines_total") == 1)
    #expect(intake.value("vitals_statsd_series") == 15)
  }

  @Test func `both formats have help and the right types`() {
    let intake = Intake()
    intake.take("gunicorn.requests:1|c\na:1|c\nb:1|g\nt:1|ms\nh:1|h")
    let text = intake.page().split(separator: "\n")
    for line in [
      "# HELP gunicorn_requests_total Requests that gunicorn answered.", "# TYPE gunicorn_requests_total counter",
      "# TYPE a_total counter", "# TYPE b gauge", "# TYPE t_seconds histogram", "# TYPE h histogram",
    ] { #expect(text.contains(line[...]), "\(line)") }
    let open = intake.page(.openMetrics)
    #expect(open.contains("\n# TYPE t_seconds histogram\n# UNIT t_seconds seconds\n"))
    #expect(open.contains("# TYPE a counter\n"))
  }
}
