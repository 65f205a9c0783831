import Domain
import Operation
import Testing

/// Texts to due times, and texts that are none.
struct JobScheduleTests {
    private func time(_ text: String) throws -> Timestamp { try CivilTime.timestamp(text) }

    /// Made with croniter 6.2 (Python) for the moment 2025-10-24T02:07:30Z, a Friday.
    private static let table: [(text: String, previous: String, next: String)] = [
        ("* * * * *", "2025-10-24T02:07:00Z", "2025-10-24T02:08:00Z"),
        ("3 * * * *", "2025-10-24T02:03:00Z", "2025-10-24T03:03:00Z"),
        ("1-56/5 * * * *", "2025-10-24T02:06:00Z", "2025-10-24T02:11:00Z"),
        ("10 0 * * *", "2025-10-24T00:10:00Z", "2025-10-25T00:10:00Z"),
        ("45 2 * * *", "2025-10-23T02:45:00Z", "2025-10-24T02:45:00Z"),
        ("0 0 29 2 *", "2024-02-29T00:00:00Z", "2028-02-29T00:00:00Z"),
        ("0 0 13 * 5", "2025-10-24T00:00:00Z", "2025-10-31T00:00:00Z"),
        ("30 4 1,15 * 5", "2025-10-17T04:30:00Z", "2025-10-24T04:30:00Z"),
        ("0 22 * * 1-5", "2025-10-23T22:00:00Z", "2025-10-24T22:00:00Z"),
        ("5 4 * * sun", "2025-10-19T04:05:00Z", "2025-10-26T04:05:00Z"),
        ("0 0 * * 7", "2025-10-19T00:00:00Z", "2025-10-26T00:00:00Z"),
        ("*/20 9-17/4 * * mon-fri", "2025-10-23T17:40:00Z", "2025-10-24T09:00:00Z"),
        ("0 0 31 * *", "2025-08-31T00:00:00Z", "2025-10-31T00:00:00Z"),
        ("59 23 31 12 *", "2024-12-31T23:59:00Z", "2025-12-31T23:59:00Z"),
        ("0 0 1 jan,jul *", "2025-07-01T00:00:00Z", "2026-01-01T00:00:00Z"),
        ("15 6 30 4,6 *", "2025-06-30T06:15:00Z", "2026-04-30T06:15:00Z"),
        ("0 12 * FEB Fri", "2025-02-28T12:00:00Z", "2026-02-06T12:00:00Z"),
        // The same by name.
        ("@hourly", "2025-10-24T02:00:00Z", "2025-10-24T03:00:00Z"),
        ("@daily", "2025-10-24T00:00:00Z", "2025-10-25T00:00:00Z"),
        ("@weekly", "2025-10-19T00:00:00Z", "2025-10-26T00:00:00Z"),
        ("@monthly", "2025-10-01T00:00:00Z", "2025-11-01T00:00:00Z"),
        ("@yearly", "2025-01-01T00:00:00Z", "2026-01-01T00:00:00Z"),
        // By hand: intervals stand on the grid of 1970-01-01T00:00:00Z.
        ("every 90s", "2025-10-24T02:07:30Z", "2025-10-24T02:09:00Z"),
        ("every 5m", "2025-10-24T02:05:00Z", "2025-10-24T02:10:00Z"),
        ("every 1h", "2025-10-24T02:00:00Z", "2025-10-24T03:00:00Z"),
        ("every 6 h", "2025-10-24T00:00:00Z", "2025-10-24T06:00:00Z"),
        ("Every 1D", "2025-10-24T00:00:00Z", "2025-10-25T00:00:00Z"),
    ]

    @Test("Due times are those of an independent implementation", arguments: table.indices)
    func dueTimes(index: Int) throws {
        let row = JobScheduleTests.table[index]
        let schedule = try JobSchedule(row.text)
        let now = try time("2025-10-24T02:07:30Z")
        #expect(schedule.latest(atOrBefore: now) == (try time(row.previous)), "\(row.text)")
        #expect(schedule.next(after: now) == (try time(row.next)), "\(row.text)")
        #expect(schedule.description == row.text)
    }

    @Test("A due time is at or before itself, and never after itself")
    func bounds() throws {
        for text in ["3 * * * *", "every 5m", "0 0 29 2 *", "0 0 13 * 5"] {
            let schedule = try JobSchedule(text)
            let due = try #require(schedule.next(after: try time("2025-10-24T02:07:30Z")))
            #expect(schedule.latest(atOrBefore: due) == due)
            #expect(schedule.next(after: due - Span(milliseconds: 1)) == due)
            let later = try #require(schedule.next(after: due))
            #expect(later > due)
            #expect(schedule.latest(atOrBefore: later - Span(milliseconds: 1)) == due)
        }
    }

