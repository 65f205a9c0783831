import Domain
import Operation
import PriceShelf
import Testing

/// What is stored of what venues answered, and as of when it is known.
struct PriceIntakeTests {
    private let midnight = Timestamp(seconds: 1_735_689_600)
    private let symbol = Samples.symbol("BTC")

    private func rules(checked: Bool = true) -> PriceRules {
        PriceRules(barLength: .hours(1), history: .hours(12), isCrossChecked: checked)
    }

    private func shelf(at now: Timestamp) -> InMemoryPriceLedger {
        let shelf = InMemoryPriceLedger(now: now)
        shelf.with { state in
            state.needs = [PriceNeed(symbol: symbol, firstSignalAt: midnight, lastCloseAt: midnight + .days(40))]
        }
        return shelf
    }

    private func bar(_ opening: Timestamp, close: Double = 100) -> Bar {
        Bar(
            openAt: opening, closeAt: opening + .hours(1), open: 100, high: max(100, close), low: min(100, close),
            close: close, volume: nil)
    }

    /// All that a venue has, for whatever a window asks.
    private func quotes(
        _ venue: Venue, _ window: PriceWindow, without: Set<Timestamp> = [], close: Double = 100
    ) -> VenueQuotes {
        let bars = window.hull.openings.filter { !without.contains($0) }.map { bar($0, close: close) }
        return VenueQuotes(venue: venue, quote: "USDT", bars: bars, answered: [window.hull])
    }

    /// One look, through to its end, with what venues answer to each window.
    @discardableResult
    private func look(
        _ shelf: InMemoryPriceLedger, checked: Bool = true, from: Timestamp? = nil, through: Timestamp? = nil,
        answer: (PriceWindow) -> [VenueQuotes]
    ) throws -> [PriceIntake.Stored] {
        let intake = shelf.intake(rules(checked: checked))
        var results: [PriceIntake.Stored] = []
        for need in try intake.log.needs() {
            guard let look = try intake.look(at: need, from: from, through: through) else { continue }
            guard !look.missing.isEmpty else {
                try intake.finishQuiet(look)
                continue
            }
            var end = PriceIntake.LookEnd(venue: nil, unanswered: [])
            let windows = PriceWindow.windows(of: look.missing)
            for (index, window) in windows.enumerated() {
                let quotes = answer(window)
                let stored = try intake.store(
                    window, of: look, quotes: quotes, isConclusive: true,
                    end: index == windows.count - 1 ? end : nil)
                results.append(stored)
                end.unanswered += stored.unanswered
                end.venue = PriceIntake.answering(quotes) ?? end.venue
            }
        }
        return results
    }

    private func both(_ window: PriceWindow) -> [VenueQuotes] { [quotes(.binance, window), quotes(.kraken, window)] }

