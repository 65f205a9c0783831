import Domain
import Testing

@Suite("Times")
struct CivilTimeTests {
    @Test("every day from 2000 to 2199 survives the way to text and back, in any zone", arguments: [UInt64(11), 12])
    func roundTrips(seed: UInt64) throws {
        var draws = Draws(seed: seed)
        for _ in 0..<5_000 {
            let span = Timestamp.plausible.upperBound - Timestamp.plausible.lowerBound
            let offset = Int64(draws.uniform() * Double(span.milliseconds))
            let time = Timestamp.plausible.lowerBound + Span(milliseconds: offset)
            #expect(try CivilTime.timestamp(time.description) == time, "seed \(seed): \(time)")
            let minutes = draws.below(2 * 18 * 60 + 1) - 18 * 60
            let local = time + .minutes(Int64(minutes))
            guard Timestamp.plausible.contains(local) else { continue }
            let (hours, rest) = (abs(minutes) / 60, abs(minutes) % 60)
            let zone =
                (minutes < 0 ? "-" : "+") + (hours < 10 ? "0" : "") + "\(hours):" + (rest < 10 ? "0" : "") + "\(rest)"
            let text = local.description.dropLast() + zone
            #expect(try CivilTime.timestamp(text) == time, "seed \(seed): \(text)")
        }
    }

    @Test("day counts follow one another without a gap, and months have the days they have")
    func countsDays() {
        var days = CivilTime.daysSinceEpoch(year: 2000, month: 1, day: 1)
        #expect(days == 10_957)
        for year in 2000...2199 {
            for month in 1...12 {
                for day in 1...CivilTime.daysInMonth(month, year: year) {
                    #expect(CivilTime.daysSinceEpoch(year: year, month: month, day: day) == days)
                    let date = CivilTime.date(daysSinceEpoch: days)
                    #expect(date == (year, month, day))
                    days += 1
                }
            }
        }
        // 2200-01-01 is 84,006 days after 1970-01-01: 230 years, 56 of them leap (2000 is, 2100 is not).
        #expect(days == 230 * 365 + 56)
    }

    @Test(
        "a text is the moment it names",
        arguments: [
            ("1970-01-01T00:00:00Z", nil), ("2000-01-01T00:00:00Z", 946_684_800_000),
            ("2025-10-24T02:00:00Z", 1_761_271_200_000), ("2025-10-24 02:00:00+00:00", 1_761_271_200_000),
            ("2025-10-24t02:00z", 1_761_271_200_000), ("2025-10-24T04:00:00+0200", 1_761_271_200_000),
            ("2025-10-24T04:00:00+02", 1_761_271_200_000), ("2025-10-23T20:30:00-05:30", 1_761_271_200_000),
            ("2025-10-24T02:00:00.1239999Z", 1_761_271_200_123), ("2025-10-24T02:00:00,5Z", 1_761_271_200_500),
            ("2024-02-29T00:00:00Z", 1_709_164_800_000), ("2200-01-01T00:00:00Z", 7_258_118_400_000),
            ("2200-01-01T00:00:00.001Z", nil), ("2023-02-29T00:00:00Z", nil), ("2100-02-29T00:00:00Z", nil),
            ("2016-12-31T23:59:60Z", nil), ("2025-10-24T24:00:00Z", nil), ("2025-13-01T00:00:00Z", nil),
            ("2025-10-00T00:00:00Z", nil), ("2025-10-24T02:00:00+19:00", nil), ("2025-10-24T02:00:00+01:60", nil),
        ] as [(String, Int64?)])
    func reads(text: String, milliseconds: Int64?) throws {
        if let milliseconds {
            #expect(try CivilTime.timestamp(text).milliseconds == milliseconds)
        } else {
            #expect(throws: CivilTime.Failure.outOfRange) { try CivilTime.timestamp(text) }
        }
    }

    @Test(
        "a time without a zone is refused as such",
        arguments: ["2025-10-24T02:00:00", "2025-10-24T02:00", "2025-10-24T02:00:00.123", "2025-10-24"])
    func refusesWithoutZone(text: String) {
        #expect(throws: CivilTime.Failure.withoutZone) { try CivilTime.timestamp(text) }
    }

