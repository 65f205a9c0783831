import Domain
import Operation
import Testing

@testable import MarketData

struct CandleReadingTests {
    private static let noon = Timestamp(seconds: 1_748_779_200)
    private static let hour = Span.hours(1)

    /// Openings by hours before noon; a minus for one that the venue calls unfinished.
    private func candles(_ hours: [Int64]) -> [VenueCandle] {
        hours.map { hour in
            let openAt = Self.noon - Self.hour * abs(hour)
            let bar = Bar(
                openAt: openAt, closeAt: openAt + Self.hour, open: 1, high: 1, low: 1, close: 1, volume: 1)
            return VenueCandle(bar: bar, isConfirmed: hour < 0 ? false : nil)
        }
    }

    private func reading(
        _ hours: [Int64], from: Int64 = 6, through: Int64 = 0, page: Int = 100, asOf: Span = .minutes(30),
        settling: Int64 = 2_000, lag: Int64 = 90_000, isDated: Bool = true
    ) -> CandleReading {
        let range = OpeningRange(
            from: Self.noon - Self.hour * from, through: Self.noon - Self.hour * through, barLength: Self.hour)
        return CandleReading(
            candles(hours), of: range, candlesPerPage: page, asOf: Self.noon + asOf,
            isDated: isDated,
            settings: ClientSettings(
                settlingTime: Span(milliseconds: settling), publicationLag: Span(milliseconds: lag)))
    }

    private func hours(_ reading: CandleReading) -> [Int64] {
        reading.page.bars.map { (Self.noon - $0.openAt).milliseconds / 3_600_000 }
    }

    private func answered(_ reading: CandleReading) -> Int64 {
        (Self.noon - reading.page.answeredThrough).milliseconds / 3_600_000
    }

    @Test("All that was asked for, and all of it answered")
    func whole() {
        let reading = reading([6, 5, 4, 3, 2, 1])
        #expect(hours(reading) == [6, 5, 4, 3, 2, 1])
        #expect(answered(reading) == 0)
        #expect(reading.missingBefore == nil)
    }

    @Test("What is outside the range is not taken, on either side")
    func outside() {
        let reading = reading([9, 8, 7, 6, 5, 4, 3, 2, 1], from: 6, through: 3)
        #expect(hours(reading) == [6, 5, 4])
        #expect(answered(reading) == 3)
    }

    @Test("Missing bars inside and at both ends are answered: the venue does not have them")
    func gaps() {
        let reading = reading([4, 2])
        #expect(hours(reading) == [4, 2])
        #expect(answered(reading) == 0)
        let empty = self.reading([])
        #expect(empty.page.bars.isEmpty)
        #expect(answered(empty) == 0)
    }

    @Test("A bar that ran when the answer was given is neither taken nor answered")
    func running() {
        let reading = reading([3, 2, 1], from: 3, through: 0, asOf: .minutes(-10))
        #expect(hours(reading) == [3, 2])
        #expect(answered(reading) == 1)
    }

    @Test("A bar that closed this instant is left to settle")
    func settling() {
        #expect(answered(reading([3, 2, 1], from: 3, asOf: Span(milliseconds: 1_999))) == 1)
        #expect(answered(reading([3, 2, 1], from: 3, asOf: Span(milliseconds: 2_000))) == 0)
        #expect(answered(reading([3, 2, 1], from: 3, asOf: .zero, settling: 0)) == 0)
    }

    @Test("What the venue calls unfinished ends the answer, whatever the clock says")
    func unconfirmed() {
        let reading = reading([4, 3, -2, 1], from: 4)
        #expect(hours(reading) == [4, 3])
        #expect(answered(reading) == 2)
    }

    @Test("The newest bar of an instrument that stopped is finished once the venue's clock is well past its close")
    func stopped() {
        let long = reading([4, 3, -2], from: 4)
        #expect(hours(long) == [4, 3, 2])
        #expect(answered(long) == 0)
        // Just closed, or only by our own clock: the venue's word stands.
        #expect(answered(reading([3, 2, -1], from: 3, asOf: .minutes(1))) == 1)
        #expect(answered(reading([4, 3, -2], from: 4, isDated: false)) == 2)
    }

