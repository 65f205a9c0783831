package import Domain
package import Operation
internal import Synchronization

/// The ledger's side of prices in memory, with every store on record.
///
/// It keeps the real ledger's promises: what that one refuses is refused here, before anything of it is stored; a fact
/// is stored once; a gap is cut where a later look covers it. What it does not know (versions of a bar, other kinds of
/// facts) is an error and never an answer.
package final class InMemoryPriceLedger: Sendable {
    package struct State {
        /// What the clock shows.
        package var now: Timestamp
        package var lastRecordedAt: Timestamp?
        package var needs: [PriceNeed] = []
        package var facts: [StampedFact] = []
        package var watches: [Symbol: PriceWatch] = [:]
        package var gaps: [PriceGap] = []
        package var stores: [PriceBatch] = []
        /// Stores that still succeed; `nil` for all.
        package var storesLeft: Int?
        /// Natural keys of the facts that came with a store.
        fileprivate var keys: Set<String> = []

        /// The source of each store that had one, in the order in which they were stored.
        package var sources: [String] { stores.compactMap { $0.facts.source?.name } }
    }

    /// Why a call failed.
    package enum Failure: Error, Equatable {
        /// `storesLeft` came to its end.
        case interrupted
        /// A batch of prices concerns one symbol, this one none or several.
        case notOneSymbol([Symbol])
        /// Prices are stored with what was learned beside them, never by themselves.
        case appended
        /// Only bars and withdrawals can be read from here.
        case noPrice(FactKind)
    }

    private let mutex: Mutex<State>

    package init(now: Timestamp) { mutex = Mutex(State(now: now)) }

    package func with<Value: Sendable>(_ body: (inout State) throws -> Value) rethrows -> Value {
        try mutex.withLock { state in try body(&state) }
    }

    // MARK: Ports

    package var clock: Clock { Clock { self.with { $0.now } } }

    package var factLog: FactLog {
        FactLog(
            append: { _ in throw Failure.appended },
            read: { after, through, body in
                let facts = self.with { state in
                    state.facts.filter { fact in (after.map { fact.knownAt > $0 } ?? true) && fact.knownAt <= through }
                }
                // One to a batch: whoever reads must put the batches together.
                for fact in facts { try body(InMemoryPriceLedger.batch(fact)) }
            },
            position: { _ in nil }, lastRecordedAt: { self.with { $0.lastRecordedAt } })
    }

    package var log: PriceLog {
        PriceLog(
            needs: { self.with { $0.needs } },
            openings: { symbol, range in
                self.bars(symbol).filter { range.contains($0.openAt) && $0.closeAt == $0.openAt + range.barLength }
                    .map(\.openAt)
            },
            newestBars: { symbol, time, limit in
                let gone = self.withdrawals.filter { $0.symbol == symbol }
                return self.bars(symbol).filter { bar in
                    bar.closeAt <= time && !gone.contains { $0.openAt == bar.openAt && $0.closeAt == bar.closeAt }
                }.suffix(max(0, limit))
            },
            watch: { symbol in self.with { $0.watches[symbol] } },
            watches: { self.with { $0.watches.values.sorted { $0.symbol < $1.symbol } } },
            gaps: { symbol in self.with { state in state.gaps.filter { symbol == nil || $0.symbol == symbol } } },
            store: { batch in try self.store(batch) })
    }

    package func intake(_ rules: PriceRules) -> PriceIntake {
        PriceIntake(clock: clock, facts: factLog, log: log, rules: rules)
    }

    // MARK: What is there

    /// Ascending; withdrawn ones included.
    package func bars(_ symbol: Symbol) -> [Bar] {
        with { state in
            state.facts.compactMap { fact in
                if case .bar(symbol, let bar) = fact.fact { bar } else { nil }
            }.sorted { ($0.openAt, $0.closeAt) < ($1.openAt, $1.closeAt) }
        }
    }

    /// In the order in which they were stored.
    package var withdrawals: [BarWithdrawal] {
        with { state in
            state.facts.compactMap { fact in
                if case .barWithdrawal(let withdrawal) = fact.fact { withdrawal } else { nil }
            }
        }
    }

    /// The facts of a symbol's bars by their opening.
    package func stamps(_ symbol: Symbol) -> [Timestamp: StampedFact] {
        with { state in
            var stamps: [Timestamp: StampedFact] = [:]
            for fact in state.facts {
                if case .bar(symbol, let bar) = fact.fact { stamps[bar.openAt] = fact }
            }
            return stamps
        }
    }

    /// Names of the sources of stored bars, with how many.
    package var barCountsBySource: [String: Int] {
        with { state in
            var counts: [String: Int] = [:]
            for batch in state.stores {
                let bars = batch.facts.facts.count { if case .bar = $0.fact { true } else { false } }
                if let source = batch.facts.source { counts[source.name, default: 0] += bars }
            }
            return counts
        }
    }

    /// Everything that was stored, as text.
    package var transcript: String {
        with { state in
            (state.sources + state.facts.map { "\($0)" } + state.gaps.map { "\($0)" }
                + state.watches.values.map { "\($0)" }.sorted()).joined(separator: "\n")
        }
    }
}

