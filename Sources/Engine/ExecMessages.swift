/// What `POST /containers/ID/exec` is sent.
struct ExecRequest: Encodable {
  var takesInput: Bool
  var hasOutput = true
  var hasErrors = true
  var arguments: [String]
  var environment: [String]

  private enum CodingKeys: String, CodingKey {
    case takesInput = "AttachStdin"
    case hasOutput = "AttachStdout"
    case hasErrors = "AttachStderr"
    case arguments = "Cmd"
    case environment = "Env"
  }
}

/// What it answers.
struct ExecAnswer: Decodable {
  var id: String

  private enum CodingKeys: String, CodingKey { case id = "Id" }
}

/// What `GET /exec/ID/json` answers, with the fields that count here.
struct ExecState: Decodable {
  var isRunning: Bool
  /// Nil before the command has ended.
  var exitCode: Int32?

  private enum CodingKeys: String, CodingKey {
    case isRunning = "Running"
    case exitCode = "ExitCode"
  }
}
