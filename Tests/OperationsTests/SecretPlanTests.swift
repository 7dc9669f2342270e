import Operations
import Testing

struct SecretPlanTests {
  private static let needs: [StackNeeds.Secret] = [
    .init(key: "url", name: "pilito_url", origin: .template("postgresql://pilito:${password}@postgres/$$x")),
    .init(key: "password", name: "pilito_password"),
    .init(key: "slack", name: "slack", origin: .value("not-set-up")),
    .init(key: "note", name: "note", origin: .template("of ${url}")),
  ]

  private func plan(
    existing: Set<String> = [], given: [String: String] = [:], _ needs: [StackNeeds.Secret] = needs
  ) throws(OperationError) -> SecretPlan {
    try SecretPlan(needs, existing: existing, given: given.mapValues { Array($0.utf8) }) { Array("generated".utf8) }
  }

  private func values(_ plan: SecretPlan) -> [String: String] {
    Dictionary(plan.entries.map { ($0.name, String(decoding: $0.value, as: UTF8.self)) }) { $1 }
  }

  @Test func `secrets are generated, taken from the file, and made of each other in any order`() throws {
    let plan = try plan()
    #expect(
      values(plan) == [
        "pilito_password": "generated", "slack": "not-set-up",
        "pilito_url": "postgresql://pilito:generated@postgres/$x",
        "note": "of postgresql://pilito:generated@postgres/$x",
      ])
    // What others are made of comes first.
    #expect(plan.entries.map(\.name) == ["pilito_password", "slack", "pilito_url", "note"])
  }

  @Test func `a value that is given goes before all else, by name or by key, and is escaped in a URL`() throws {
    let plan = try plan(given: ["password": "a b@/:é", "slack": "https://hooks"])
    #expect(values(plan)["pilito_password"] == "a b@/:é")
    #expect(values(plan)["pilito_url"] == "postgresql://pilito:a%20b%40%2F%3A%C3%A9@postgres/$x")
    #expect(values(plan)["slack"] == "https://hooks")
    #expect(plan.entries.filter { $0.source == .file }.map(\.name) == ["pilito_password", "slack"])
  }

  @Test func `what is there stays, and a value given for it serves what is made of it`() throws {
    let all = try plan(existing: ["pilito_password", "pilito_url", "slack", "note"], given: ["slack": "x"])
    #expect(all.entries.isEmpty)
    #expect(all.present.count == 4)
    #expect(all.unused == ["slack"])
    let rest = try plan(existing: ["pilito_password", "slack"], given: ["pilito_password": "known"])
    #expect(values(rest)["pilito_url"] == "postgresql://pilito:known@postgres/$x")
  }

  @Test func `a template of a secret that nobody can read any more says what to give`() {
    let error = #expect(throws: OperationError.self) { try plan(existing: ["pilito_password"]) }
    #expect(error?.kind == .usage)
    #expect(
      error?.message == "the secret pilito_url is made of password, which the swarm has already and does not give away")
    #expect(error?.advice?.contains("--secret password=FILE") == true)
  }

  @Test func `a part is not generated anew while a secret that was made of it is there`() throws {
    let error = #expect(throws: OperationError.self) { try plan(existing: ["pilito_url", "note"]) }
    #expect(
      error?.message == "the secret pilito_password is missing, and pilito_url, which the swarm has, was made of it")
    #expect(
      try values(plan(existing: ["pilito_url", "note"], given: ["password": "same"]))["pilito_password"] == "same")
  }

  @Test(
    arguments: [
      ("${nothing}", "the secret a is made of nothing, which is no external secret of the stack"),
      ("${a}", "the secrets a are made of each other"),
      ("${b", "a template of a secret has a ${ without an end"),
    ])
  func `a template that can't be filled is refused`(template: String, message: String) {
    let error = #expect(throws: OperationError.self) {
      try plan([.init(key: "a", name: "a", origin: .template(template)), .init(key: "b", name: "b")])
    }
    #expect(error?.kind == .usage)
    #expect(error?.message == message)
  }

  @Test func `a value for a secret that does not exist is a mistake`() {
    let error = #expect(throws: OperationError.self) { try plan(given: ["pasword": "s3cret"]) }
    #expect(error?.message == "the stack has no external secret pasword")
    #expect(error?.advice == "Did you mean password?")
    #expect(error.map { !$0.description.contains("s3cret") } == true)
  }

  @Test func `no value is in what a plan says of itself`() throws {
    let plan = try plan(given: ["slack": "s3cret"])
    #expect(!"\(plan)".contains("s3cret"))
    #expect(!String(reflecting: plan.entries).contains("s3cret"))
  }

  @Test func `generated secrets need no quoting and do not repeat`() {
    let made = (0..<64).map { _ in String(decoding: RandomSecret.make(), as: UTF8.self) }
    #expect(Set(made).count == 64)
    let allowed = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
    #expect(made.allSatisfy { $0.count == 32 && $0.allSatisfy(allowed.contains) })
    // Of 2048 letters each of the 64 is missing with a chance of 64 (63/64)^2048 < 1e-12.
    #expect(Set(made.joined()) == allowed)
  }
}
