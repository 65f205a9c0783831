import Domain
import MarketData
import Operation
import PriceShelf
import Testing

/// From what venues answer to what the ledger holds.
struct PriceFeedTests {
    private let midnight = Timestamp(seconds: 1_735_689_600)

    private func symbol(_ name: String) -> Symbol {
        guard let symbol = Symbol(name) else { preconditionFailure("Invariant: \(name) is a symbol") }
        return symbol
    }

    private var bitcoin: Symbol { symbol("BTC") }

    private func shelf(_ names: [String] = ["BTC"]) -> InMemoryPriceLedger {
        let shelf = InMemoryPriceLedger(now: midnight + .hours(30) + .minutes(1))
        shelf.with { state in
            state.needs = names.map {
                PriceNeed(symbol: symbol($0), firstSignalAt: midnight, lastCloseAt: midnight + .hours(48))
            }
        }
        return shelf
    }

    /// The openings from the history's beginning through the last closed bar.
    private var openings: [Timestamp] { (-24..<30).map { midnight + .hours($0) } }

    private func opening(_ hour: Int64) -> Timestamp { midnight + .hours(hour) }

    // MARK: Answers

    @Test("Everything missing is fetched from the preferred venue, checked by the next, and asked for once")
    func whole() async throws {
        let shelf = shelf()
        let venues = [ScriptedVenue(.binance), ScriptedVenue(.kraken), ScriptedVenue(.okx)]
        let feed = shelf.feed(venues.map(\.source))
        let summary = try await feed.run()
        #expect(shelf.bars(bitcoin) == openings.map(ScriptedVenue.honest))
        #expect(shelf.with { $0.sources } == ["binance, checked by kraken"])
        #expect(summary.checkedCount == 54)
        #expect(summary.bars == [.init(venue: .binance, count: 54)])
        #expect(summary.openGapCount == 0)
        #expect(!summary.isFailure)
        #expect(summary.standings.map(\.newestCloseAt) == [opening(30)])
        #expect(venues[2].asked.isEmpty)
        let again = try await feed.run()
        #expect(again.askedCount == 0)
        #expect(venues.map(\.asked.count) == [1, 1, 0])
    }

    @Test("Pages as short as a venue's are put together")
    func pages() async throws {
        let shelf = shelf()
        let binance = ScriptedVenue(.binance) { $0.candlesPerPage = 7 }
        let kraken = ScriptedVenue(.kraken) { $0.candlesPerPage = 10 }
        let summary = try await shelf.feed([binance.source, kraken.source]).run()
        #expect(summary.checkedCount == 54)
        #expect(binance.asked.count == 8)
        #expect(kraken.asked.count == 6)
    }

