import Domain
import MarketData
import Operation
import Synchronization

/// Thrown for a batch that names no symbol.
struct NamelessBatch: Error {}

/// The ledger's side of prices in memory.
final class PriceFeedShelf: Sendable {
    struct State {
        var now = Timestamp(seconds: 1_735_689_600) + .hours(30) + .minutes(1)
        var needs: [PriceNeed] = []
        var facts: [StampedFact] = []
        var keys: Set<String> = []
        var watches: [Symbol: PriceWatch] = [:]
        var gaps: [PriceGap] = []
        /// In the order in which they were stored.
        var sources: [String] = []
        var lastRecordedAt: Timestamp?
    }

    private let mutex = Mutex(State())

    func with<Value: Sendable>(_ body: (inout State) throws -> Value) rethrows -> Value {
        try mutex.withLock { state in try body(&state) }
    }

    func feed(_ sources: [CandleSource], checked: Bool = true, quotes: [String] = ["USDT", "USD"]) -> PriceFeed {
        let rules = PriceRules(
            barLength: .hours(1), history: .hours(24), quotes: quotes, isCrossChecked: checked)
        let intake = PriceIntake(
            clock: Clock { self.with { $0.now } }, facts: factLog, log: log, rules: rules)
        return PriceFeed(sources: sources, intake: intake, maximalStaleness: .hours(3))
    }

    private var factLog: FactLog {
        FactLog(
            append: { _ in IngestCounts() },
            read: { after, through, body in
                let facts = self.with { state in
                    state.facts.filter { fact in (after.map { fact.knownAt > $0 } ?? true) && fact.knownAt <= through }
                }
                var batch = FactBatch()
                for fact in facts {
                    if case .bar(let symbol, let bar) = fact.fact {
                        let dated = Dated(bar, knownAt: fact.knownAt, attestation: fact.attestation)
                        batch.bars.append(BarSeries(symbol: symbol, bars: [dated]))
                    }
                    if case .barWithdrawal(let withdrawal) = fact.fact {
                        batch.barWithdrawals.append(
                            Dated(withdrawal, knownAt: fact.knownAt, attestation: fact.attestation))
                    }
                }
                try body(batch)
            },
            position: { _ in nil }, lastRecordedAt: { self.with { $0.lastRecordedAt } })
    }

    private var log: PriceLog {
        PriceLog(
            needs: { self.with { $0.needs } },
            openings: { symbol, range in self.bars(symbol).map(\.openAt).filter { range.contains($0) } },
            newestBars: { symbol, time, limit in
                let gone = self.withdrawals.filter { $0.symbol == symbol }.map(\.openAt)
                return self.bars(symbol).filter { $0.closeAt <= time && !gone.contains($0.openAt) }.suffix(limit)
            },
            watch: { symbol in self.with { $0.watches[symbol] } },
            watches: { self.with { $0.watches.values.sorted { $0.symbol < $1.symbol } } },
            gaps: { symbol in self.with { state in state.gaps.filter { symbol == nil || $0.symbol == symbol } } },
            store: { batch in try self.store(batch) })
    }

    /// Ascending.
    func bars(_ symbol: Symbol) -> [Bar] {
        with { state in
            state.facts.compactMap { fact in
                if case .bar(symbol, let bar) = fact.fact { bar } else { nil }
            }.sorted { $0.openAt < $1.openAt }
        }
    }

    var withdrawals: [BarWithdrawal] {
        with { state in
            state.facts.compactMap { fact in
                if case .barWithdrawal(let withdrawal) = fact.fact { withdrawal } else { nil }
            }
        }
    }

    /// Everything that was stored, as text.
    var transcript: String {
        with { state in
            (state.sources + state.facts.map { "\($0)" } + state.gaps.map { "\($0)" }
                + state.watches.values.map { "\($0)" }.sorted()).joined(separator: "\n")
        }
    }

