/// The date format of HTTP, `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 section 5.6.7).
package enum IMFFixdate {
  /// Appends the date that is so many seconds after 1970, in the years 1970 to 9999; times outside are moved into them.
  package static func append(_ unixTime: Int64, to output: inout [UInt8]) {
    let seconds = Int(min(max(unixTime, 0), 253_402_300_799))
    let (day, second) = seconds.quotientAndRemainder(dividingBy: 86_400)
    let (year, month, dayOfMonth) = date(day)
    // 1970 began on a Thursday.
    output.append(name: (day + 4) % 7, of: "SunMonTueWedThuFriSat")
    output.append(text: ", ")
    output.append(twoDigits: dayOfMonth)
    output.append(ASCII.space)
    output.append(name: month - 1, of: "JanFebMarAprMayJunJulAugSepOctNovDec")
    output.append(ASCII.space)
    output.append(twoDigits: year / 100)
    output.append(twoDigits: year % 100)
    output.append(ASCII.space)
    output.append(twoDigits: second / 3600)
    output.append(UInt8(ascii: ":"))
    output.append(twoDigits: second / 60 % 60)
    output.append(UInt8(ascii: ":"))
    output.append(twoDigits: second % 60)
    output.append(text: " GMT")
  }

  /// The Gregorian date of a day, counted from 1970.
  private static func date(_ day: Int) -> (year: Int, month: Int, day: Int) {
    // Years that start in March put the leap day last, and the months from March on have 31, 30, 31, 30, 31 days again
    // and again: 153 in five. An era of 400 years has 146097 days; 719468 lie between 0000-03-01 and 1970-01-01.
    let (era, dayOfEra) = (day + 719_468).quotientAndRemainder(dividingBy: 146_097)
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    return (era * 400 + yearOfEra + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
  }
}

extension [UInt8] {
  fileprivate mutating func append(twoDigits number: Int) {
    append(UInt8(ascii: "0") + UInt8(number / 10))
    append(UInt8(ascii: "0") + UInt8(number % 10))
  }

  /// Appends the three letters at `index` of a list of such names.
  fileprivate mutating func append(name index: Int, of names: StaticString) {
    append(contentsOf: UnsafeBufferPointer(start: names.utf8Start + 3 * index, count: 3))
  }
}
