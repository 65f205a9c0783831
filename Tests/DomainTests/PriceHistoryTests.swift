import Domain
import Testing

@Suite("Price history")
struct PriceHistoryTests {
    private let start = at("2025-01-01T00:00:00Z")
    private let halfLife = Span.hours(240)
    private let twoBars = FillDelay(bars: 2, fixed: nil)

    /// Hourly bars, bar k opening at hour k at 100 + k and closing at 100.5 + k; the hours in `missing` left out.
    private func history(hours: Int64, missing: Set<Int64> = []) -> PriceHistory {
        var history = PriceHistory()
        for hour in 0..<hours where !missing.contains(hour) {
            let bar = bar(start + .hours(hour), 100 + Double(hour), 100.5 + Double(hour))
            _ = history.insert(bar, knownAt: bar.closeAt, volatilityHalfLife: halfLife)
        }
        return history
    }

    @Test("a fill is the open of the first bar at or after the moment, within two of its lengths")
    func fills() {
        let history = history(hours: 12, missing: [4, 5, 6, 9])
        let fill = { history.fill(atOrAfter: start + .minutes($0), maximalDelay: twoBars) }
        #expect(fill(0) == .filled(price: 100, at: start))
        #expect(fill(1) == .filled(price: 101, at: start + .hours(1)))
        #expect(fill(60) == .filled(price: 101, at: start + .hours(1)))
        // 03:00 is there; from 03:01 on the next bar is that of 07:00.
        #expect(fill(180) == .filled(price: 103, at: start + .hours(3)))
        #expect(fill(181) == .missing(next: start + .hours(7)))
        #expect(fill(299) == .missing(next: start + .hours(7)))
        #expect(fill(300) == .filled(price: 107, at: start + .hours(7)))
        #expect(fill(481) == .filled(price: 110, at: start + .hours(10)))
        #expect(fill(11 * 60) == .filled(price: 111, at: start + .hours(11)))
        #expect(fill(11 * 60 + 1) == .pending)
        #expect(PriceHistory().fill(atOrAfter: start, maximalDelay: twoBars) == .pending)
    }