    @Test("29 February is found across a century without one, and on one weekday across forty years")
    func leapDays() throws {
        let leapDay = try JobSchedule("0 0 29 2 *")
        #expect(leapDay.next(after: try time("2096-03-01T00:00:00Z")) == (try time("2104-02-29T00:00:00Z")))
        #expect(leapDay.latest(atOrBefore: try time("2104-02-28T00:00:00Z")) == (try time("2096-02-29T00:00:00Z")))
        // `*/7` begins with a star and is Sunday alone: both fields must match. 2088-02-29 and 2128-02-29 are Sundays,
        // 2100 is no leap year.
        let sunday = try JobSchedule("0 0 29 2 */7")
        #expect(sunday.next(after: try time("2088-02-29T00:00:00Z")) == (try time("2128-02-29T00:00:00Z")))
        #expect(sunday.latest(atOrBefore: try time("2128-02-28T00:00:00Z")) == (try time("2088-02-29T00:00:00Z")))
    }

    @Test("Off is never due")
    func off() throws {
        let schedule = try JobSchedule(" OFF ")
        #expect(schedule.isOff)
        #expect(schedule.next(after: try time("2025-10-24T02:07:30Z")) == nil)
        #expect(schedule.latest(atOrBefore: try time("2025-10-24T02:07:30Z")) == nil)
    }

    /// What is wrong, at which column, and what would fit.
    private static let wrong: [(text: String, column: Int, words: [String])] = [
        ("", 1, ["empty", "every 5m", "@hourly"]),
        ("every", 6, ["length is missing", "5m"]),
        ("every 5", 7, ["5 is no length", "s, m, h or d"]),
        ("every 0m", 7, ["0m is not between 1s and 366d"]),
        ("every 367d", 7, ["367d"]),
        ("every 99999999999999999999s", 7, ["not between"]),
        ("every 1h 30m 5s", 7, ["no length"]),
        ("every 1.5h", 7, ["no length", "whole number"]),
        ("off now", 5, ["nothing may follow off"]),
        ("@reboot", 1, ["@reboot", "@hourly"]),
        ("@daily 5", 8, ["nothing may follow"]),
        ("* * * *", 8, ["day of the week is missing", "five fields"]),
        ("* * * * * *", 11, ["6 fields"]),
        ("60 * * * *", 1, ["\"60\"", "minute", "0 to 59"]),
        ("3 24 * * *", 3, ["hour", "0 to 23"]),
        ("3 2 0 * *", 5, ["day of the month", "1 to 31"]),
        ("3 2 1 13 *", 7, ["month", "1 to 12", "jan to dec"]),
        ("3 2 1 1 8", 9, ["day of the week", "0 to 7", "sun to sat"]),
        ("1,2,x * * * *", 5, ["\"x\""]),
        ("1,,2 * * * *", 3, ["a number is missing"]),
        ("9-5 * * * *", 1, ["ends before it begins"]),
        ("5/15 * * * *", 2, ["a step follows", "5-59/15"]),
        ("*/0 * * * *", 3, ["step", "1 to 59"]),
        ("*/x * * * *", 3, ["step \"x\""]),
        ("-5 * * * *", 1, ["a number is missing"]),
        ("+5 * * * *", 1, ["\"+5\""]),
        ("0 0 30 2 *", 5, ["never", "30"]),
        ("0 0 31 2,4,jun,9,11 *", 5, ["never"]),
        ("hourly", 7, ["hour is missing"]),
    ]

