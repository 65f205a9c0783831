import Domain
import Operation
import Testing

/// Which bar counts where venues differ.
struct PriceCrossCheckTests {
    private let midnight = Timestamp(seconds: 1_735_689_600)
    private let symbol = Samples.symbol("BTC")

    private func rules(checked: Bool = true, sigmas: Double = 1, floor: Double = 30) -> PriceRules {
        PriceRules(
            barLength: .hours(1), history: .days(60), isCrossChecked: checked, disagreementSigmas: sigmas,
            disagreementFloorBps: floor)
    }

    private func bar(_ hour: Int64, open: Double = 100, close: Double, range: Double = 0) -> Bar {
        let low = min(open, close) * (1 - range / 2)
        return Bar(
            openAt: midnight + .hours(hour), closeAt: midnight + .hours(hour + 1), open: open,
            high: max(max(open, close), low * (1 + range)), low: low, close: close, volume: nil)
    }

    private func quotes(_ venue: Venue, _ bars: [Bar], quote: String = "USDT", through: Int64 = 1) -> VenueQuotes {
        VenueQuotes(
            venue: venue, quote: quote, bars: bars,
            answered: [
                OpeningRange(from: midnight, through: midnight + .hours(through), barLength: .hours(1))
            ])
    }

    /// Bars that move by `bps` up and down in turn, ending at 100 when the bar in question opens.
    private func earlier(_ count: Int64, moving bps: Double) -> [Bar] {
        (0..<count).map { index in
            bar(index - count, close: index % 2 == 0 ? 100 : 100 * (1 + bps / 10_000))
        }
    }

    private func verdict(_ quotes: [VenueQuotes], rules: PriceRules? = nil, earlier: [Bar] = [])
        -> PriceCrossCheck.Verdict
    {
        PriceCrossCheck(rules: rules ?? self.rules(), earlier: earlier).verdicts(symbol, [midnight], quotes)[0]
    }

    @Test("Two venues within the floor agree, and the preferred one's bar counts")
    func agree() {
        let first = bar(0, close: 100)
        let verdict = verdict([quotes(.binance, [first]), quotes(.kraken, [bar(0, close: 100.2)], quote: "USD")])
        #expect(verdict == .agreed(VenueBar(venue: .binance, bar: first), with: .kraken, nil))
    }

