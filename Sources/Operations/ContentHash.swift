import CCrypto

/// The SHA-256 of contents, by which a config that has changed gets another name.
package enum ContentHash {
  /// How much of it stands in names: enough that no two contents of one stack meet.
  static let shownDigits = 12

  /// 64 hexadecimal digits.
  package static func sha256(_ bytes: [UInt8]) -> String {
    var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
    var count: UInt32 = 0
    let isDone = EVP_Digest(bytes, bytes.count, &digest, &count, EVP_sha256(), nil)
    precondition(isDone == 1 && count == 32, "libcrypto has SHA-256")
    return digest.prefix(Int(count)).map { byte in
      let digits = String(byte, radix: 16)
      return digits.count == 1 ? "0\(digits)" : digits
    }.joined()
  }
}
