import Foundation

/// A document, read without knowing its form.
struct JSON: Equatable, ExpressibleByIntegerLiteral, ExpressibleByStringLiteral {
  private let value: NSObject

  init(_ text: String) throws {
    let object = try JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed)
    self.init(object)
  }

  static var null: JSON { JSON(nil) }

  private init(_ object: Any?) { value = object as? NSObject ?? NSNull() }
  init(integerLiteral value: Int) { self.init(NSNumber(value: value)) }
  init(stringLiteral value: String) { self.init(NSString(string: value)) }

  subscript(key: String) -> JSON { JSON((value as? NSDictionary)?[key]) }
  var elements: [JSON] { (value as? NSArray)?.map { JSON($0) } ?? [] }
  var count: Int { elements.count }
  var text: String { (value as? NSString).map { "\($0)" } ?? "" }
  var number: Double { (value as? NSNumber)?.doubleValue ?? .nan }
}
