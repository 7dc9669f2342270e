/// The fields of a request that the server looks at.
enum FieldName {
  case accept
  case acceptEncoding
  case authorization
  case connection
  case contentLength
  case expect
  case host
  case scrapeTimeout
  case transferEncoding

  /// The field of this name, in any case, or nil for all others.
  @inline(__always)
  init?(_ name: UnsafeRawBufferPointer) {
    switch name.count {
    case 4 where name.equalsIgnoringCase("host"): self = .host
    case 6 where name.equalsIgnoringCase("accept"): self = .accept
    case 6 where name.equalsIgnoringCase("expect"): self = .expect
    case 10 where name.equalsIgnoringCase("connection"): self = .connection
    case 13 where name.equalsIgnoringCase("authorization"): self = .authorization
    case 14 where name.equalsIgnoringCase("content-length"): self = .contentLength
    case 15 where name.equalsIgnoringCase("accept-encoding"): self = .acceptEncoding
    case 17 where name.equalsIgnoringCase("transfer-encoding"): self = .transferEncoding
    case 35 where name.equalsIgnoringCase("x-prometheus-scrape-timeout-seconds"): self = .scrapeTimeout
    default: return nil
    }
  }
}
