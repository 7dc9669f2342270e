/// Passwords that nobody has to remember.
package enum RandomSecret {
  /// 32 characters of letters, digits, `-` and `_`, which need no quoting in URLs: 192 bits of the kernel's randomness.
  package static func make() -> [UInt8] {
    letters(32, of: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
  }

  /// `count` hexadecimal digits, for names that must not meet.
  package static func suffix(_ count: Int) -> String {
    String(decoding: letters(count, of: "0123456789abcdef"), as: UTF8.self)
  }

  private static func letters(_ count: Int, of alphabet: String) -> [UInt8] {
    // Which is getrandom(2) here.
    var generator = SystemRandomNumberGenerator()
    let alphabet = Array(alphabet.utf8)
    return (0..<count).map { _ in alphabet[Int.random(in: alphabet.indices, using: &generator)] }
  }
}