    @Test("A full answer that is older than what was asked for answers nothing; a shorter one says there is none")
    func beside() {
        #expect(reading([9, 8, 7], from: 6, page: 3).isBeside)
        #expect(!reading([9, 8, 7], from: 6, page: 4).isBeside)
        #expect(!reading([8, 7, 6], from: 6, page: 3).isBeside)
        #expect(!reading([], from: 6, page: 0).isBeside)
    }

    @Test("A bar that is missing right after its close may still come; later it is missing")
    func publication() {
        #expect(answered(reading([3, 2], from: 3, asOf: .minutes(1))) == 1)
        #expect(answered(reading([3, 2], from: 3, asOf: Span(milliseconds: 90_000))) == 0)
        #expect(answered(reading([3], from: 3, asOf: .minutes(1))) == 1)
        #expect(answered(reading([], from: 3, asOf: .minutes(1))) == 1)
        // Nothing is taken back of what did come.
        #expect(answered(reading([3, 2, 1], from: 3, asOf: .minutes(1))) == 0)
        #expect(answered(reading([], from: 1, asOf: .minutes(1))) == 1)
    }

    @Test("A full answer that begins late lacks its older part; one that is not full has none")
    func newestFirst() {
        #expect(reading([3, 2, 1], page: 3).missingBefore == Self.noon - Self.hour * 3)
        #expect(reading([3, 2, 1], page: 4).missingBefore == nil)
        #expect(reading([6, 5, 4, 3, 2, 1], page: 6).missingBefore == nil)
    }

    @Test("A full answer that ends early answers only as far as it goes")
    func oldestFirst() {
        let reading = reading([6, 5, 4], page: 3)
        #expect(hours(reading) == [6, 5, 4])
        #expect(answered(reading) == 3)
        #expect(reading.missingBefore == nil)
    }

    @Test("Never more is answered than asked for and finished, and no bar outside of it", arguments: 1...200)
    func law(_ seed: Int) {
        var generator = TestGenerator(state: UInt64(seed))
        let from = Int64.random(in: 1...30, using: &generator)
        let through = Int64.random(in: 0...from, using: &generator)
        let asOf = Span.minutes(Int64.random(in: -1_800...120, using: &generator))
        let given = (-3...40).reversed().filter { _ in Bool.random(using: &generator) }.map { Int64($0) }
        let candles = given.map { hour -> VenueCandle in
            let openAt = Self.noon - Self.hour * hour
            let flag = [nil, nil, true, false].randomElement(using: &generator) ?? nil
            return VenueCandle(
                bar: Bar(openAt: openAt, closeAt: openAt + Self.hour, open: 1, high: 1, low: 1, close: 1, volume: 1),
                isConfirmed: flag)
        }
        let range = OpeningRange(
            from: Self.noon - Self.hour * from, through: Self.noon - Self.hour * through, barLength: Self.hour)
        let reading = CandleReading(
            candles, of: range, candlesPerPage: Int.random(in: 1...60, using: &generator), asOf: Self.noon + asOf,
            settings: ClientSettings())
        let page = reading.page
        #expect(page.answeredThrough >= range.from && page.answeredThrough <= range.through, "seed \(seed)")
        #expect(
            page.answeredThrough == range.from || page.answeredThrough <= Self.noon + asOf, "seed \(seed)")
        for bar in page.bars {
            #expect(bar.openAt >= range.from && bar.openAt < page.answeredThrough, "seed \(seed)")
            #expect(bar.closeAt <= Self.noon + asOf, "seed \(seed)")
            let isLast = candles.last?.bar == bar
            #expect(candles.contains { $0.bar == bar && ($0.isConfirmed != false || isLast) }, "seed \(seed)")
        }
    }
}
