package import EventLoop
private import Glibc

extension Reason {
  /// What the failure of a socket or of a name lookup says about the other side.
  package init(_ error: IOError) {
    self =
      switch error.reason {
      case .timedOut: .timeout
      case .resolution: .dns
      case .closed, .invalidAddress: .internal
      case .system(let code): Reason(systemError: code)
      }
  }

  private init(systemError code: Int32) {
    switch code {
    // A unix socket that is not there, or not for us, is a closed port.
    case ECONNREFUSED, ENOENT, EACCES, EPERM: self = .refused
    case EHOSTUNREACH, ENETUNREACH, EHOSTDOWN, ENETDOWN, EADDRNOTAVAIL, ECONNRESET, ECONNABORTED, EPIPE:
      self = .unreachable
    // What a unix socket with a full backlog answers.
    case EAGAIN, ENOTCONN: self = .busy
    default: self = .internal
    }
  }
}
