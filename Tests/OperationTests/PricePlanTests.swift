import Domain
import Operation
import Testing

/// Which openings are asked for.
struct PricePlanTests {
    private let hour = Span.hours(1)
    private let midnight = Timestamp(seconds: 1_735_689_600)

    private func range(_ from: Int64, _ through: Int64) -> OpeningRange {
        OpeningRange(from: midnight + .hours(from), through: midnight + .hours(through), barLength: hour)
    }

    private func rules(history: Span = .days(2)) -> PriceRules { PriceRules(barLength: hour, history: history) }

    private func gap(_ range: OpeningRange, nextAskAt: Timestamp, attempts: Int = 1) -> PriceGap {
        PriceGap(
            symbol: Samples.symbol("BTC"), range: range, attempts: attempts, firstAskedAt: midnight,
            lastAskedAt: midnight, nextAskAt: nextAskAt, reason: "")
    }

    @Test("A stretch begins the history before the first signal and ends with the last closed bar, both on the grid")
    func stretch() {
        let need = PriceNeed(
            symbol: Samples.symbol("BTC"), firstSignalAt: midnight + .minutes(95), lastCloseAt: midnight + .hours(30))
        let now = midnight + .hours(10) + .minutes(17)
        #expect(PricePlan.stretch(of: need, rules: rules(), now: now) == range(-47, 10))
        let named = PriceNeed(symbol: Samples.symbol("BTC"), firstSignalAt: nil, lastCloseAt: nil)
        #expect(PricePlan.stretch(of: named, rules: rules(), now: now) == range(-38, 10))
    }

    @Test("A symbol whose signals closed long ago is followed for the tail beyond them, unless the settings name it")
    func closedLongAgo() {
        let need = PriceNeed(
            symbol: Samples.symbol("BTC"), firstSignalAt: midnight, lastCloseAt: midnight + .hours(24))
        let now = midnight + .days(400)
        let expected = range(-48, 24 + 24 * 30)
        #expect(PricePlan.stretch(of: need, rules: rules(), now: now) == expected)
        var named = rules()
        named.symbols = [need.symbol]
        let merged = PricePlan.needs([need], rules: named)
        #expect(merged == [PriceNeed(symbol: need.symbol, firstSignalAt: midnight, lastCloseAt: nil)])
        #expect(PricePlan.stretch(of: merged[0], rules: named, now: now) == range(-48, 24 * 400))
    }

    @Test("Signals and settings name each symbol once, by name")
    func needs() {
        var rules = rules()
        rules.symbols = [Samples.symbol("SOL"), Samples.symbol("ADA")]
        let signaled = ["ETH", "BTC"].map {
            PriceNeed(symbol: Samples.symbol($0), firstSignalAt: midnight, lastCloseAt: midnight)
        }
        #expect(PricePlan.needs(signaled, rules: rules).map(\.symbol.name) == ["ADA", "BTC", "ETH", "SOL"])
    }

    @Test("Nothing is planned where nothing has closed yet")
    func nothingClosed() {
        let need = PriceNeed(symbol: Samples.symbol("BTC"), firstSignalAt: nil, lastCloseAt: nil)
        #expect(PricePlan.stretch(of: need, rules: rules(history: .zero), now: midnight + .minutes(59)) == nil)
    }

    @Test("Asked for is exactly what is neither held nor waiting, whatever the two look like", arguments: 0..<200)
    func exactly(seed: Int) {
        var random = SmallRandom(seed: UInt64(seed))
        let stretch = range(0, Int64(random.next(60)))
        let now = midnight + .hours(100)
        let held = stretch.openings.filter { _ in random.next(3) == 0 }
        var gaps: [PriceGap] = []
        for _ in 0..<random.next(5) {
            let from = Int64(random.next(70)) - 5
            let piece = range(from, from + 1 + Int64(random.next(9)))
            gaps.append(gap(piece, nextAskAt: random.next(2) == 0 ? now : now + .minutes(1)))
        }
        let missing = PricePlan.missing(in: stretch, held: held, gaps: gaps, now: now)
        let expected = stretch.openings.filter { opening in
            !held.contains(opening) && !gaps.contains { $0.nextAskAt > now && $0.range.contains(opening) }
        }
        #expect(missing.flatMap(\.openings) == expected, "seed \(seed)")
        for (left, right) in zip(missing, missing.dropFirst()) {
            #expect(left.through < right.from, "seed \(seed): neighbors are one range")
        }
        #expect(missing.allSatisfy { !$0.isEmpty }, "seed \(seed)")
    }

    @Test("A gap of bars of another length keeps nothing away")
    func otherLength() {
        let daily = OpeningRange(from: midnight, through: midnight + .day, barLength: .day)
        let missing = PricePlan.missing(
            in: range(0, 5), held: [], gaps: [gap(daily, nextAskAt: midnight + .days(9))], now: midnight + .hours(6))
        #expect(missing == [range(0, 5)])
    }

    @Test("A gap that a clock that was ahead put off for years keeps nothing away once the clock is right")
    func clockAhead() {
        var ahead = gap(range(0, 3), nextAskAt: midnight + .days(2_000))
        ahead.lastAskedAt = midnight + .days(1_999)
        let missing = PricePlan.missing(in: range(0, 5), held: [], gaps: [ahead], now: midnight + .hours(6))
        #expect(missing == [range(0, 5)])
    }

    @Test("Windows hold what is missing, once and in order, none longer than allowed", arguments: 0..<100)
    func windows(seed: Int) {
        var random = SmallRandom(seed: UInt64(seed))
        var missing: [OpeningRange] = []
        var position: Int64 = 0
        for _ in 0..<random.next(12) {
            position += 1 + Int64(random.next(120))
            let end = position + 1 + Int64(random.next(1_500))
            missing.append(range(position, end))
            position = end
        }
        let windows = PriceWindow.windows(of: missing)
        #expect(
            windows.flatMap { $0.ranges.flatMap(\.openings) } == missing.flatMap(\.openings), "seed \(seed)")
        #expect(windows.allSatisfy { $0.hull.count <= PriceWindow.longest && $0.openingCount > 0 }, "seed \(seed)")
        for window in windows {
            for (left, right) in zip(window.ranges, window.ranges.dropFirst()) {
                #expect(right.from - left.through <= hour * PriceWindow.joinedHole, "seed \(seed)")
            }
        }
    }

    @Test("Every second bar missing is one window, not one request a bar")
    func comb() {
        let missing = (0..<200).map { range(2 * $0, 2 * $0 + 1) }
        #expect(PriceWindow.windows(of: missing).count == 1)
        let far = [range(0, 1), range(52, 53)]
        #expect(PriceWindow.windows(of: far).count == 2)
    }
}

/// Chance that a test can repeat: the high bits of a linear congruence (Knuth's MMIX).
struct SmallRandom {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 2_862_933_555_777_941_757 &+ 3_037_000_493 }

    /// From 0 to below `bound`.
    mutating func next(_ bound: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int((state >> 33) % UInt64(bound))
    }
}
