/// Why a message is not accepted: the one error of this module.
///
/// After one, the boundaries of the messages on the connection are no longer known: a server answers with `status` and
/// closes, a client closes.
package enum Rejection: Error, CaseIterable, Sendable {
  // Lines and fields, in requests and responses.
  case bareCR
  case bareLF
  case controlCharacter
  case foldedLine
  case missingColon
  case emptyFieldName
  case spaceBeforeColon
  case invalidFieldName
  case tooManyFields
  case headTooLarge

  // The request line.
  case emptyLines
  case malformedMethod
  case methodNotImplemented
  case missingVersion
  case malformedVersion
  case versionNotSupported
  case malformedTarget
  case malformedEscape
  case targetTooLong

  // What a request's fields say.
  case missingHost
  case repeatedHost
  case malformedHost
  case expectationFailed

  // The body.
  case malformedContentLength
  case conflictingContentLengths
  case contentLengthAndTransferEncoding
  case transferEncodingInHTTP10
  case unsupportedTransferEncoding
  case bodyTooLarge
  case malformedChunkSize
  case chunkExtensionsTooLarge
  case chunkNotTerminated
  case trailersTooLarge

  // Responses only.
  case malformedStatusLine
  case noResponse
  case truncated

  /// The status of the answer to a request.
  ///
  /// It means nothing where a response is refused.
  package var status: Status {
    switch self {
    case .bodyTooLarge: .contentTooLarge
    case .targetTooLong: .uriTooLong
    case .expectationFailed: .expectationFailed
    case .tooManyFields, .headTooLarge, .trailersTooLarge: .requestHeaderFieldsTooLarge
    case .methodNotImplemented: .notImplemented
    case .versionNotSupported: .httpVersionNotSupported
    default: .badRequest
    }
  }

  /// A constant text for the log and the answer's body.
  ///
  /// Nothing of the message is in it.
  package var reason: StaticString {
    switch self {
    case .bareCR: "CR without LF"
    case .bareLF: "LF without CR"
    case .controlCharacter: "control character in a field value"
    case .foldedLine: "line starts with white space"
    case .missingColon: "field line without a colon"
    case .emptyFieldName: "empty field name"
    case .spaceBeforeColon: "white space before the colon"
    case .invalidFieldName: "invalid character in a field name"
    case .tooManyFields: "too many fields"
    case .headTooLarge: "header block too large"
    case .emptyLines: "too many empty lines before the request"
    case .malformedMethod: "malformed method"
    case .methodNotImplemented: "method not implemented"
    case .missingVersion: "request line without a version"
    case .malformedVersion: "malformed version"
    case .versionNotSupported: "version not supported"
    case .malformedTarget: "malformed target"
    case .malformedEscape: "malformed percent-escape in the target"
    case .targetTooLong: "target too long"
    case .missingHost: "no Host"
    case .repeatedHost: "more than one Host"
    case .malformedHost: "malformed Host"
    case .expectationFailed: "unknown expectation"
    case .malformedContentLength: "malformed Content-Length"
    case .conflictingContentLengths: "conflicting Content-Length"
    case .contentLengthAndTransferEncoding: "both Content-Length and Transfer-Encoding"
    case .transferEncodingInHTTP10: "Transfer-Encoding in HTTP/1.0"
    case .unsupportedTransferEncoding: "Transfer-Encoding other than chunked"
    case .bodyTooLarge: "content too large"
    case .malformedChunkSize: "malformed chunk size"
    case .chunkExtensionsTooLarge: "chunk extensions too large"
    case .chunkNotTerminated: "chunk longer than its size"
    case .trailersTooLarge: "trailers too large"
    case .malformedStatusLine: "malformed status line"
    case .noResponse: "closed before a response"
    case .truncated: "closed in the middle of a response"
    }
  }
}
