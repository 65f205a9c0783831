import Domain
import Operation
import Testing

/// What becomes of openings that no venue has.
struct PriceGapsTests {
    private let midnight = Timestamp(seconds: 1_735_689_600)
    private let symbol = Samples.symbol("BTC")

    private func rules() -> PriceRules {
        PriceRules(barLength: .hours(1), history: .days(60), gapRetry: .hours(1), gapRetryMaximal: .hours(168))
    }

    private func range(_ from: Int64, _ through: Int64) -> OpeningRange {
        OpeningRange(from: midnight + .hours(from), through: midnight + .hours(through), barLength: .hours(1))
    }

    private func ask(
        _ absent: OpeningRange, in window: OpeningRange? = nil, before: [PriceGap] = [], filled: [Timestamp] = [],
        at now: Timestamp, isConclusive: Bool = true
    ) -> [PriceGap] {
        PriceGapKeeping(rules: rules(), now: now).gaps(
            of: symbol, in: window ?? absent, before: before, absent: absent.openings, filled: filled,
            isConclusive: isConclusive, reason: "no bar at kraken")
    }

    @Test("The wait doubles from the first to the longest, for what has been missing long")
    func doubling() {
        let keeping = PriceGapKeeping(rules: rules(), now: midnight)
        let waits = (1...12).map { keeping.wait(attempts: $0, missingSince: midnight - .days(900)).inHours }
        #expect(waits == [1, 2, 4, 8, 16, 32, 64, 128, 168, 168, 168, 168])
        #expect(keeping.wait(attempts: 0, missingSince: midnight - .days(900)) == .hours(1))
        #expect(keeping.wait(attempts: .max, missingSince: midnight - .days(900)) == .hours(168))
    }

    @Test("What has been missing for minutes is asked for again within minutes")
    func lateBar() {
        let keeping = PriceGapKeeping(rules: rules(), now: midnight)
        #expect(keeping.wait(attempts: 1, missingSince: midnight) == .minutes(1))
        #expect(keeping.wait(attempts: 1, missingSince: midnight - .minutes(7)) == .minutes(7))
        #expect(keeping.wait(attempts: 5, missingSince: midnight - .minutes(90)) == .minutes(90))
    }

    @Test("Adjacent openings are one gap; what may only be late is another, asked for sooner")
    func neighbors() {
        let now = midnight + .hours(10) + .minutes(5)
        let gaps = ask(range(0, 10), at: now)
        #expect(gaps.map(\.range) == [range(0, 9), range(9, 10)])
        #expect(gaps.map(\.attempts) == [1, 1])
        #expect(gaps[0].nextAskAt == now + .hours(1))
        #expect(gaps[1].nextAskAt == now + .minutes(5))
        #expect(gaps.allSatisfy { $0.reason == "no bar at kraken" && $0.firstAskedAt == now && $0.lastAskedAt == now })
    }

    @Test("A second look counts as a second attempt and remembers the first")
    func again() {
        let first = midnight + .days(10)
        let gaps = ask(range(0, 3), at: first)
        let second = first + .hours(1)
        let again = ask(range(0, 3), before: gaps, at: second)
        #expect(again.count == 1)
        #expect(again[0].attempts == 2)
        #expect(again[0].firstAskedAt == first)
        #expect(again[0].nextAskAt == second + .hours(2))
    }

    @Test("A look that not every venue answered is no attempt")
    func inconclusive() {
        let first = midnight + .days(10)
        let gaps = ask(range(0, 3), at: first)
        let again = ask(range(0, 3), before: gaps, at: first + .hours(1), isConclusive: false)
        #expect(again.map(\.attempts) == [1])
        #expect(again[0].nextAskAt == first + .hours(2))
    }

    @Test("What was filled leaves the gap; what was not answered stays as it was")
    func partlyFilled() {
        let first = midnight + .days(10)
        let gaps = ask(range(0, 10), at: first)
        let second = first + .hours(3)
        // 2 and 3 came, 4 and 5 are absent again, 0, 1 and 6 to 9 were not answered.
        let after = PriceGapKeeping(rules: rules(), now: second).gaps(
            of: symbol, in: range(2, 8), before: gaps, absent: range(4, 6).openings,
            filled: range(2, 4).openings, isConclusive: true, reason: "still none")
        #expect(after.map(\.range) == [range(0, 2), range(4, 6), range(6, 10)])
        #expect(after.map(\.attempts) == [1, 2, 1])
        #expect(after.map(\.lastAskedAt) == [first, second, first])
    }

    @Test("Gaps of other lengths and beyond the window are none of its business")
    func untouched() {
        let first = midnight + .days(10)
        let gaps = ask(range(0, 3), at: first)
        #expect(ask(range(5, 6), before: gaps, at: first).map(\.range) == [range(5, 6)])
    }
}