    @Test("a fixed span stands in place of bars")
    func fillsWithinSpan() {
        let history = history(hours: 12, missing: [4, 5, 6])
        let after = start + .minutes(181)
        #expect(
            history.fill(atOrAfter: after, maximalDelay: FillDelay(bars: 2, fixed: .minutes(239)))
                == .filled(price: 107, at: start + .hours(7)))
        #expect(
            history.fill(atOrAfter: after, maximalDelay: FillDelay(bars: 2, fixed: .minutes(238)))
                == .missing(next: start + .hours(7)))
    }

    @Test("the latest bar had closed and was known; a bar recorded late is not known before")
    func knowsNothingEarly() throws {
        var history = PriceHistory()
        for hour in 0..<4 as Range<Int64> {
            let bar = bar(start + .hours(hour), 100, 100 + Double(hour))
            // The bar of 02:00 was written down at 09:00.
            let knownAt = hour == 2 ? start + .hours(9) : bar.closeAt
            _ = history.insert(bar, knownAt: knownAt, volatilityHalfLife: halfLife)
        }
        let latest = { (hours: Int64) in history.latest(knownAt: start + .hours(hours))?.bar.close }
        #expect(latest(0) == nil)
        #expect(history.latest(knownAt: start + .minutes(59)) == nil)
        #expect(latest(1) == 100)
        #expect(latest(2) == 101)
        #expect(latest(3) == 101)
        #expect(latest(4) == 103)
        // For a mark that is final it counts when it closed.
        #expect(history.lastClose(atOrBefore: start + .hours(3))?.close == 102)
    }

    @Test("volatility known at a time is that of the bars known then, bit for bit", arguments: [UInt64(1), 2, 3])
    func volatilityLooksBack(seed: UInt64) {
        var draws = Draws(seed: seed)
        var bars: [(bar: Bar, knownAt: Timestamp)] = []
        var price = 100.0
        for hour in 0..<60 as Range<Int64> {
            let next = price * (0.98 + 0.04 * draws.uniform())
            let bar = bar(start + .hours(hour), price, next)
            let delay = draws.below(6) == 0 ? Int64(draws.below(5)) : 0
            bars.append((bar, bar.closeAt + .hours(delay)))
            price = next
        }
        var all = PriceHistory()
        for (bar, knownAt) in bars { _ = all.insert(bar, knownAt: knownAt, volatilityHalfLife: halfLife) }
        for hour in 0..<64 as Range<Int64> {
            let time = start + .hours(hour)
            // What can be computed then: the longest unbroken beginning of the bars.
            var then = PriceHistory()
            for (bar, knownAt) in bars {
                guard knownAt <= time else { break }
                _ = then.insert(bar, knownAt: knownAt, volatilityHalfLife: halfLife)
            }
            #expect(
                all.sigmaBps(over: .standard, knownAt: time) == then.sigmaBps(over: .standard, knownAt: time),
                "seed \(seed), hour \(hour)")
        }
    }

    @Test("volatility is the exponentially weighted root of squared returns over the time they took")
    func volatilityByHand() throws {
        var history = PriceHistory()
        let closes = [100.0, 101, 99, 102, 100, 103, 101, 104, 100, 105, 103, 106]
        var squares = 0.0
        var hours = 0.0
        for (index, close) in closes.enumerated() {
            // A gap of two hours before the sixth bar: its return took three.
            let hour = Int64(index) + (index > 5 ? 2 : 0)
            let bar = bar(start + .hours(hour), close, close)
            _ = history.insert(bar, knownAt: bar.closeAt, volatilityHalfLife: .hours(6))
            if index > 0 {
                let elapsed = index == 6 ? 3.0 : 1.0
                let kept = index == 6 ? 0.707_106_781_186_547_6 : 0.890_898_718_140_339_3
                let change = close / closes[index - 1] - 1
                squares = squares * kept + change * change
                hours = hours * kept + elapsed
            }
            let sigma = history.sigmaBps(over: .hours(4), knownAt: bar.closeAt)
            if index < 10 {
                #expect(sigma == nil, "\(index) returns are too few")
            } else {
                let expected = (squares / hours * 4).squareRoot() * 10_000
                #expect(try abs(#require(sigma) / expected - 1) < 1e-12)
            }
        }
    }

    @Test("a bar out of order fills, and leaves the volatility as it was; of two for one opening the first counts")
    func outOfOrder() {
        var history = history(hours: 24, missing: [5])
        let before = history.sigmaBps(over: .standard, knownAt: start + .hours(24))
        let late = bar(start + .hours(5), 105, 500)
        #expect(history.insert(late, knownAt: start + .hours(30), volatilityHalfLife: halfLife) == .addedOutOfOrder)
        #expect(history.sigmaBps(over: .standard, knownAt: start + .hours(24)) == before)
        #expect(
            history.fill(atOrAfter: start + .hours(5), maximalDelay: twoBars)
                == .filled(price: 105, at: start + .hours(5)))
        #expect(history.latest(knownAt: start + .hours(6))?.bar.close == 104.5)
        #expect(history.latest(knownAt: start + .hours(30))?.bar.close == 123.5)
        let other = bar(start + .hours(5), 1, 1)
        #expect(history.insert(other, knownAt: start + .hours(31), volatilityHalfLife: halfLife) == .corrected)
        #expect(
            history.fill(atOrAfter: start + .hours(5), maximalDelay: twoBars)
                == .filled(price: 105, at: start + .hours(5)))
    }

    @Test("trimming forgets what is older and keeps the last bar before; nothing asked later differs")
    func trims() {
        let whole = history(hours: 100, missing: [49, 50, 51])
        var trimmed = whole
        trimmed.trim(before: start + .hours(51))
        #expect(trimmed.entries.first?.bar.openAt == start + .hours(48))
        for minutes in stride(from: Int64(51 * 60), to: 101 * 60, by: 30) {
            let time = start + .minutes(minutes)
            #expect(trimmed.latest(knownAt: time) == whole.latest(knownAt: time))
            #expect(trimmed.lastClose(atOrBefore: time) == whole.lastClose(atOrBefore: time))
            #expect(
                trimmed.fill(atOrAfter: time, maximalDelay: twoBars)
                    == whole.fill(atOrAfter: time, maximalDelay: twoBars))
            #expect(
                trimmed.sigmaBps(over: .standard, knownAt: time) == whole.sigmaBps(over: .standard, knownAt: time))
        }
        let old = bar(start + .hours(2), 1, 1)
        #expect(trimmed.insert(old, knownAt: start + .hours(101), volatilityHalfLife: halfLife) == .tooOld)
        // A symbol that has died keeps its last price.
        trimmed.trim(before: start + .days(400))
        #expect(trimmed.entries.count == 1 && trimmed.newestClose == start + .hours(100))
    }

    @Test("the last price before a time is a close, or the open of a running bar, which is later")
    func lastPrices() throws {
        var history = PriceHistory()
        #expect(history.lastPrice(before: start) == nil)
        for (hour, open) in [(Int64(0), 100.0), (4, 104), (12, 112)] {
            let bar = bar(start + .hours(hour), hours: 4, open, open + 3)
            _ = history.insert(bar, knownAt: bar.closeAt, volatilityHalfLife: halfLife)
        }
        let price = { (hours: Int64) in history.lastPrice(before: start + .hours(hours))?.price }
        #expect(price(0) == nil)
        #expect(price(2) == 100)
        #expect(price(4) == 103)
        #expect(price(5) == 104)
        #expect(price(10) == 107)
        #expect(price(12) == 107)
        #expect(price(40) == 115)
        #expect(try #require(history.lastPrice(before: start + .hours(10))).at == start + .hours(8))
        #expect(try #require(history.lastPrice(before: start + .hours(5))).at == start + .hours(4))
    }

    @Test("a snapshot goes on as if it had never been taken")
    func snapshots() throws {
        var whole = history(hours: 40)
        var writer = SnapshotCoder.writer()
        try whole.visit(&writer)
        var reader = SnapshotCoder.reader(writer.bytes)
        var read = PriceHistory()
        try read.visit(&reader)
        #expect(reader.isAtEnd)
        for hour in 40..<80 as Range<Int64> {
            let bar = bar(start + .hours(hour), 100, 100 + Double(hour % 7))
            _ = whole.insert(bar, knownAt: bar.closeAt, volatilityHalfLife: halfLife)
            _ = read.insert(bar, knownAt: bar.closeAt, volatilityHalfLife: halfLife)
        }
        #expect(read.entries == whole.entries && read.squaredReturnSum == whole.squaredReturnSum)
    }

    private func hour(_ number: Int64) -> PriceHistory.Withdrawn {
        PriceHistory.Withdrawn(openAt: start + .hours(number), closeAt: start + .hours(number + 1))
    }

    @Test("a withdrawn bar is a gap for fills, marks and the last price, whether it came before or comes after")
    func withdraws() {
        var (after, before) = (history(hours: 12), PriceHistory())
        for number in [4, 11] as [Int64] {
            let isNews = [after.withdraw(hour(number)), before.withdraw(hour(number))]
            let isNewsAgain = [after.withdraw(hour(number)), before.withdraw(hour(number))]
            #expect(isNews == [true, true] && isNewsAgain == [false, false])
        }
        for number in 0..<12 as Range<Int64> {
            let bar = bar(start + .hours(number), 100 + Double(number), 100.5 + Double(number))
            let insertion = before.insert(bar, knownAt: bar.closeAt, volatilityHalfLife: halfLife)
            #expect((insertion == .withdrawn) == (number == 4 || number == 11))
        }
        for history in [after, before] {
            #expect(
                history.fill(atOrAfter: start + .hours(4), maximalDelay: twoBars)
                    == .filled(price: 105, at: start + .hours(5)))
            #expect(history.lastClose(atOrBefore: start + .hours(5))?.close == 103.5)
            #expect(history.latest(knownAt: start + .hours(12))?.bar.close == 110.5)
            #expect(history.newestClose == start + .hours(11))
        }
        // Another length is another bar.
        let long = bar(start + .hours(4), hours: 3, 1, 2)
        let insertion = after.insert(long, knownAt: start + .hours(20), volatilityHalfLife: halfLife)
        #expect(insertion == .addedOutOfOrder)
    }

    @Test("withdrawals are forgotten with the prices, and what they named never comes back")
    func forgetsWithdrawals() {
        var history = history(hours: 3)
        for number in [2, 30, 50] as [Int64] {
            let isNews = history.withdraw(hour(number))
            #expect(isNews)
        }
        history.trim(before: start + .hours(40))
        #expect(history.withdrawn == [hour(50)])
        for number in [2, 30] as [Int64] {
            let bar = bar(start + .hours(number), 1, 2)
            let insertion = history.insert(bar, knownAt: start + .hours(60), volatilityHalfLife: halfLife)
            let isNews = history.withdraw(hour(number))
            #expect(insertion == .tooOld && !isNews)
        }
        // The last price there is, older than what is kept, can still be withdrawn, once.
        #expect(history.newestClose == start + .hours(2))
        let isNews = [history.withdraw(hour(1)), history.withdraw(hour(1))]
        #expect(isNews == [true, false])
        #expect(history.newestClose == nil)
    }
}
