/// The civil calendar (proleptic Gregorian, UTC) without Foundation: the text of times, in and out.
///
/// Day counts after Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms" (2013), `days_from_civil` and
/// `civil_from_days`.
package enum CivilTime {
    package static func daysSinceEpoch(year: Int, month: Int, day: Int) -> Int {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    package static func date(daysSinceEpoch days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }

    package static func daysInMonth(_ month: Int, year: Int) -> Int {
        switch month {
        case 4, 6, 9, 11: 30
        case 2: (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28
        default: 31
        }
    }

    /// Why a text is no time.
    package enum Failure: Error, Equatable {
        case malformed
        case withoutZone
        case outOfRange
    }

    /// Parses `2025-10-24T02:00:00Z`, with `+hh:mm`, `+hhmm` or `+hh` for `Z`, a space or `t` for `T`, seconds and a
    /// fraction (cut to milliseconds, never rounded up into a later instant) optional.
    ///
    /// A time without a zone is `.withoutZone`. A date alone is midnight UTC only where `acceptsDate` says that the
    /// column holds dates. A leap second (`:60`) is refused: it has no place on the Unix scale.
    package static func timestamp(_ text: some StringProtocol, acceptsDate: Bool = false) throws(Failure) -> Timestamp {
        var reader = DigitReader(bytes: Array(text.utf8))
        let year = try reader.number(digits: 4)
        try reader.expect(UInt8(ascii: "-"))
        let month = try reader.number(digits: 2)
        try reader.expect(UInt8(ascii: "-"))
        let day = try reader.number(digits: 2)
        guard (1...12).contains(month), (1...daysInMonth(month, year: year)).contains(day) else { throw .outOfRange }
        let dayStart = Int64(daysSinceEpoch(year: year, month: month, day: day)) * 86_400_000
        if reader.isAtEnd {
            if acceptsDate { return try plausible(dayStart) }
            throw .withoutZone
        }
        guard reader.accept(UInt8(ascii: "T")) || reader.accept(UInt8(ascii: "t")) || reader.accept(UInt8(ascii: " "))
        else { throw .malformed }
        let timeOfDay = try reader.timeOfDay()
        guard let offset = try reader.zoneOffset() else { throw .withoutZone }
        guard reader.isAtEnd else { throw .malformed }
        return try plausible(dayStart + timeOfDay - offset)
    }

    private static func plausible(_ milliseconds: Int64) throws(Failure) -> Timestamp {
        let time = Timestamp(milliseconds: milliseconds)
        guard Timestamp.plausible.contains(time) else { throw .outOfRange }
        return time
    }

    /// A number as a time: below 10^11 seconds, below 10^14 milliseconds, below 10^17 microseconds since the epoch,
    /// else nanoseconds. The bounds are years 5138 in the smaller unit and 1973 in the larger one, so that no
    /// plausible time is ambiguous. What is finer than a millisecond is cut.
    package static func timestamp(number: Double) throws(Failure) -> Timestamp {
        guard number.isFinite, number > 0, number < 1e20 else { throw .outOfRange }
        let milliseconds: Double
        if number < 1e11 {
            milliseconds = number * 1_000
        } else if number < 1e14 {
            milliseconds = number
        } else if number < 1e17 {
            milliseconds = number / 1_000
        } else {
            milliseconds = number / 1_000_000
        }
        // A binary fraction of a second, or nanoseconds beyond 2^53, miss the millisecond they mean by less than this;
        // cut as they stand, they would be a millisecond early.
        let nearest = milliseconds.rounded()
        let isWhole = (milliseconds - nearest).magnitude <= 2 * milliseconds.ulp
        return try plausible(Int64(isWhole ? nearest : milliseconds.rounded(.down)))
    }
}

extension Timestamp: CustomStringConvertible {
    /// `2025-10-24T02:00:00Z`, with `.123` only where the milliseconds are not zero.
    package var description: String {
        let (date, inDay) = dateAndTimeOfDay
        let seconds = inDay / 1_000
        let fraction = inDay % 1_000
        let clock =
            padded(seconds / 3_600, 2) + ":" + padded(seconds / 60 % 60, 2) + ":" + padded(seconds % 60, 2)
        return date + "T" + clock + (fraction == 0 ? "" : "." + padded(fraction, 3)) + "Z"
    }

    /// `2025-10-24`, the day in UTC.
    package var day: String { dateAndTimeOfDay.date }

    private var dateAndTimeOfDay: (date: String, millisecondOfDay: Int) {
        let midnight = floored(to: .day)
        let (year, month, day) = CivilTime.date(daysSinceEpoch: Int(midnight.milliseconds / 86_400_000))
        return (padded(year, 4) + "-" + padded(month, 2) + "-" + padded(day, 2), Int((self - midnight).milliseconds))
    }

    private func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}

private struct DigitReader {
    let bytes: [UInt8]
    var index = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { index == bytes.count }

    mutating func accept(_ byte: UInt8) -> Bool {
        guard index < bytes.count, bytes[index] == byte else { return false }
        index += 1
        return true
    }

    mutating func expect(_ byte: UInt8) throws(CivilTime.Failure) {
        guard accept(byte) else { throw .malformed }
    }

    var isAtDigit: Bool { index < bytes.count && (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[index]) }

    mutating func number(digits: Int) throws(CivilTime.Failure) -> Int {
        var value = 0
        for _ in 0..<digits {
            guard isAtDigit else { throw .malformed }
            value = value * 10 + Int(bytes[index] - UInt8(ascii: "0"))
            index += 1
        }
        return value
    }

    /// Milliseconds since midnight.
    mutating func timeOfDay() throws(CivilTime.Failure) -> Int64 {
        let hour = try number(digits: 2)
        try expect(UInt8(ascii: ":"))
        let minute = try number(digits: 2)
        var second = 0
        var millisecond = 0
        if accept(UInt8(ascii: ":")) {
            second = try number(digits: 2)
            if accept(UInt8(ascii: ".")) || accept(UInt8(ascii: ",")) {
                guard isAtDigit else { throw .malformed }
                var scale = 100
                while isAtDigit {
                    millisecond += try number(digits: 1) * scale
                    scale /= 10
                }
            }
        }
        guard hour < 24, minute < 60, second < 60 else { throw .outOfRange }
        return Int64(((hour * 60 + minute) * 60 + second) * 1_000 + millisecond)
    }

    /// Milliseconds east of UTC; `nil` where no zone is written.
    mutating func zoneOffset() throws(CivilTime.Failure) -> Int64? {
        if accept(UInt8(ascii: "Z")) || accept(UInt8(ascii: "z")) { return 0 }
        let sign: Int64
        if accept(UInt8(ascii: "+")) {
            sign = 1
        } else if accept(UInt8(ascii: "-")) {
            sign = -1
        } else if isAtEnd {
            return nil
        } else {
            throw .malformed
        }
        let hours = try number(digits: 2)
        var minutes = 0
        if accept(UInt8(ascii: ":")) {
            minutes = try number(digits: 2)
        } else if !isAtEnd {
            minutes = try number(digits: 2)
        }
        guard hours <= 18, minutes < 60 else { throw .outOfRange }
        return sign * Int64(hours * 60 + minutes) * 60_000
    }
}
