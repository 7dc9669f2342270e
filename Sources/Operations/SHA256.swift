import CCrypto

/// A SHA-256 (FIPS 180-4) of bytes that come in pieces.
package final class SHA256 {
  private static let size = 32

  private let context: OpaquePointer?

  package init() {
    context = EVP_MD_CTX_new()
    let status = EVP_DigestInit_ex(context, EVP_sha256(), nil)
    precondition(status == 1, "libcrypto has no memory")
  }

  deinit { EVP_MD_CTX_free(context) }

  package func update(_ bytes: UnsafeRawBufferPointer) { EVP_DigestUpdate(context, bytes.baseAddress, bytes.count) }

  /// The sum of what has come so far, in hexadecimal; nothing may come after it.
  package func finish() -> String {
    var sum = [UInt8](repeating: 0, count: SHA256.size)
    EVP_DigestFinal_ex(context, &sum, nil)
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: sum.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }

  /// The sum of `bytes`, in hexadecimal.
  package static func hex(_ bytes: [UInt8]) -> String {
    let sum = SHA256()
    bytes.withUnsafeBytes { sum.update($0) }
    return sum.finish()
  }
}