    private func store(_ batch: PriceBatch) throws -> IngestCounts {
        try with { state in
            state.lastRecordedAt = max(state.lastRecordedAt ?? batch.facts.recordedAt, batch.facts.recordedAt)
            var counts = IngestCounts()
            for fact in batch.facts.facts {
                let identity = fact.fact.identity
                guard state.keys.insert("\(identity.kind) \(identity.key)").inserted else {
                    counts.duplicates += 1
                    continue
                }
                counts.accepted += 1
                state.facts.append(fact)
            }
            counts.lines = counts.accepted + counts.duplicates
            if let source = batch.facts.source { state.sources.append(source.name) }
            if let watch = batch.watch { state.watches[watch.symbol] = watch }
            let symbol = batch.gaps.first?.symbol ?? PriceFeedShelf.symbol(of: batch)
            // As the ledger: it must know whose gaps these are.
            if batch.range != nil, symbol == nil { throw NamelessBatch() }
            for range in (batch.range.map { [$0] } ?? []) + batch.gaps.map(\.range) {
                state.gaps = state.gaps.flatMap { gap -> [PriceGap] in
                    guard symbol == nil || gap.symbol == symbol else { return [gap] }
                    return gap.range.subtracting([range]).map { rest in
                        var kept = gap
                        kept.range = rest
                        return kept
                    }
                }
            }
            state.gaps = (state.gaps + batch.gaps).sorted {
                ($0.symbol, $0.range.from) < ($1.symbol, $1.range.from)
            }
            return counts
        }
    }

    private static func symbol(of batch: PriceBatch) -> Symbol? {
        for fact in batch.facts.facts {
            if case .bar(let symbol, _) = fact.fact { return symbol }
        }
        return batch.watch?.symbol
    }
}

/// A venue that a test drives: what it has, how it fails, and what it was asked.
final class ScriptedVenue: Sendable {
    struct Script {
        /// `nil` for one that lists the symbol as trading, in USDT.
        var instrument: (@Sendable (Symbol) throws(VenueFailure) -> Instrument)?
        /// What it says of an opening; `nil` for nothing.
        var bar: @Sendable (Timestamp) -> Bar? = { ScriptedVenue.honest($0) }
        /// Thrown in place of an answer to a range.
        var failure: (@Sendable (OpeningRange) -> VenueFailure?)?
        var candlesPerPage: Int64 = 1_000
        /// It does not know yet what opened from here on.
        var knowsThrough: Timestamp?
        /// Answers wait so many turns of the scheduler.
        var turns = 0
        var asked: [OpeningRange] = []
    }

    let venue: Venue
    private let script = Mutex(Script())

    init(_ venue: Venue, _ change: (inout Script) -> Void = { _ in }) {
        self.venue = venue
        script.withLock { change(&$0) }
    }

    func change(_ body: (inout Script) -> Void) { script.withLock { body(&$0) } }

    var asked: [OpeningRange] { script.withLock { $0.asked } }

    /// Every venue that is honest says the same: a price that moves with the hour.
    static func honest(_ opening: Timestamp) -> Bar {
        let hour = Double(opening.milliseconds / 3_600_000 % 24)
        return Bar(
            openAt: opening, closeAt: opening + .hours(1), open: 100 + hour, high: 102 + hour, low: 99 + hour,
            close: 101 + hour, volume: 1)
    }

    static func lie(_ opening: Timestamp, _ factor: Double = 1.1) -> Bar {
        var bar = honest(opening)
        bar.close *= factor
        bar.high = max(bar.high, bar.close)
        bar.low = min(bar.low, bar.close)
        return bar
    }

    func lists(_ state: InstrumentState = .trading, quote: String = "USDT") {
        let venue = venue
        change { script in
            script.instrument = { symbol in
                Instrument(venue: venue, id: symbol.name + quote, base: symbol.name, quote: quote, state: state)
            }
        }
    }

    func listsNothing(suggesting names: [String] = []) {
        let venue = venue
        change { script in
            script.instrument = { (symbol: Symbol) throws(VenueFailure) -> Instrument in
                throw VenueFailure.unknownSymbol(symbol, venue, suggestions: names)
            }
        }
    }

    var source: CandleSource {
        CandleSource(
            venue: venue,
            instrument: { symbol throws(VenueFailure) in
                let (turns, instrument) = self.script.withLock { ($0.turns, $0.instrument) }
                for _ in 0..<turns { await Task.yield() }
                if let instrument { return try instrument(symbol) }
                return Instrument(
                    venue: self.venue, id: symbol.name + "USDT", base: symbol.name, quote: "USDT", state: .trading)
            },
            page: { _, range throws(VenueFailure) in
                let script = self.script.withLock { script in
                    script.asked.append(range)
                    return script
                }
                for _ in 0..<script.turns { await Task.yield() }
                if let failure = script.failure?(range) { throw failure }
                let page = min(range.through, range.from + range.barLength * script.candlesPerPage)
                let through = max(range.from, min(page, script.knowsThrough ?? page))
                let openings = OpeningRange(from: range.from, through: through, barLength: range.barLength).openings
                return CandlePage(bars: openings.compactMap(script.bar), answeredThrough: through)
            })
    }
}