    @Test("After a look is stored, a second plan at the same moment asks nothing, gaps or not", arguments: 0..<40)
    func idempotent(seed: Int) throws {
        var random = SmallRandom(seed: UInt64(seed))
        let shelf = shelf(at: midnight + .hours(30) + .minutes(1))
        let missing = Set((-12..<30).map { midnight + .hours($0) }.filter { _ in random.next(3) == 0 })
        try look(shelf) { window in
            [quotes(.binance, window, without: missing), quotes(.kraken, window, without: missing)]
        }
        let need = try #require(try shelf.log.needs().first)
        let again = try #require(try shelf.intake(rules()).look(at: need))
        #expect(again.missing.isEmpty, "seed \(seed)")
        #expect(shelf.bars(symbol).count == 42 - missing.count, "seed \(seed)")
        #expect(
            Set(try shelf.log.gaps(symbol).flatMap { $0.range.openings }) == missing, "seed \(seed)")
    }

    @Test("What is there at the first look is history, known when it closed, and attested by nobody")
    func firstLook() throws {
        let now = midnight + .hours(5) + .minutes(1)
        let shelf = shelf(at: now)
        try look(shelf, answer: both)
        let stamps = shelf.stamps(symbol)
        #expect(stamps.count == 17)
        #expect(stamps.values.allSatisfy { $0.attestation == .unattested && $0.knownAt == $0.fact.eventAt })
        let watch = try #require(try shelf.log.watch(symbol))
        #expect(watch.firstLookedAt == now)
        #expect(watch.lookedAt == now)
    }

    @Test("A bar that closes while we watch is known when it is recorded, and attested")
    func live() throws {
        let shelf = shelf(at: midnight + .hours(5) + .minutes(1))
        try look(shelf, answer: both)
        let now = midnight + .hours(6) + .minutes(2)
        shelf.with { $0.now = now }
        try look(shelf, answer: both)
        let stamp = try #require(shelf.stamps(symbol)[midnight + .hours(5)])
        #expect(stamp.attestation == .attested)
        #expect(stamp.knownAt == now)
    }

    @Test("Recorded time never runs back with the clock")
    func clockSetBack() throws {
        let shelf = shelf(at: midnight + .hours(5) + .minutes(1))
        try look(shelf, answer: both)
        let last = midnight + .hours(9)
        shelf.with { state in
            state.now = midnight + .hours(6) + .minutes(2)
            state.lastRecordedAt = last
        }
        try look(shelf, answer: both)
        #expect(shelf.stamps(symbol)[midnight + .hours(5)]?.knownAt == last)
    }

    @Test("A clock that was ahead at the first look and is set right leaves a look that was not later than the next")
    func firstLookAhead() throws {
        let shelf = shelf(at: midnight + .hours(9) + .minutes(1))
        try look(shelf) { window in
            let known = window.hull.openings.filter { $0 < midnight + .hours(5) }
            let answered = OpeningRange(
                from: window.hull.from, through: midnight + .hours(5), barLength: window.hull.barLength)
            return [
                VenueQuotes(venue: .binance, quote: "USDT", bars: known.map { bar($0) }, answered: [answered])
            ]
        }
        let now = midnight + .hours(6) + .minutes(2)
        shelf.with { $0.now = now }
        try look(shelf, answer: both)
        let watch = try #require(shelf.with { $0.watches[symbol] })
        #expect(watch.firstLookedAt == now && watch.lookedAt == now)
    }

    @Test("After a day and more without a look, what closed meanwhile is history; what closes later is live again")
    func downtime() throws {
        let shelf = shelf(at: midnight + .hours(5) + .minutes(1))
        try look(shelf, answer: both)
        shelf.with { $0.now = midnight + .hours(32) }
        try look(shelf, answer: both)
        let stamps = shelf.stamps(symbol)
        #expect(stamps[midnight + .hours(20)]?.attestation == .unattested)
        #expect(stamps[midnight + .hours(20)]?.knownAt == midnight + .hours(21))
        shelf.with { $0.now = midnight + .hours(33) + .minutes(1) }
        try look(shelf, answer: both)
        #expect(shelf.stamps(symbol)[midnight + .hours(32)]?.attestation == .attested)
    }

    @Test("A night without a look is caught up as live knowledge: known now, never in the past")
    func shortDowntime() throws {
        let shelf = shelf(at: midnight + .hours(5))
        try look(shelf, answer: both)
        let now = midnight + .hours(31)
        shelf.with { $0.now = now }
        try look(shelf, answer: both)
        let caughtUp = (5..<31).map { shelf.stamps(symbol)[midnight + .hours($0)] }
        #expect(caughtUp.allSatisfy { $0?.knownAt == now && $0?.attestation == .attested })
    }

    @Test("A gap in a watched stretch that is filled later is news of that day, even after a downtime")
    func gapFilled() throws {
        let shelf = shelf(at: midnight + .hours(5) + .minutes(1))
        try look(shelf, answer: both)
        let hole = midnight + .hours(5)
        shelf.with { $0.now = midnight + .hours(6) + .minutes(1) }
        try look(shelf) { [quotes(.binance, $0, without: [hole]), quotes(.kraken, $0, without: [hole])] }
        #expect(shelf.bars(symbol).count == 17)
        let late = midnight + .days(4)
        shelf.with { $0.now = late }
        try look(shelf, answer: both)
        let stamps = shelf.stamps(symbol)
        #expect(stamps[hole]?.knownAt == late)
        #expect(stamps[hole]?.attestation == .attested)
        // Nobody watched after the last look: that is history.
        #expect(stamps[midnight + .hours(50)]?.attestation == .unattested)
        #expect(try shelf.log.gaps(symbol).isEmpty)
    }

    @Test("Killed between any two stores, the next look stores the rest, and nothing is stamped as seen that was not")
    func killed() throws {
        let now = midnight + .hours(2_400)
        let whole = shelf(at: now)
        whole.with { $0.needs[0].firstSignalAt = midnight - .hours(400) }
        let missing: Set<Timestamp> = [midnight, midnight + .hours(1_200)]
        let unchecked: Set<Timestamp> = [midnight + .hours(2_000)]
        // The first look has three windows of 2,812 openings in all, the last with marks of two kinds.
        let answer: (PriceWindow) -> [VenueQuotes] = { window in
            [quotes(.binance, window, without: missing), quotes(.kraken, window, without: missing.union(unchecked))]
        }
        whole.with { $0.needs[0].lastCloseAt = nil }
        try look(whole, answer: answer)
        let storeCount = whole.with { $0.stores.count }
        #expect(storeCount >= 3)
        for survived in 0..<storeCount {
            let shelf = shelf(at: now)
            shelf.with { state in
                state.needs = whole.with { $0.needs }
                state.storesLeft = survived
            }
            #expect(throws: InMemoryPriceLedger.Failure.interrupted) { try look(shelf, answer: answer) }
            #expect(try shelf.log.watch(symbol) == nil, "a look that was not finished is none")
            shelf.with { $0.storesLeft = nil }
            try look(shelf, answer: answer)
            #expect(shelf.stamps(symbol).mapValues(\.knownAt) == whole.stamps(symbol).mapValues(\.knownAt))
            #expect(try shelf.log.gaps(nil) == whole.log.gaps(nil), "after \(survived) stores")
            #expect(try shelf.log.watch(symbol) == whole.log.watch(symbol))
            #expect(shelf.bars(symbol).count == Set(shelf.bars(symbol).map(\.openAt)).count)
        }
    }

    @Test("Sources name the venue and its check; one that nobody checked is marked")
    func marks() throws {
        let shelf = shelf(at: midnight + .hours(6))
        let onlyKraken = midnight + .hours(1)
        let onlyBinance = midnight + .hours(2)
        let results = try look(shelf) { window in
            [quotes(.binance, window, without: [onlyKraken]), quotes(.kraken, window, without: [onlyBinance])]
        }
        #expect(
            shelf.barCountsBySource == [
                "binance, checked by kraken": 16, "binance, unchecked": 1, "kraken, unchecked": 1,
            ])
        #expect(results.map(\.checkedCount) == [16])
        #expect(results.map(\.uncheckedCount) == [2])
        #expect(results[0].bars == [.binance: 17, .kraken: 1])
    }

    @Test(
        "A bar nobody agrees on is stored and withdrawn at once: at no moment is it a price", arguments: [true, false])
    func withdrawn(isHistory: Bool) throws {
        let shelf = shelf(at: midnight + .hours(6))
        if !isHistory {
            try look(shelf, answer: both)
            shelf.with { $0.now = midnight + .hours(7) + .minutes(1) }
        }
        let lie = midnight + .hours(isHistory ? 3 : 6)
        let results = try look(shelf) { window in
            var other = quotes(.kraken, window)
            other.bars = other.bars.map { $0.openAt == lie ? bar(lie, close: 120) : $0 }
            return [quotes(.binance, window), other]
        }
        #expect(results.map(\.withdrawnCount) == [1])
        let withdrawal = try #require(shelf.withdrawals.first)
        let stamp = try #require(shelf.stamps(symbol)[lie])
        #expect(withdrawal.at == stamp.knownAt)
        #expect(withdrawal.openAt == lie)
        #expect(withdrawal.reason.contains("kraken opened at 100.0 and closed at 120.0"))
        let stored = shelf.with { state in
            state.facts.filter { if case .barWithdrawal = $0.fact { true } else { false } }
        }
        #expect(stored.map(\.knownAt) == [stamp.knownAt])
        #expect(stored.map(\.attestation) == [isHistory ? .unattested : .attested])
        #expect(try shelf.log.newestBars(symbol, midnight + .hours(8), 100).allSatisfy { $0.openAt != lie })
        #expect(shelf.barCountsBySource["binance, disputed by kraken"] == 1)
        // The opening is held: it is not asked for again, and no later answer of the liar's stands in for it.
        let need = try #require(try shelf.log.needs().first)
        #expect(try shelf.intake(rules()).look(at: need)?.missing == [])
    }

    @Test("What another process stored meanwhile is not stored again")
    func beside() throws {
        let shelf = shelf(at: midnight + .hours(6))
        let intake = shelf.intake(rules())
        let need = try #require(try shelf.log.needs().first)
        let look = try #require(try intake.look(at: need))
        let window = try #require(PriceWindow.windows(of: look.missing).first)
        try self.look(shelf, answer: both)
        let stored = try intake.store(window, of: look, quotes: both(window), isConclusive: true)
        #expect(stored.counts.lines == 0)
        #expect(shelf.bars(symbol).count == 18)
    }

    @Test("Bars that come from a file end the gap they lie in, wholly or in part", arguments: [1, 3])
    func filledElsewhere(count: Int64) throws {
        let shelf = shelf(at: midnight + .hours(6))
        let hole = (1..<4).map { midnight + .hours($0) }
        let answer: (PriceWindow) -> [VenueQuotes] = { window in
            [quotes(.binance, window, without: Set(hole)), quotes(.kraken, window, without: Set(hole))]
        }
        try look(shelf, answer: answer)
        #expect(try shelf.log.gaps(symbol).map(\.range.openings) == [hole])
        let bars = hole.prefix(Int(count)).map { bar($0) }
        shelf.with { state in
            state.facts += bars.map { bar in
                StampedFact(
                    fact: .bar(symbol, bar), knownAt: bar.closeAt, attestation: .unattested, lineNumber: 1)
            }
        }
        try look(shelf, answer: answer)
        #expect(try shelf.log.gaps(symbol).flatMap { $0.range.openings } == Array(hole.dropFirst(Int(count))))
    }

    @Test("Answers of nobody change nothing: no bar, no gap, no look")
    func nobody() throws {
        let shelf = shelf(at: midnight + .hours(6))
        let results = try look(shelf) { _ in
            [VenueQuotes(venue: .binance, quote: "USDT", bars: [], answered: [], isWhole: false)]
        }
        #expect(results.map(\.unanswered.count) == [18])
        #expect(shelf.with { $0.stores.isEmpty })
    }

    @Test("A look reaches to the first opening left unanswered since the last one; older ones do not matter")
    func leftOut() throws {
        let shelf = shelf(at: midnight + .hours(6))
        let hole = midnight + .hours(2)
        let partial: (Timestamp) -> (PriceWindow) -> [VenueQuotes] = { silent in
            { window in
                var quotes = quotes(.binance, window, without: [silent])
                quotes.answered = window.hull.subtracting(openings: [silent])
                return [quotes]
            }
        }
        // At the first look everything is history anyway.
        try look(shelf, answer: partial(hole))
        #expect(try shelf.log.watch(symbol)?.lookedAt == midnight + .hours(6))
        shelf.with { $0.now = midnight + .hours(8) }
        try look(shelf, answer: partial(hole))
        #expect(try shelf.log.watch(symbol)?.lookedAt == midnight + .hours(8))
        shelf.with { $0.now = midnight + .hours(10) }
        try look(shelf, answer: partial(midnight + .hours(9)))
        #expect(try shelf.log.watch(symbol)?.lookedAt == midnight + .hours(10) - Span(milliseconds: 1))
        shelf.with { $0.now = midnight + .hours(14) }
        try look(shelf) { window in
            var quotes = quotes(.binance, window, without: [midnight + .hours(12)])
            quotes.answered = window.hull.subtracting(openings: [midnight + .hours(12)])
            return [quotes]
        }
        #expect(try shelf.log.watch(symbol)?.lookedAt == midnight + .hours(13) - Span(milliseconds: 1))
    }

    @Test("Bars are live where every look comes too early for the newest of them, for days")
    func alwaysEarly() throws {
        let shelf = shelf(at: midnight + .hours(5))
        for hour in Int64(5)...60 {
            shelf.with { $0.now = midnight + .hours(hour) }
            try look(shelf) { window in
                let newest = midnight + .hours(hour - 1)
                var quotes = quotes(.binance, window, without: [newest])
                quotes.answered = window.hull.subtracting(openings: [newest])
                return [quotes]
            }
        }
        let stamp = try #require(shelf.stamps(symbol)[midnight + .hours(50)])
        #expect(stamp.attestation == .attested)
        #expect(stamp.knownAt == midnight + .hours(52))
    }

    @Test("A hole from before the first look that is filled while we watch is history all the same")
    func oldHoleFilled() throws {
        let shelf = shelf(at: midnight + .hours(6))
        let hole = midnight + .hours(2)
        try look(shelf) { [quotes(.binance, $0, without: [hole]), quotes(.kraken, $0, without: [hole])] }
        shelf.with { $0.now = midnight + .hours(7) + .minutes(1) }
        try look(shelf, answer: both)
        let stamp = try #require(shelf.stamps(symbol)[hole])
        #expect(stamp.knownAt == hole + .hours(1))
        #expect(stamp.attestation == .unattested)
    }
}
