import EventLoop
import Glibc
import Operations

/// The terminal that the program was started from, taken over for screens: no line editing, no scrolling, no cursor.
///
/// It lives on its loop's thread. `leave` puts everything back; whoever may end the program calls it.
final class Terminal: @unchecked Sendable {
  private let input: Channel
  private let output: Channel
  private let loop: EventLoop
  private let original: termios
  private var keyboard = Keyboard()
  private var isEntered = false

  /// The terminal, nil where there is none that is one on both sides.
  init?(on loop: EventLoop) {
    var settings = termios()
    // Of its own, as the descriptors 0 and 1 are shared with other programs, which expect them to block.
    guard isatty(STDIN_FILENO) == 1, isatty(STDOUT_FILENO) == 1, let input = Terminal.open(O_RDONLY, on: loop) else {
      return nil
    }
    guard let output = Terminal.open(O_WRONLY, on: loop), tcgetattr(input.descriptor, &settings) == 0 else {
      input.forget()
      Glibc.close(input.descriptor)
      return nil
    }
    self.input = input
    self.output = output
    self.loop = loop
    original = settings
  }

  private static func open(_ mode: Int32, on loop: EventLoop) -> Channel? {
    let descriptor = Glibc.open("/dev/tty", mode | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)
    guard descriptor >= 0 else { return nil }
    guard let channel = try? Channel(descriptor, on: loop) else {
      Glibc.close(descriptor)
      return nil
    }
    return channel
  }

  /// Columns and lines.
  var size: (width: Int, height: Int) { terminalSize(output.descriptor) ?? (80, 24) }

  /// Takes the terminal over; what was on it comes back with `leave`.
  func enter() {
    isEntered = true
    var settings = original
    cfmakeraw(&settings)
    // Ctrl-C stays a signal. Ctrl-Z and Ctrl-\ would leave the shell on a screen that is not its own.
    settings.c_lflag |= tcflag_t(ISIG)
    withUnsafeMutableBytes(of: &settings.c_cc) { characters in
      for index in [VSUSP, VQUIT] { characters[Int(index)] = 0 }
    }
    tcsetattr(input.descriptor, TCSANOW, &settings)
    send("\u{1B}[?1049h\u{1B}[?25l\u{1B}[2J")
  }

  /// Puts everything back as it was.
  func leave() {
    guard isEntered else { return }
    isEntered = false
    send("\u{1B}[0m\u{1B}[?25h\u{1B}[?1049l")
    var settings = original
    tcsetattr(input.descriptor, TCSADRAIN, &settings)
  }

  /// Shows a screen.
  ///
  /// - Throws: where the terminal has gone.
  func draw(_ lines: [TextLine], color: Bool) async throws(IOError) {
    let body = lines.map { $0.rendered(color: color) + "\u{1B}[K" }.joined(separator: "\r\n")
    let bytes = Array("\u{1B}[H\(body)\u{1B}[J".utf8)
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { write(output.descriptor, $0.baseAddress, $0.count) }
      if count > 0 {
        rest = rest.dropFirst(count)
      } else if errno == EAGAIN {
        output.didFill()
        do {
          try await output.ready(for: .write, before: .now + .seconds(5))
        } catch {
          // Nobody reads for the moment; the next screen is a whole one.
          if error.reason == .timedOut { return }
          throw error
        }
      } else if errno != EINTR {
        throw .last("write to the terminal")
      }
    }
  }

  /// The keys that are pressed next.
  ///
  /// - Throws: where the terminal has gone.
  func keys() async throws(IOError) -> [Key] {
    var buffer = [UInt8](repeating: 0, count: 256)
    while true {
      let count = read(input.descriptor, &buffer, buffer.count)
      if count > 0 { return keyboard.keys(in: buffer[..<count]) }
      if count == 0 { throw IOError(.closed, "read from the terminal") }
      if errno == EINTR { continue }
      guard errno == EAGAIN else { throw .last("read from the terminal") }
      input.didDrain()
      try await input.ready(for: .read, before: .distantFuture)
    }
  }

  /// Writes a few bytes at once; the terminal has room for them unless nobody reads.
  private func send(_ text: String) {
    let bytes = Array(text.utf8)
    var wait = pollfd(fd: output.descriptor, events: Int16(POLLOUT), revents: 0)
    _ = poll(&wait, 1, 200)
    _ = write(output.descriptor, bytes, bytes.count)
  }
}

/// Columns and lines of the terminal that a descriptor is, nil where it is none.
func terminalSize(_ descriptor: Int32) -> (width: Int, height: Int)? {
  var size = winsize()
  guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else { return nil }
  return (Int(size.ws_col), Int(size.ws_row))
}

/// The columns for results, nil where standard output is no terminal.
func terminalWidth() -> Int? { terminalSize(STDOUT_FILENO).map { max(40, $0.width) } }
