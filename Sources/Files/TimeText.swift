import Domain

/// Times from bytes. The rules are `CivilTime`'s; here is the short way for the two forms that nearly every line has.
struct TimeText {
    /// The day that was last worked out: most lines of a file share it with their neighbor.
    private var dayText: UInt64 = 0
    private var dayTail: UInt16 = 0
    private var dayStart: Int64 = 0

    // The years a fact may speak of, in milliseconds: a range of times is compared by calls.
    private let earliest = Timestamp.plausible.lowerBound.milliseconds
    private let latest = Timestamp.plausible.upperBound.milliseconds

    init() {}

    /// `2025-10-24T02:00:00Z`, with an optional fraction of up to three digits; `nil` for every other form, which
    /// `CivilTime` must judge.
    @inline(__always)
    mutating func timestamp(_ bytes: UnsafeRawBufferPointer, _ start: Int, _ end: Int) -> Timestamp? {
        milliseconds(bytes, start, end).map { Timestamp(milliseconds: $0) }
    }

    /// The same as a number: making another module's value is a call.
    @inline(__always)
    mutating func milliseconds(_ bytes: UnsafeRawBufferPointer, _ start: Int, _ end: Int) -> Int64? {
        let count = end - start
        guard count == 20 || (count >= 22 && count <= 24), bytes[start + 10] == UInt8(ascii: "T"),
            bytes[end - 1] == UInt8(ascii: "Z"), let clock = TimeText.clock(bytes, start + 11),
            let day = dayStart(bytes, start)
        else { return nil }
        var milliseconds = clock
        if count > 20 {
            guard bytes[start + 19] == UInt8(ascii: ".") else { return nil }
            var scale: Int64 = 100
            for index in (start + 20)..<(end - 1) {
                let digit = bytes[index] &- 0x30
                guard digit <= 9 else { return nil }
                milliseconds += Int64(digit) * scale
                scale /= 10
            }
        }
        milliseconds += day
        return milliseconds >= earliest && milliseconds <= latest ? milliseconds : nil
    }

    /// The milliseconds of `02:03:04`, all eight bytes at once; `nil` where it is no time of day.
    @inline(__always)
    private static func clock(_ bytes: UnsafeRawBufferPointer, _ start: Int) -> Int64? {
        let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: start, as: UInt64.self))
        // A digit becomes 0...9 and a colon 0. 0x76 lifts anything above 9 to its high bit, 0x7F anything above 0.
        let values = word ^ 0x3030_3A30_303A_3030
        guard ((values &+ 0x7676_7F76_767F_7676) | values) & 0x8080_8080_8080_8080 == 0 else { return nil }
        // In the lower byte of each pair, the number of both digits: at most 99, so that nothing is carried.
        let pairs = values &* 10 &+ values &>> 8
        let (hour, minute, second) = (pairs & 0xFF, pairs &>> 24 & 0xFF, pairs &>> 48 & 0xFF)
        guard hour < 24, minute < 60, second < 60 else { return nil }
        return Int64(truncatingIfNeeded: ((hour &* 60 &+ minute) &* 60 &+ second) &* 1_000)
    }

    /// Two digits, or a number above any clock's.
    private static func pair(_ bytes: UnsafeRawBufferPointer, _ index: Int) -> Int64 {
        let tens = bytes[index] &- 0x30
        let ones = bytes[index + 1] &- 0x30
        return tens <= 9 && ones <= 9 ? Int64(tens) * 10 + Int64(ones) : 1_000
    }

    @inline(__always)
    private mutating func dayStart(_ bytes: UnsafeRawBufferPointer, _ start: Int) -> Int64? {
        let head = bytes.loadUnaligned(fromByteOffset: start, as: UInt64.self)
        let tail = bytes.loadUnaligned(fromByteOffset: start + 8, as: UInt16.self)
        if head == dayText, tail == dayTail { return dayStart }
        return newDayStart(bytes, start, head, tail)
    }

    @inline(never)
    private mutating func newDayStart(
        _ bytes: UnsafeRawBufferPointer, _ start: Int, _ head: UInt64, _ tail: UInt16
    ) -> Int64? {
        guard bytes[start + 4] == UInt8(ascii: "-"), bytes[start + 7] == UInt8(ascii: "-") else { return nil }
        let century = TimeText.pair(bytes, start)
        let yearOfCentury = TimeText.pair(bytes, start + 2)
        let month = TimeText.pair(bytes, start + 5)
        let day = TimeText.pair(bytes, start + 8)
        guard century < 100, yearOfCentury < 100, (1...12).contains(month) else { return nil }
        let year = Int(century * 100 + yearOfCentury)
        guard day >= 1, Int(day) <= CivilTime.daysInMonth(Int(month), year: year) else { return nil }
        dayStart = Int64(CivilTime.daysSinceEpoch(year: year, month: Int(month), day: Int(day))) * 86_400_000
        dayText = head
        dayTail = tail
        return dayStart
    }

    /// A whole number of seconds, milliseconds, microseconds or nanoseconds, told apart by its size as `CivilTime`
    /// does, but exactly. `nil` outside the years a fact may speak of.
    static func timestamp(_ number: Int64) -> Timestamp? {
        let milliseconds: Int64
        switch number {
        case ..<1: return nil
        case ..<100_000_000_000: milliseconds = number * 1_000
        case ..<100_000_000_000_000: milliseconds = number
        case ..<100_000_000_000_000_000: milliseconds = number / 1_000
        default: milliseconds = number / 1_000_000
        }
        let time = Timestamp(milliseconds: milliseconds)
        return Timestamp.plausible.contains(time) ? time : nil
    }
}