    @Test(
        "what is no time is malformed",
        arguments: [
            "", "now", "2025", "2025-10", "25-10-24T02:00:00Z", "2025-10-24T02:00:00.Z", "2025-10-24T2:00:00Z",
            "2025-10-24T02:00:00Zjunk", "2025-10-24T02:00:00+2", "2025-10-24X02:00:00Z", "+025-10-24T02:00:00Z",
            "２０２５-10-24T02:00:00Z",
        ])
    func refusesMalformed(text: String) {
        #expect(throws: CivilTime.Failure.malformed) { try CivilTime.timestamp(text) }
    }

    @Test("a date alone is midnight UTC where a column holds dates, and nowhere else")
    func readsDates() throws {
        #expect(try CivilTime.timestamp("2024-02-29", acceptsDate: true) == at("2024-02-29T00:00:00Z"))
        #expect(throws: CivilTime.Failure.withoutZone) {
            try CivilTime.timestamp("2024-02-29T00:00", acceptsDate: true)
        }
    }

    @Test(
        "a number is seconds, milliseconds, microseconds or nanoseconds by its size",
        arguments: [
            (1_761_271_200, 1_761_271_200_000), (1_761_271_200.25, 1_761_271_200_250),
            (1_761_271_200_000, 1_761_271_200_000), (1_761_271_200_000_999, 1_761_271_200_000),
            (1_761_271_200_000_000_000, 1_761_271_200_000), (946_684_800, 946_684_800_000),
        ] as [(Double, Int64)])
    func readsNumbers(number: Double, milliseconds: Int64) throws {
        #expect(try CivilTime.timestamp(number: number).milliseconds == milliseconds)
    }

    @Test("a whole millisecond written as a fraction of a second, or in nanoseconds, is that millisecond")
    func readsFractionsOfSeconds() throws {
        let seed: UInt64 = 5
        var draws = Draws(seed: seed)
        for _ in 0..<20_000 {
            let milliseconds = 946_684_800_000 + Int64(draws.uniform() * 3_000_000_000_000)
            let seconds = Double("\(milliseconds / 1_000).\(String(milliseconds % 1_000 + 1_000).dropFirst())") ?? 0
            #expect(try CivilTime.timestamp(number: seconds).milliseconds == milliseconds, "seed \(seed)")
            let nanoseconds = Double("\(milliseconds)000000") ?? 0
            #expect(try CivilTime.timestamp(number: nanoseconds).milliseconds == milliseconds, "seed \(seed)")
        }
    }

    @Test(
        "numbers that are no time of these centuries are refused",
        arguments: [0, -1, 1, 9e8, 8e12, 1e19, 1e300, .nan, .infinity])
    func refusesNumbers(number: Double) {
        #expect(throws: CivilTime.Failure.outOfRange) { try CivilTime.timestamp(number: number) }
    }

    @Test("times before 1970 are floored downwards")
    func floors() {
        #expect(Timestamp(milliseconds: -1).floored(to: .day) == Timestamp(milliseconds: -86_400_000))
        #expect(at("2025-10-24T02:00:01Z").floored(to: .hours(6)) == at("2025-10-24T00:00:00Z"))
        #expect(at("2025-10-24T00:00:00Z").floored(to: .day) == at("2025-10-24T00:00:00Z"))
    }

    @Test("milliseconds are printed only where they are not zero")
    func prints() {
        #expect(at("2025-01-02T03:04:05.006Z").description == "2025-01-02T03:04:05.006Z")
        #expect(at("2025-01-02T03:04:05.000Z").description == "2025-01-02T03:04:05Z")
        #expect(at("2025-01-02T03:04:05Z").day == "2025-01-02")
    }

    @Test("a horizon is positive, at most ten years, and whole milliseconds")
    func horizons() {
        #expect(Horizon(hours: 24) == .standard)
        #expect(Horizon(hours: 0.5)?.span == .minutes(30))
        for hours in [0, -1, 1e-9, 87_673, .nan, .infinity] as [Double] { #expect(Horizon(hours: hours) == nil) }
        #expect(Horizon(hours: 87_672) != nil && Horizon(.zero) == nil)
        #expect(Horizon.diagnostic.map(\.inHours) == [1, 4])
    }
}
