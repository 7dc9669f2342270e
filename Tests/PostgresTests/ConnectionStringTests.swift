import Testing

@testable import Postgres

@Suite struct ConnectionStringTests {
  @Test(arguments: [
    ("postgresql://vitals:s3cret@db.example:6432/app", "postgresql://vitals@db.example:6432/app"),
    ("postgres://vitals@db/app?sslmode=require", "postgresql://vitals@db:5432/app"),
    ("host=db port=5433 user=vitals password='s3cret' dbname=app", "postgresql://vitals@db:5433/app"),
    ("postgresql://vitals@a:1,b:2,c/app", "postgresql://vitals@a:1,b:2,c:5432/app"),
    ("host=a,b port=7000 user=vitals dbname=app", "postgresql://vitals@a:7000,b:7000/app"),
    ("postgresql://vitals@[::1]:5432/app", "postgresql://vitals@[::1]:5432/app"),
    ("user=vitals host=db", "postgresql://vitals@db:5432/vitals"),
    ("user=vitals host=/run/postgresql dbname=app", "postgresql://vitals@/run/postgresql:5432/app"),
    ("user=vitals hostaddr=10.0.0.7 dbname=app", "postgresql://vitals@10.0.0.7:5432/app"),
    ("postgresql://vitals:p%40ss%2Fs3cret@db/app", "postgresql://vitals@db:5432/app"),
  ])
  func `the description names the place and leaves the password out`(text: String, description: String) throws {
    let string = try ConnectionString(text)
    #expect(string.description == description)
    #expect(!String(reflecting: string).contains("s3cret"))
    var dumped = ""
    dump(string, to: &dumped)
    #expect(!dumped.contains("s3cret"))
  }

  @Test func `secrets are decoded`() throws {
    #expect(try ConnectionString("postgresql://u:p%40ss%2F@db/app").secrets == ["p@ss/"])
    #expect(try ConnectionString("host=db user=u password='it\\'s' sslpassword=key").secrets.count == 2)
    #expect(try ConnectionString("host=db user=u").secrets.isEmpty)
  }

  @Test func `hosts keep the order and their kind`() throws {
    let string = try ConnectionString("host=,/run/postgresql,db,db2 hostaddr=,,,10.0.0.2 port=1,2,3,4 user=u")
    #expect(
      string.hosts == [
        .init(name: "", address: nil, port: 1),
        .init(name: "/run/postgresql", address: nil, port: 2),
        .init(name: "db", address: nil, port: 3),
        .init(name: "db2", address: "10.0.0.2", port: 4),
      ])
    #expect(string.attempts.map(\.isUnresolved) == [false, false, true, false])
  }

  @Test func `libpq gets an address for every name, and what was given`() throws {
    let string = try ConnectionString(
      "postgresql://u:pw@db/app?sslmode=verify-full&sslrootcert=/ca.pem&options=-cx%3D1")
    let parameters = try #require(string.attempts.first).parameters(address: "10.0.0.9")
    #expect(parameters["host"] == "db")
    #expect(parameters["hostaddr"] == "10.0.0.9")
    #expect(parameters["sslmode"] == "verify-full")
    #expect(parameters["sslrootcert"] == "/ca.pem")
    #expect(parameters["options"] == "-cx=1")
    #expect(parameters["fallback_application_name"] == "vitals")
    #expect(parameters["gssencmode"] == "disable")
  }

  @Test func `a wish to encrypt by GSS is honoured`() throws {
    let string = try ConnectionString("host=db user=u gssencmode=require")
    #expect(string.attempts.first?.parameters(address: "10.0.0.9")["gssencmode"] == "require")
  }

  @Test func `prefer-standby asks all hosts for a standby first`() throws {
    let string = try ConnectionString("host=a,b user=u target_session_attrs=prefer-standby")
    let order = string.attempts.map { attempt in
      "\(attempt.host.name) \(attempt.parameters(address: nil)["target_session_attrs"] ?? "")"
    }
    #expect(order == ["a standby", "b standby", "a any", "b any"])
  }

  @Test(arguments: [
    ("postgresql://u:s3cret@db:port/app", "the port is not a number from 1 to 65535"),
    ("postgresql://u:s3cret@db:0/app", "the port is not a number from 1 to 65535"),
    ("postgresql://u:s3cret@db:70000/app", "the port is not a number from 1 to 65535"),
    ("host=a,b port=1,2,3 user=u", "3 ports do not match 2 hosts"),
    ("host=a,b hostaddr=10.0.0.1 user=u", "2 hosts do not match 1 addresses in \"hostaddr\""),
    ("host=db service=prod", "a service file is not supported: name the host instead"),
    ("host=db user=u sslmode=s3cret", "invalid sslmode value: \"...\""),
    ("host=db user=u keepalives_idle=s3cret", "the value of \"keepalives_idle\" is not a number"),
    ("host=db user=u target_session_attrs=s3cret", "invalid target_session_attrs value: \"...\""),
    ("host=db password=my s3cret", "missing \"...\" in connection info string"),
    ("host=db s3cret=1", "invalid connection option \"...\""),
    ("host=db password='s3cret", "unterminated quoted string in connection info string"),
    ("postgresql://u:s3cret%zz@db/app", "invalid percent-encoded token: \"...\""),
    ("postgresql://u:p/s3cret?x=1@db", "invalid URI query parameter: \"...\""),
    ("postgresql://[s3cret", "end of string reached when looking for matching \"...\""),
    ("postgresql://u@db/app?s3cret=1", "invalid URI query parameter: \"...\""),
    ("s3cret", "missing \"...\" in connection info string"),
  ])
  func `a problem is named without quoting the text`(text: String, problem: String) {
    let error = #expect(throws: ConnectionString.Invalid.self) { try ConnectionString(text) }
    #expect(error?.description.hasPrefix(problem) == true, "\(error?.description ?? "")")
    #expect(error?.description.contains("s3cret") == false)
  }
}