// MARK: Storing

extension InMemoryPriceLedger {
    private func store(_ batch: PriceBatch) throws -> IngestCounts {
        let symbol = try InMemoryPriceLedger.soleSymbol(of: batch)
        return try with { state in
            if let left = state.storesLeft {
                guard left > 0 else { throw Failure.interrupted }
                state.storesLeft = left - 1
            }
            state.stores.append(batch)
            state.lastRecordedAt = max(state.lastRecordedAt ?? batch.facts.recordedAt, batch.facts.recordedAt)
            let counts = state.append(batch.facts.facts)
            if let watch = batch.watch { state.watches[watch.symbol] = watch }
            guard let symbol else { return counts }
            for range in (batch.range.map { [$0] } ?? []) + batch.gaps.map(\.range) {
                state.cutGaps(of: symbol, outOf: range)
            }
            state.gaps = (state.gaps + batch.gaps).sorted {
                ($0.symbol, $0.range.from) < ($1.symbol, $1.range.from)
            }
            return counts
        }
    }

    /// Whose prices they are, as the ledger must know it; `nil` where nothing beside facts is to be stored.
    private static func soleSymbol(of batch: PriceBatch) throws -> Symbol? {
        var symbols = Set(batch.gaps.map(\.symbol))
        if let watch = batch.watch { symbols.insert(watch.symbol) }
        guard batch.range != nil || !symbols.isEmpty else { return nil }
        for stamped in batch.facts.facts {
            if case .bar(let symbol, _) = stamped.fact { symbols.insert(symbol) }
            if case .barWithdrawal(let withdrawal) = stamped.fact { symbols.insert(withdrawal.symbol) }
        }
        guard symbols.count == 1, let symbol = symbols.first else { throw Failure.notOneSymbol(symbols.sorted()) }
        return symbol
    }

    private static func batch(_ stamped: StampedFact) throws -> FactBatch {
        var batch = FactBatch()
        switch stamped.fact {
        case .bar(let symbol, let bar):
            let dated = Dated(bar, knownAt: stamped.knownAt, attestation: stamped.attestation)
            batch.bars.append(BarSeries(symbol: symbol, bars: [dated]))
        case .barWithdrawal(let withdrawal):
            batch.barWithdrawals.append(
                Dated(withdrawal, knownAt: stamped.knownAt, attestation: stamped.attestation))
        case .signal, .telemetry, .outcome, .decision, .rename, .policyChange:
            throw Failure.noPrice(stamped.fact.identity.kind)
        }
        return batch
    }
}

extension InMemoryPriceLedger.State {
    fileprivate mutating func append(_ incoming: [StampedFact]) -> IngestCounts {
        var counts = IngestCounts()
        for fact in incoming {
            let identity = fact.fact.identity
            guard keys.insert("\(identity.kind) \(identity.key)").inserted else {
                counts.duplicates += 1
                continue
            }
            counts.accepted += 1
            facts.append(fact)
        }
        counts.lines = counts.accepted + counts.duplicates
        return counts
    }

    /// What of a gap lies before or behind the range stays a gap, with its own history.
    fileprivate mutating func cutGaps(of symbol: Symbol, outOf range: OpeningRange) {
        gaps = gaps.flatMap { gap -> [PriceGap] in
            guard gap.symbol == symbol, gap.range.barLength == range.barLength else { return [gap] }
            return gap.range.subtracting([range]).map { rest in
                var kept = gap
                kept.range = rest
                return kept
            }
        }
    }
}
