import Engine
import Testing

@testable import Containers

@Suite struct SpecificationTests {
  @Test func `limits of a service and the start are read`() throws {
    let web = try Fixture.v1.specification("web")
    #expect(web.memoryLimit == 67_108_864)
    #expect(web.cpuQuota == 10_000 && web.cpuPeriod == 100_000)
    #expect(web.startedAt == Timestamp("2026-11-23T12:23:51.080242397Z"))
    let plain = try Fixture.v1.specification("plain")
    #expect(plain.memoryLimit == 0 && plain.cpuQuota == nil && plain.cpuPeriod == 100_000)
  }

  @Test(arguments: [
    (#"{"NanoCpus":500000000,"CpuQuota":0,"CpuPeriod":0}"#, 50_000.0, 100_000.0),
    (#"{"NanoCpus":2500000000}"#, 250_000, 100_000), (#"{"CpuQuota":30000,"CpuPeriod":60000}"#, 30_000, 60_000),
    (#"{"CpuQuota":30000,"CpuPeriod":0}"#, 30_000, 100_000), (#"{"CpuQuota":-1,"CpuPeriod":50000}"#, nil, 50_000),
    (#"{"CpuQuota":0}"#, nil, 100_000), ("null", nil, 100_000),
  ])
  func `a limit in processors is a quota of a period`(_ host: String, _ quota: Double?, _ period: Double) throws {
    let specification: Specification = try decode(#"{"State":{"Running":true},"HostConfig":\#(host)}"#)
    #expect(specification.cpuQuota == quota && specification.cpuPeriod == period)
  }
}