    @Test("Two venues apart with no third: the preferred one's bar is disputed, in words with numbers")
    func apart() {
        guard case .disputed(let counted, let disagreement) = verdict([
            quotes(.binance, [bar(0, close: 100)]), quotes(.kraken, [bar(0, close: 101)]),
        ]) else {
            Issue.record("no dispute")
            return
        }
        #expect(counted.venue == .binance)
        #expect(disagreement.counted == nil)
        #expect(
            disagreement.sentence
                == "BTC 2025-01-01T00:00:00Z: binance opened at 100.0 and closed at 100.0, kraken opened at 100.0 and "
                + "closed at 101.0; 100.0 bps apart, 30.0 allowed; nobody agrees: withdrawn")
    }

    @Test("Opens are compared like closes: signals are filled at them")
    func opens() {
        guard case .disputed = verdict([
            quotes(.binance, [bar(0, open: 100, close: 100)]), quotes(.kraken, [bar(0, open: 101, close: 100)]),
        ]) else {
            Issue.record("an open that lies was believed")
            return
        }
    }

    @Test("The majority of three counts, whoever of them lies", arguments: [0, 1, 2])
    func majority(liar: Int) {
        let venues: [Venue] = [.binance, .kraken, .okx]
        let all = venues.enumerated().map { index, venue in
            quotes(venue, [bar(0, close: index == liar ? 110 : 100 + Double(index) * 0.01)])
        }
        guard case .agreed(let counted, let other, let disagreement) = verdict(all) else {
            Issue.record("no majority")
            return
        }
        let honest = venues.indices.filter { $0 != liar }.map { venues[$0] }
        #expect([counted.venue, other] == honest)
        #expect(disagreement?.counted == honest[0])
        #expect(disagreement.map { $0.differenceBps > 900 } == true)
    }

    @Test("Three venues of three minds: the preferred one's bar is disputed")
    func threeMinds() {
        guard case .disputed(let counted, let disagreement) = verdict([
            quotes(.binance, [bar(0, close: 100)]), quotes(.kraken, [bar(0, close: 110)]),
            quotes(.okx, [bar(0, close: 120)]),
        ]) else {
            Issue.record("no dispute")
            return
        }
        #expect(counted.venue == .binance)
        #expect(disagreement.quotes.map(\.venue) == [.binance, .kraken, .okx])
    }

    @Test(
        "What is allowed follows the volatility before the bar, not below the floor",
        arguments: [(20.0, 1.0, 30.0), (100, 1, 148.26), (100, 0.5, 74.13), (100, 3, 444.78)])
    func allowed(bps: Double, sigmas: Double, expected: Double) {
        let before = earlier(201, moving: bps)
        for (difference, agrees) in [(expected * 0.97, true), (expected * 1.03, false)] {
            let other = bar(0, close: 100 * (1 + difference / 10_000))
            let verdict = verdict(
                [quotes(.binance, [bar(0, close: 100)]), quotes(.kraken, [other])], rules: rules(sigmas: sigmas),
                earlier: before)
            let isAgreed = if case .agreed = verdict { true } else { false }
            #expect(isAgreed == agrees, "\(difference) bps")
        }
    }

    @Test("One wild bar among those before does not excuse the next")
    func robust() {
        var before = earlier(201, moving: 20)
        before[150].close = 1_000
        let other = bar(0, close: 100.5)
        guard case .disputed = verdict(
            [quotes(.binance, [bar(0, close: 100)]), quotes(.kraken, [other])], earlier: before)
        else {
            Issue.record("believed")
            return
        }
    }

    @Test("With too few bars before, the narrower of the two bars' own ranges stands in")
    func ownRange() {
        // 300 bps of range are 180 bps of sigma; a difference of 120 bps is within them, if both bars are that wide.
        let wide = bar(0, close: 100, range: 0.03)
        let farWide = bar(0, close: 101.2, range: 0.03)
        guard case .agreed = verdict([quotes(.binance, [wide]), quotes(.kraken, [farWide])]) else {
            Issue.record("two wild bars disagree")
            return
        }
        guard case .disputed = verdict([quotes(.binance, [bar(0, close: 100)]), quotes(.kraken, [farWide])]) else {
            Issue.record("one wild bar excuses itself")
            return
        }
    }

    @Test("Bars of another length and returns over holes are no volatility")
    func referenceBars() {
        // 30 bars of 500 bps moves, each with a hole before it.
        let holed = (0..<30).map { bar($0 * 2 - 60, close: $0 % 2 == 0 ? 100 : 105) }
        let other = bar(0, close: 100.5)
        guard case .disputed = verdict(
            [quotes(.binance, [bar(0, close: 100)]), quotes(.kraken, [other])], earlier: holed)
        else {
            Issue.record("a hole counted as a return")
            return
        }
    }

    @Test("Venues that quote another currency are not compared")
    func currencies() {
        let first = bar(0, close: 100)
        #expect(
            verdict([quotes(.binance, [first]), quotes(.kraken, [bar(0, close: 93)], quote: "EUR")])
                == .single(VenueBar(venue: .binance, bar: first)))
        #expect(["USDT", "USDC", "USD", "EUR"].map(PriceCrossCheck.family) == ["USD", "USD", "USD", "EUR"])
    }

    @Test("Without the check, the preferred venue is believed")
    func unchecked() {
        let first = bar(0, close: 100)
        #expect(
            verdict([quotes(.binance, [first]), quotes(.kraken, [bar(0, close: 200)])], rules: rules(checked: false))
                == .single(VenueBar(venue: .binance, bar: first)))
    }

    @Test("Where nobody has a bar, it matters whether anybody said so")
    func absent() {
        #expect(verdict([quotes(.binance, [])]) == .absent(isAnswered: true))
        #expect(verdict([quotes(.binance, [], through: 0)]) == .absent(isAnswered: false))
        #expect(verdict([]) == .absent(isAnswered: false))
    }

    @Test("The difference of two prices is the same from both sides, and finite for all that are prices")
    func difference() {
        #expect(PriceCrossCheck.differenceBps(100, 101) == PriceCrossCheck.differenceBps(101, 100))
        #expect(abs(PriceCrossCheck.differenceBps(100, 101) - 100) < 1e-9)
        #expect(PriceCrossCheck.differenceBps(1e-300, 1e300).isFinite)
        guard case .disputed(_, let disagreement) = verdict([
            quotes(.binance, [bar(0, open: 1e-300, close: 1e-300)]),
            quotes(.kraken, [bar(0, open: 1e300, close: 1e300)]),
        ]) else {
            Issue.record("no dispute")
            return
        }
        #expect(disagreement.sentence.contains("over a trillion"))
    }

    @Test("Asked on is about what is missing, alone, or disputed by two; never about what is settled")
    func unsettled() {
        let check = PriceCrossCheck(rules: rules(), earlier: [])
        let openings = (0..<5).map { midnight + .hours(Int64($0)) }
        let first = quotes(
            .binance, [bar(0, close: 100), bar(1, close: 100), bar(2, close: 100), bar(3, close: 100)], through: 5)
        #expect(check.unsettled(symbol, openings, [first]) == openings)
        // 0 agreed, 1 disputed, 2 alone, 3 agreed, 4 missing.
        let second = quotes(.kraken, [bar(0, close: 100), bar(1, close: 120), bar(3, close: 100)], through: 5)
        #expect(check.unsettled(symbol, openings, [first, second]) == [openings[1], openings[2], openings[4]])
        // A third said nothing new: the dispute and the hole are still open, the bar that one has is taken.
        let third = quotes(.okx, [], through: 5)
        #expect(check.unsettled(symbol, openings, [first, second, third]) == [openings[1], openings[4]])
        let fourth = quotes(.bybit, [bar(1, close: 80)], through: 5)
        #expect(check.unsettled(symbol, openings, [first, second, third, fourth]) == [openings[4]])
        let alone = PriceCrossCheck(rules: rules(checked: false), earlier: [])
        #expect(alone.unsettled(symbol, openings, [first]) == [openings[4]])
    }

    @Test("Settled bars of the window are the volatility of those after them; disputed ones are not")
    func rolling() {
        let close: (Int64) -> Double = { $0 % 2 == 0 ? 100 : 102 }
        let bars = (0..<60).map { bar($0, open: close($0), close: close($0)) }
        var others = bars
        // 60 bps apart at the beginning, with nothing to judge by; and late, when the moves are known to be 200 bps.
        others[1].close *= 1.006
        others[50].close *= 1.006
        let verdicts = PriceCrossCheck(rules: rules(), earlier: []).verdicts(
            symbol, bars.map(\.openAt),
            [quotes(.binance, bars, through: 60), quotes(.kraken, others, through: 60)])
        let disputed = verdicts.indices.filter { if case .disputed = verdicts[$0] { true } else { false } }
        #expect(disputed == [1])
    }

    @Test("However many bars a venue lies about, its lies do not widen what is allowed")
    func manyLies() {
        // 150 bars that jump by half, against a venue that stands still; then one that is 60 bps off.
        let lies = (0..<150).map { bar($0, close: $0 % 2 == 0 ? 150 : 100) }
        let truths = (0..<150).map { bar($0, close: $0 % 2 == 0 ? 100 : 150) }
        let verdicts = PriceCrossCheck(rules: rules(), earlier: earlier(40, moving: 20)).verdicts(
            symbol, (0..<151).map { midnight + .hours($0) },
            [
                quotes(.binance, lies + [bar(150, close: 100)], through: 151),
                quotes(.kraken, truths + [bar(150, close: 100.6)], through: 151),
            ])
        let disputed = verdicts.count { if case .disputed = $0 { true } else { false } }
        #expect(disputed == 151)
    }
}
