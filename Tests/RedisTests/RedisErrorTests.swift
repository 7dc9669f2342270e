import EventLoop
import Foundation
import Health
import Testing

@testable import Redis

@Suite struct RedisErrorTests {
  @Test(arguments: [
    ("NOAUTH Authentication required.", Reason.auth),
    ("WRONGPASS invalid username-password pair or user is disabled.", .auth),
    ("NOPERM this user has no permissions to run the 'ping' command", .auth),
    ("ERR invalid password", .auth),
    ("ERR operation not permitted", .auth),
    ("ERR Client sent AUTH, but no password is set", .auth),
    ("ERR AUTH <password> called without any password configured for the default user.", .auth),
    ("DENIED Redis is running in protected mode", .auth),
    ("LOADING Redis is loading the dataset in memory", .loading),
    ("BUSY Redis is busy running a script.", .busy),
    ("MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.", .readonly),
    ("READONLY You can't write against a read only replica.", .readonly),
    ("ERR max number of clients reached", .tooManyConnections),
    ("ERR max number of clients + cluster connections reached", .tooManyConnections),
    ("ERR DB index is out of range", .query),
    ("ERR unknown command 'PING'", .query),
    ("MISCONF Errors writing to the AOF file: No space left on device", .query),
    ("ERR Protocol error: invalid bulk length", .protocol),
    ("", .query),
  ])
  func `an error reply has a reason`(text: String, reason: Reason) {
    #expect(RedisError(reply: text, secrets: []).reason == reason)
  }

  @Test(arguments: [
    (IOError.Reason.system(ECONNREFUSED), Reason.refused), (.system(ENOENT), .refused), (.system(EACCES), .refused),
    (.system(EHOSTUNREACH), .unreachable), (.system(ENETUNREACH), .unreachable), (.system(ECONNRESET), .unreachable),
    (.system(EPIPE), .unreachable), (.system(ETIMEDOUT), .timeout), (.timedOut, .timeout), (.resolution(-2), .dns),
    (.system(EAGAIN), .busy), (.system(EMFILE), .internal), (.closed, .internal), (.invalidAddress, .internal),
  ])
  func `a failed call has a reason`(failure: IOError.Reason, reason: Reason) {
    #expect(RedisError(IOError(failure, "connect")).reason == reason)
  }

  @Test func `an error that quotes the password is cleaned`() {
    let error = RedisError(reply: "ERR unknown command `AUTH`, with args beginning with: `s3cret`", secrets: ["s3cret"])
    #expect(error.description == "auth: ERR unknown command `AUTH`, with args beginning with: `***`")
  }
}