    @Test("A venue that fails is left for the next, and told of in words")
    func failing() async throws {
        let shelf = shelf()
        let binance = ScriptedVenue(.binance) { script in
            script.failure = { _ in .unreachable(.binance, "no answer within 10000 ms") }
        }
        let summary = try await shelf.feed([
            binance.source, ScriptedVenue(.kraken).source, ScriptedVenue(.okx).source,
        ]).run()
        #expect(shelf.with { $0.sources } == ["kraken, checked by okx"])
        #expect(summary.venueTroubles == [
            .init(venue: .binance, text: "binance: no answer within 10000 ms", count: 1),
        ])
        #expect(!summary.isFailure)
    }

    @Test("A venue that fails in the middle is believed as far as it went")
    func failingLater() async throws {
        let shelf = shelf()
        let cut = opening(0)
        let binance = ScriptedVenue(.binance) { script in
            script.candlesPerPage = 24
            script.failure = { $0.from >= cut ? .limited(.binance, retryAfter: .minutes(5)) : nil }
        }
        let summary = try await shelf.feed([
            binance.source, ScriptedVenue(.kraken).source, ScriptedVenue(.okx).source,
        ]).run()
        #expect(shelf.bars(bitcoin).count == 54)
        #expect(shelf.with { $0.sources } == ["binance, checked by kraken", "kraken, checked by okx"])
        #expect(summary.bars == [.init(venue: .binance, count: 24), .init(venue: .kraken, count: 30)])
    }

    @Test("Where every venue fails nothing is stored, no gap is made, the run has failed, and the next one asks again")
    func allFail() async throws {
        let shelf = shelf()
        let venues = [Venue.binance, .kraken].map { venue in
            ScriptedVenue(venue) { $0.failure = { _ in .circuitOpen(venue, until: Timestamp(seconds: 0)) } }
        }
        let feed = shelf.feed(venues.map(\.source))
        let summary = try await feed.run()
        #expect(summary.isFailure)
        #expect(summary.unansweredCount == 54)
        #expect(shelf.bars(bitcoin).isEmpty)
        #expect(shelf.with { $0.gaps }.isEmpty)
        #expect(shelf.with { $0.watches }.isEmpty)
        for venue in venues { venue.change { $0.failure = nil } }
        #expect(try await feed.run().checkedCount == 54)
    }

    @Test("What the first venue lacks is asked of the next, what no venue has is a gap, and both are told")
    func lacking() async throws {
        let shelf = shelf()
        let (lacking, nowhere) = (opening(3), opening(7))
        let binance = ScriptedVenue(.binance) { script in
            script.bar = { $0 == lacking || $0 == nowhere ? nil : ScriptedVenue.honest($0) }
        }
        let others = [Venue.kraken, .okx].map { venue in
            ScriptedVenue(venue) { $0.bar = { $0 == nowhere ? nil : ScriptedVenue.honest($0) } }
        }
        let summary = try await shelf.feed([binance.source] + others.map(\.source)).run()
        #expect(Set(shelf.with { $0.sources }) == ["binance, checked by kraken", "kraken, checked by okx"])
        let gap = try #require(shelf.with { $0.gaps }.first)
        #expect(gap.range.openings == [nowhere])
        #expect(gap.reason == "no bar at binance, kraken, okx")
        #expect(summary.openGapCount == 1)
        #expect(summary.missingBarCount == 1)
        // The third was asked only for what was open: from the bar that one had to the one nobody had.
        #expect(others[1].asked.map(\.openings) == [[opening(3), opening(4), opening(5), opening(6), opening(7)]])
    }

    @Test("A venue that lags does not make a gap of what just closed; the next one has it")
    func lagging() async throws {
        let shelf = shelf()
        let through = opening(29)
        let binance = ScriptedVenue(.binance) { $0.knowsThrough = through }
        let alone = shelf.feed([binance.source])
        let first = try await alone.run()
        #expect(shelf.bars(bitcoin).count == 53)
        #expect(shelf.with { $0.gaps }.isEmpty)
        #expect(first.unansweredCount == 1)
        #expect(first.venueTroubles.isEmpty)
        let second = try await alone.run()
        #expect(!second.isFailure, "too early is no failure")
        _ = try await shelf.feed([binance.source, ScriptedVenue(.kraken).source]).run()
        #expect(shelf.bars(bitcoin).count == 54)
        #expect(shelf.with { $0.sources }.last == "kraken, unchecked")
    }

    @Test("A venue that keeps nothing so old is asked for the rest, the next one for what is older")
    func outOfReach() async throws {
        let shelf = shelf()
        let earliest = opening(10) + .minutes(20)
        let kraken = ScriptedVenue(.kraken) { script in
            script.failure = { $0.from < earliest ? .outOfReach(.kraken, earliest: earliest) : nil }
        }
        let summary = try await shelf.feed([kraken.source, ScriptedVenue(.binance).source], checked: false).run()
        #expect(shelf.bars(bitcoin).count == 54)
        #expect(summary.bars == [.init(venue: .binance, count: 35), .init(venue: .kraken, count: 19)])
        #expect(summary.venueTroubles.isEmpty)
    }

    @Test("Bars that were not asked for, are not closed, or are impossible never reach the ledger")
    func impossible() async throws {
        let shelf = shelf()
        let now = shelf.with { $0.now }
        let source = CandleSource(
            venue: .binance,
            instrument: { symbol throws(VenueFailure) in
                Instrument(venue: .binance, id: "X", base: symbol.name, quote: "USDT", state: .trading)
            },
            page: { _, range throws(VenueFailure) in
                var bars = range.openings.map(ScriptedVenue.honest)
                bars[0].openAt = range.from - .hours(1)
                bars[1].closeAt = bars[1].closeAt + .hours(1)
                bars[2].close = .nan
                bars[3].low = -1
                bars[4].high = bars[4].low / 2
                bars[5].openAt = bars[5].openAt + .minutes(1)
                bars[6].volume = .infinity
                bars.append(bars[10])
                bars.append(ScriptedVenue.honest(range.through))
                return CandlePage(bars: bars.reversed(), answeredThrough: range.through + .days(9))
            })
        let summary = try await shelf.feed([source]).run()
        #expect(shelf.bars(bitcoin) == openings.dropFirst(7).map(ScriptedVenue.honest))
        #expect(shelf.bars(bitcoin).allSatisfy { $0.closeAt <= now })
        #expect(summary.venueTroubles.map(\.text) == [
            "binance: 9 bars refused: not asked for, not closed, or impossible",
        ])
    }

    // MARK: Lies

    @Test("A venue that lies is outvoted, whichever it is, and the lie is told", arguments: [0, 1])
    func outvoted(liar: Int) async throws {
        let shelf = shelf()
        let lie = opening(5)
        let venues = [Venue.binance, .kraken, .okx].enumerated().map { index, venue in
            ScriptedVenue(venue) { script in
                if index == liar { script.bar = { $0 == lie ? ScriptedVenue.lie($0) : ScriptedVenue.honest($0) } }
            }
        }
        let summary = try await shelf.feed(venues.map(\.source)).run()
        #expect(shelf.bars(bitcoin) == openings.map(ScriptedVenue.honest))
        #expect(shelf.withdrawals.isEmpty)
        #expect(summary.disagreements.map(\.openAt) == [lie])
        #expect(summary.disagreements.map(\.counted) == [liar == 0 ? .kraken : .binance])
        #expect(venues[2].asked.map(\.openings) == [[lie]])
    }

    @Test("With nobody to arbitrate the bar is withdrawn, and the report's words name both prices")
    func withdrawn() async throws {
        let shelf = shelf()
        let lie = opening(5)
        let kraken = ScriptedVenue(.kraken) { script in
            script.bar = { $0 == lie ? ScriptedVenue.lie($0) : ScriptedVenue.honest($0) }
        }
        let summary = try await shelf.feed([ScriptedVenue(.binance).source, kraken.source]).run()
        #expect(shelf.withdrawals.map(\.openAt) == [lie])
        #expect(summary.withdrawnCount == 1)
        #expect(summary.detail.contains("1 disagreement, 1 withdrawn"))
        #expect(shelf.withdrawals[0].reason.contains("closed at 106.0"))
        let feed = shelf.feed([kraken.source])
        #expect(try await feed.price(of: bitcoin, at: opening(6)).closeAt == opening(5))
    }

    @Test("Whatever order the answers come in, the same is stored, byte for byte", arguments: 0..<12)
    func shuffledAnswers(seed: Int) async throws {
        let run = { (turns: [Int]) async throws -> String in
            let shelf = shelf(["BTC", "ETH"])
            let (lie, hole) = (opening(5), opening(9))
            let venues = [Venue.binance, .coinbase, .kraken, .okx].enumerated().map { index, venue in
                ScriptedVenue(venue) { script in
                    script.turns = turns[index]
                    script.candlesPerPage = 20
                    script.bar = { time in
                        if time == hole, index < 2 { return nil }
                        return time == lie && index == 1 ? ScriptedVenue.lie(time) : ScriptedVenue.honest(time)
                    }
                }
            }
            _ = try await shelf.feed(venues.map(\.source)).run()
            return shelf.transcript
        }
        let calm = try await run([0, 0, 0, 0])
        let shuffled = try await run([seed * 7 % 11, seed * 5 % 13, seed * 3 % 7, seed % 5])
        #expect(calm == shuffled, "seed \(seed)")
        #expect(calm.contains("coinbase"))
    }

    // MARK: Symbols

    @Test("A symbol that nobody lists is an error with suggestions; the others go on")
    func unknown() async throws {
        let shelf = shelf(["BITCOIN", "BTC"])
        let bitcoinOnly = ScriptedVenue(.binance) { script in
            script.instrument = { (symbol: Symbol) throws(VenueFailure) -> Instrument in
                guard symbol.name == "BTC" else { throw .unknownSymbol(symbol, .binance, suggestions: ["BTC"]) }
                return Instrument(venue: .binance, id: "BTCUSDT", base: "BTC", quote: "USDT", state: .trading)
            }
        }
        let summary = try await shelf.feed([bitcoinOnly.source]).run()
        #expect(summary.symbolTroubles == [
            .init(symbol: symbol("BITCOIN"), text: "no venue lists it; the nearest: BTC"),
        ])
        #expect(shelf.bars(bitcoin).count == 54)
        #expect(!summary.isFailure)
    }

    @Test("A symbol watched once that no venue lists any more is delisted, and keeps its last price")
    func vanished() async throws {
        let shelf = shelf()
        let binance = ScriptedVenue(.binance)
        let feed = shelf.feed([binance.source])
        _ = try await feed.run()
        binance.listsNothing()
        shelf.with { $0.now = $0.now + .hours(3) }
        let summary = try await feed.run()
        #expect(summary.standings.map(\.state) == [.delisted])
        #expect(summary.standings.map(\.lastPrice) == [ScriptedVenue.honest(opening(29)).close])
        #expect(summary.symbolTroubles.isEmpty)
        binance.lists()
        shelf.with { $0.now = $0.now + .hours(1) }
        #expect(try await feed.run().standings.map(\.state) == [.trading])
        #expect(shelf.bars(bitcoin).count == 58)
    }

    @Test("A list that could not be read delists nobody")
    func listDown() async throws {
        let shelf = shelf()
        let binance = ScriptedVenue(.binance)
        let feed = shelf.feed([binance.source])
        _ = try await feed.run()
        binance.change { script in
            script.instrument = { (_: Symbol) throws(VenueFailure) -> Instrument in
                throw VenueFailure.unreachable(.binance, "status 503")
            }
        }
        shelf.with { $0.now = $0.now + .hours(3) }
        let summary = try await feed.run()
        #expect(summary.standings.map(\.state) == [.trading])
        #expect(summary.isFailure)
        #expect(summary.symbolTroubles.count == 1)
    }

    @Test("A venue that refuses its list delists nobody, and keeps neither gaps nor the other venues' word waiting")
    func listRefused() async throws {
        let shelf = shelf()
        let (binance, kraken) = (ScriptedVenue(.binance), ScriptedVenue(.kraken))
        let hole = opening(-20)
        kraken.change { script in script.bar = { $0 == hole ? nil : ScriptedVenue.honest($0) } }
        binance.change { script in
            script.instrument = { (_: Symbol) throws(VenueFailure) -> Instrument in
                throw VenueFailure.refused(.binance, "status 451")
            }
        }
        let feed = shelf.feed([binance.source, kraken.source])
        #expect(try await feed.run().barCount == 53)
        shelf.with { $0.now = $0.now + .hours(2) }
        _ = try await feed.run()
        #expect(shelf.with { $0.gaps.map(\.attempts) } == [2])
        kraken.listsNothing()
        shelf.with { $0.now = $0.now + .hours(3) }
        let summary = try await feed.run()
        #expect(summary.standings.map(\.state) == [.trading])
        #expect(summary.symbolTroubles.map(\.text) == ["no venue that answers lists it"])
        #expect(summary.venueTroubles.map(\.text) == ["binance: status 451"])
        #expect(!summary.isFailure)
        #expect(try await shelf.feed([binance.source]).run().isFailure)
    }

    @Test("A venue without bars of that length is told of, and gaps do not wait for it")
    func otherLength() async throws {
        let shelf = shelf()
        let (binance, coinbase) = (ScriptedVenue(.binance), ScriptedVenue(.coinbase))
        let hole = opening(-20)
        binance.change { script in script.bar = { $0 == hole ? nil : ScriptedVenue.honest($0) } }
        coinbase.change { script in script.failure = { _ in .unsupportedBarLength(.hours(1), .coinbase) } }
        let feed = shelf.feed([binance.source, coinbase.source])
        _ = try await feed.run()
        shelf.with { $0.now = $0.now + .hours(2) }
        let summary = try await feed.run()
        #expect(summary.venueTroubles.map(\.text) == ["coinbase has no bars of 60 minutes"])
        #expect(shelf.with { $0.gaps.map(\.attempts) } == [2])
    }

    @Test("The symbol with the least missing comes first, whatever the names")
    func leastFirst() async throws {
        let shelf = shelf(["ADA", "BTC"])
        shelf.with { $0.needs[0].firstSignalAt = midnight - .days(40) }
        let shown = ProgressLog()
        _ = try await shelf.feed([ScriptedVenue(.binance).source]).run { shown.add($0.asked) }
        #expect(shown.values == [54, 1_014, 1_014])
    }

    @Test("A delisted instrument is asked for its history once, and not beyond its end")
    func delisted() async throws {
        let shelf = shelf()
        let end = opening(10)
        let binance = ScriptedVenue(.binance) { script in
            script.bar = { $0 < end ? ScriptedVenue.honest($0) : nil }
        }
        binance.lists(.delisted)
        let feed = shelf.feed([binance.source])
        _ = try await feed.run()
        #expect(shelf.bars(bitcoin).count == 34)
        #expect(shelf.with { $0.gaps }.isEmpty, "after its end nothing is missing")
        let asked = binance.asked.count
        shelf.with { $0.now = $0.now + .hours(5) }
        let summary = try await feed.run()
        #expect(binance.asked.count == asked)
        #expect(summary.standings.map(\.state) == [.delisted])
    }

    @Test("Halted at one venue and traded at another, it is traded, and the one that trades it comes first")
    func halted() async throws {
        let shelf = shelf()
        let (binance, kraken) = (ScriptedVenue(.binance), ScriptedVenue(.kraken))
        binance.lists(.halted)
        let summary = try await shelf.feed([binance.source, kraken.source]).run()
        #expect(summary.standings.map(\.state) == [.trading])
        #expect(shelf.with { $0.sources } == ["kraken, checked by binance"])
        let onlyHalted = self.shelf()
        #expect(try await onlyHalted.feed([binance.source]).run().standings.map(\.state) == [.halted])
    }

    @Test("Bars in another currency are never mixed in")
    func currency() async throws {
        let shelf = shelf()
        let (kraken, bitstamp) = (ScriptedVenue(.kraken), ScriptedVenue(.bitstamp))
        kraken.lists(quote: "EUR")
        let summary = try await shelf.feed([kraken.source]).run()
        #expect(summary.symbolTroubles.map(\.text) == ["listed only as BTC/EUR"])
        #expect(shelf.bars(bitcoin).isEmpty)
        bitstamp.lists(quote: "USD")
        _ = try await shelf.feed([kraken.source, bitstamp.source]).run()
        #expect(shelf.with { $0.sources } == ["bitstamp, unchecked"])
        #expect(kraken.asked.isEmpty)
        let euros = self.shelf()
        _ = try await euros.feed([kraken.source], quotes: ["EUR", "USDT"]).run()
        #expect(euros.bars(bitcoin).count == 54)
    }

    @Test("A symbol that no venue lists and a file has prices of is no trouble")
    func elsewhere() async throws {
        let shelf = shelf()
        let bar = ScriptedVenue.honest(opening(0))
        shelf.with { state in
            state.facts = [
                StampedFact(
                    fact: .bar(bitcoin, bar), knownAt: bar.closeAt, attestation: .unattested, lineNumber: 1)
            ]
        }
        let binance = ScriptedVenue(.binance)
        binance.listsNothing()
        let summary = try await shelf.feed([binance.source]).run()
        #expect(summary.elsewhereCount == 1)
        #expect(summary.symbolTroubles.isEmpty)
        #expect(summary.standings.isEmpty)
        #expect(!summary.isFailure)
    }

    @Test("A watched symbol that is listed only in another currency now is in trouble, and not delisted")
    func currencyChanged() async throws {
        let shelf = shelf()
        let binance = ScriptedVenue(.binance)
        let feed = shelf.feed([binance.source])
        _ = try await feed.run()
        binance.lists(quote: "EUR")
        shelf.with { $0.now = $0.now + .hours(2) }
        let summary = try await feed.run()
        #expect(summary.standings.map(\.state) == [.trading])
        #expect(summary.symbolTroubles.map(\.text) == ["listed only as BTC/EUR"])
        #expect(shelf.bars(bitcoin).count == 54)
    }

    @Test("A person who names a range is asked for it, gaps included; the look is none if it leaves the present out")
    func named() async throws {
        let shelf = shelf([])
        let feed = shelf.feed([ScriptedVenue(.binance).source, ScriptedVenue(.kraken).source])
        let request = PriceFeed.Request(symbols: [bitcoin], from: opening(-100), through: opening(-90))
        let shown = ProgressLog()
        let summary = try await feed.run(request) { shown.add($0.allAnswered) }
        #expect(shelf.bars(bitcoin).map(\.openAt) == (-100 ..< -90).map(opening))
        #expect(summary.askedCount == 10)
        #expect(shown.values == [10])
        #expect(shelf.with { $0.watches }.isEmpty)
    }

    @Test("A run that is cancelled stops with what it has stored")
    func cancelled() async throws {
        let shelf = shelf(["BTC", "ETH"])
        let feed = shelf.feed([ScriptedVenue(.binance).source])
        let task = Task {
            try await feed.run(PriceFeed.Request()) { _ in withUnsafeCurrentTask { $0?.cancel() } }
        }
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(shelf.bars(bitcoin).count == 54)
        #expect(shelf.bars(symbol("ETH")).isEmpty)
    }
}
