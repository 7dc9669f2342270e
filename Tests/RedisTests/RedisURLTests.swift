import Testing

@testable import Redis

@Suite struct RedisURLTests {
  @Test(
    arguments: [
      ("redis://", "redis://localhost:6379/0", nil, nil),
      ("redis://db", "redis://db:6379/0", nil, nil),
      ("redis://db/", "redis://db:6379/0", nil, nil),
      ("REDIS://db:7000/3", "redis://db:7000/3", nil, nil),
      ("redis:///2", "redis://localhost:6379/2", nil, nil),
      ("redis://:s3cret@db/1", "redis://db:6379/1", nil, "s3cret"),
      ("redis://vitals:s3cret@db", "redis://db:6379/0", "vitals", "s3cret"),
      ("redis://vitals:s3cret%40%2F%3a@db", "redis://db:6379/0", "vitals", "s3cret@/:"),
      ("redis://vitals:s3cret:more@db", "redis://db:6379/0", "vitals", "s3cret:more"),
      ("redis://vitals:s3cret@more@db", "redis://db:6379/0", "vitals", "s3cret@more"),
      ("redis://s3cret@db", "redis://db:6379/0", "s3cret", nil),
      ("redis://@db", "redis://db:6379/0", nil, nil),
      ("redis://:@db", "redis://db:6379/0", nil, nil),
      ("redis://[::1]", "redis://[::1]:6379/0", nil, nil),
      ("redis://u:s3cret@[fe80::1%25eth0]:7000/15", "redis://[fe80::1%eth0]:7000/15", "u", "s3cret"),
      ("redis://db?db=4", "redis://db:6379/4", nil, nil),
      ("redis://db/1?db=4&username=vitals&password=s3cret%26", "redis://db:6379/4", "vitals", "s3cret&"),
      ("unix:///run/redis.sock", "unix:///run/redis.sock?db=0", nil, nil),
      ("unix:///run/my%20redis.sock?db=2", "unix:///run/my redis.sock?db=2", nil, nil),
      ("unix://vitals:s3cret@/run/redis.sock", "unix:///run/redis.sock?db=0", "vitals", "s3cret"),
      ("redis+unix:///r.sock", "unix:///r.sock?db=0", nil, nil),
      ("redis+socket:///r.sock?db=1", "unix:///r.sock?db=1", nil, nil),
      ("redis-socket:///r.sock", "unix:///r.sock?db=0", nil, nil),
    ] as [(String, String, String?, String?)])
  func `a URL is understood`(text: String, description: String, user: String?, password: String?) throws {
    let url = try RedisURL(text)
    #expect(url.description == description)
    #expect(url.user == user)
    #expect(url.password == password)
    #expect(!String(reflecting: url).contains("s3cret"))
    #expect(text.contains("s3cret") == url.secrets.contains { $0.contains("s3cret") })
    var dumped = ""
    dump(url, to: &dumped)
    #expect(!dumped.contains("s3cret"))
  }

  @Test(arguments: [
    ("rediss://:s3cret@db", "rediss:// needs TLS"),
    ("http://s3cret@db", "the URL begins with neither"),
    ("s3cret", "the URL begins with neither"),
    ("", "the URL begins with neither"),
    ("redis://db:s3cret", "the port is not a number"),
    ("redis://db:0", "the port is not a number"),
    ("redis://db:65536", "the port is not a number"),
    ("redis://db:-1", "the port is not a number"),
    ("redis://db/s3cret", "the database is not a number"),
    ("redis://db/1/2", "the database is not a number"),
    ("redis://db/-1", "the database is not a number"),
    ("redis://db?db=x", "the database is not a number"),
    ("redis://db?db", "the database is not a number"),
    ("redis://db?socket_timeout=5", "unknown key \"socket_timeout\" in the query"),
    ("redis://db?s3cret=5", "unknown key in the query"),
    ("redis://::1", "an IPv6 address stands in brackets"),
    ("redis://[::1", "the \"]\" after the IPv6 address is missing"),
    ("redis://[::1]6379", "only :port may follow"),
    ("redis://:s3cret%zz@db", "a \"%\" in the password"),
    ("redis://:s3cret%2@db", "a \"%\" in the password"),
    ("redis://:s3cret/more@db", "\"/\", \"?\", \"#\" and \"@\" in user and password are written"),
    ("redis://:s3cret?more@db", "\"/\", \"?\", \"#\" and \"@\" in user and password are written"),
    ("redis://:s3cret#more@db", "\"/\", \"?\", \"#\" and \"@\" in user and password are written"),
    ("unix://run/redis.sock", "the URL of a unix socket is unix:///path"),
    ("unix://", "the URL of a unix socket is unix:///path"),
  ])
  func `a problem is named without quoting a password`(text: String, problem: String) {
    let error = #expect(throws: RedisURL.Invalid.self) { try RedisURL(text) }
    #expect(error?.description.hasPrefix(problem) == true, "\(error?.description ?? "")")
    #expect(error?.description.contains("s3cret") == false)
  }
}
