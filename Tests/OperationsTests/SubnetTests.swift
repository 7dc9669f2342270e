import Operations
import Testing

struct SubnetTests {
  @Test(
    arguments: [
      ("10.0.10.0/24", "10.0.10.0/24"), ("10.0.10.7/24", "10.0.10.0/24"), ("0.0.0.0/0", "0.0.0.0/0"),
      ("255.255.255.255/32", "255.255.255.255/32"),
    ])
  func `a subnet is read and written`(text: String, canonical: String) {
    #expect(Subnet(text)?.description == canonical)
  }

  @Test(arguments: ["", "10.0.10.0", "10.0.10.0/33", "10.0.10/24", "10.0.10.256/24", "10.0.10.0/", "::/0", "a.b.c.d/8"])
  func `what is no subnet is refused`(text: String) {
    #expect(Subnet(text) == nil)
  }

  @Test(
    arguments: [
      ("10.0.10.0/24", "10.0.0.0/16", true), ("10.0.0.0/16", "10.0.10.0/24", true),
      ("10.0.10.0/24", "10.0.11.0/24", false), ("10.0.10.0/24", "0.0.0.0/0", true),
      ("10.0.10.0/25", "10.0.10.128/25", false),
    ])
  func `two subnets overlap where an address is in both`(a: String, b: String, overlap: Bool) throws {
    #expect(try #require(Subnet(a)).overlaps(#require(Subnet(b))) == overlap)
  }
}