    @Test("A text that is no schedule is told where and what would fit", arguments: wrong.indices)
    func errors(index: Int) throws {
        let row = JobScheduleTests.wrong[index]
        do {
            let schedule = try JobSchedule(row.text)
            Issue.record("\(row.text) was read as \(schedule)")
        } catch {
            #expect(error.column == row.column, "\(error)")
            for word in row.words { #expect(error.description.contains(word), "\(error)") }
        }
    }

    @Test("The days of the two day fields follow Vixie cron: either where both are restricted, else both")
    func dayRule() throws {
        let start = try time("2025-10-01T00:00:00Z")
        // 13 October 2025 is a Monday; the Fridays are 3, 10, 17, 24 and 31.
        let either = try dueDays("0 0 13 * 5", from: start, count: 6)
        #expect(either == [3, 10, 13, 17, 24, 31])
        let weekdaysOnly = try dueDays("0 0 * * 5", from: start, count: 3)
        #expect(weekdaysOnly == [3, 10, 17])
        let both = try dueDays("0 0 */2 * 5", from: start, count: 3)
        #expect(both == [3, 17, 31])
        let weekend = try dueDays("0 0 * * fri-sun", from: start, count: 6)
        #expect(weekend == [3, 4, 5, 10, 11, 12])
    }

    private func dueDays(_ text: String, from start: Timestamp, count: Int) throws -> [Int] {
        let schedule = try JobSchedule(text)
        var time = start - Span(milliseconds: 1)
        return try (0..<count).map { _ in
            time = try #require(schedule.next(after: time))
            return Int(time.day.suffix(2)) ?? 0
        }
    }

    @Test("Random cron lines are due at the minutes that a reader of every minute finds", arguments: 1...40)
    func bruteForce(seed: UInt64) throws {
        var random = SeededDraws(seed: seed)
        let fields = MinuteOracle.randomFields(&random)
        let text = fields.joined(separator: " ")
        let oracle = MinuteOracle(fields)
        guard let schedule = try? JobSchedule(text) else {
            #expect(oracle.isImpossible, "seed \(seed): \(text) was refused")
            return
        }
        // From a random minute of 2023 to 2030, forty days forth.
        let start = 1_672_531_200 / 60 + Int64(random.below(7 * 365 * 1_440))
        let minutes = start...(start + 40 * 1_440)
        let expected = minutes.filter(oracle.isDue).map { Timestamp(seconds: $0 * 60) }
        var found: [Timestamp] = []
        var time = Timestamp(seconds: start * 60) - Span(milliseconds: 1)
        let end = Timestamp(seconds: minutes.upperBound * 60)
        while let next = schedule.next(after: time), next <= end {
            found.append(next)
            time = next
        }
        #expect(found == expected, "seed \(seed): \(text) from \(start)")
        var backwards: [Timestamp] = []
        time = end
        while let latest = schedule.latest(atOrBefore: time), latest.milliseconds >= start * 60_000 {
            backwards.append(latest)
            time = latest - Span(milliseconds: 1)
        }
        #expect(backwards.reversed() == expected, "seed \(seed): \(text) from \(start), backwards")
    }
}

/// SplitMix64: the same draws on every machine.
struct SeededDraws {
    var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
    mutating func happens(oneIn count: Int) -> Bool { below(count) == 0 }
    mutating func element<Element>(of list: [Element]) -> Element { list[below(list.count)] }
}

/// A second reading of cron, as slow and plain as possible: lists of numbers, and a calendar that counts days up.
private struct MinuteOracle {
    private let sets: [[Int]]
    private let isEither: Bool
    private let calendar: [Int: (month: Int, day: Int)]

    init(_ fields: [String]) {
        let ranges = [0...59, 0...23, 1...31, 1...12, 0...7]
        sets = zip(fields, ranges).map { field, range in
            field.split(separator: ",").flatMap { part -> [Int] in
                let pieces = part.split(separator: "/")
                let step = pieces.count == 2 ? Int(pieces[1]) ?? 1 : 1
                let ends = pieces[0].split(separator: "-").compactMap { Int($0) }
                let low = ends.first ?? range.lowerBound
                let high = ends.last ?? range.upperBound
                return (low...high).filter { ($0 - low) % step == 0 }
            }
        }
        isEither = fields[2].first != "*" && fields[4].first != "*"
        var calendar: [Int: (month: Int, day: Int)] = [:]
        // 2022-01-01 is day 18,993.
        var (number, year) = (18_993, 2_022)
        while year < 2_032 {
            let lengths = [31, year % 4 == 0 ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
            for (index, length) in lengths.enumerated() {
                for day in 1...length {
                    calendar[number] = (index + 1, day)
                    number += 1
                }
            }
            year += 1
        }
        self.calendar = calendar
    }

    func isDue(_ minute: Int64) -> Bool {
        let day = Int(minute / 1_440)
        guard sets[0].contains(Int(minute % 60)), sets[1].contains(Int(minute / 60 % 24)) else { return false }
        guard let date = calendar[day], sets[3].contains(date.month) else { return false }
        // Day 18,993 was a Saturday.
        let weekday = (day - 18_993 + 6) % 7
        let fitsDay = sets[2].contains(date.day)
        let fitsWeekday = sets[4].contains(weekday) || (weekday == 0 && sets[4].contains(7))
        return isEither ? fitsDay || fitsWeekday : fitsDay && fitsWeekday
    }

    /// No minute of ten years, two of them leap years.
    var isImpossible: Bool {
        !isEither
            && !calendar.values.contains { sets[3].contains($0.month) && sets[2].contains($0.day) }
    }

    static func randomFields(_ random: inout SeededDraws) -> [String] {
        let ranges = [0...59, 0...23, 1...31, 1...12, 0...7]
        return ranges.map { range in
            func number() -> Int { range.lowerBound + random.below(range.count) }
            switch random.below(6) {
            case 0, 1: return "*"
            case 2: return "*/\(1 + random.below(range.upperBound))"
            case 3: return "\(number()),\(number()),\(number())"
            case 4:
                let (one, other) = (number(), number())
                return "\(min(one, other))-\(max(one, other))/\(1 + random.below(3))"
            default: return "\(number())"
            }
        }
    }
}
