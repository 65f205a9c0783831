import Domain
import Operation
import Synchronization

/// Thrown for a batch that names no symbol.
struct NamelessBatch: Error {}

/// The ledger's side of prices in memory, with every store on record.
final class PriceShelf: Sendable {
    struct State {
        var now = Timestamp(seconds: 1_735_732_800)
        var lastRecordedAt: Timestamp?
        var needs: [PriceNeed] = []
        var facts: [StampedFact] = []
        /// Natural keys of the facts.
        var keys: Set<String> = []
        var watches: [Symbol: PriceWatch] = [:]
        var gaps: [PriceGap] = []
        var stores: [PriceBatch] = []
        /// Stores that still succeed; `nil` for all.
        var storesLeft: Int?
    }

    private let mutex = Mutex(State())

    func with<Value: Sendable>(_ body: (inout State) throws -> Value) rethrows -> Value {
        try mutex.withLock { state in try body(&state) }
    }

    var clock: Clock { Clock { self.with { $0.now } } }

    var factLog: FactLog {
        FactLog(
            append: { _ in throw Interruption() },
            read: { after, through, body in
                let facts = self.with { state in
                    state.facts.filter { fact in (after.map { fact.knownAt > $0 } ?? true) && fact.knownAt <= through }
                }
                for fact in facts { try body(World.batch([fact])) }
            },
            position: { _ in nil }, lastRecordedAt: { self.with { $0.lastRecordedAt } })
    }

    var log: PriceLog {
        PriceLog(
            needs: { self.with { $0.needs } },
            openings: { symbol, range in
                self.bars(symbol).map(\.openAt).filter { range.contains($0) }.sorted()
            },
            newestBars: { symbol, time, limit in
                let gone = self.withdrawals.filter { $0.symbol == symbol }.map(\.openAt)
                return self.bars(symbol).filter { $0.closeAt <= time && !gone.contains($0.openAt) }
                    .sorted { $0.openAt < $1.openAt }.suffix(limit)
            },
            watch: { symbol in self.with { $0.watches[symbol] } },
            watches: { self.with { $0.watches.values.sorted { $0.symbol < $1.symbol } } },
            gaps: { symbol in self.with { state in state.gaps.filter { symbol == nil || $0.symbol == symbol } } },
            store: { batch in try self.store(batch) })
    }

    func intake(_ rules: PriceRules) -> PriceIntake {
        PriceIntake(clock: clock, facts: factLog, log: log, rules: rules)
    }

    func bars(_ symbol: Symbol) -> [Bar] {
        with { state in
            state.facts.compactMap { fact in
                if case .bar(symbol, let bar) = fact.fact { bar } else { nil }
            }
        }
    }

    var withdrawals: [BarWithdrawal] {
        with { state in
            state.facts.compactMap { fact in
                if case .barWithdrawal(let withdrawal) = fact.fact { withdrawal } else { nil }
            }
        }
    }

    func stamps(_ symbol: Symbol) -> [Timestamp: StampedFact] {
        with { state in
            var stamps: [Timestamp: StampedFact] = [:]
            for fact in state.facts {
                if case .bar(symbol, let bar) = fact.fact { stamps[bar.openAt] = fact }
            }
            return stamps
        }
    }

    /// Names of the sources of stored bars, with how many.
    var sources: [String: Int] {
        with { state in
            var counts: [String: Int] = [:]
            for batch in state.stores {
                let bars = batch.facts.facts.count { if case .bar = $0.fact { true } else { false } }
                if let source = batch.facts.source { counts[source.name, default: 0] += bars }
            }
            return counts
        }
    }

    private func store(_ batch: PriceBatch) throws -> IngestCounts {
        try with { state in
            if let left = state.storesLeft {
                guard left > 0 else { throw Interruption() }
                state.storesLeft = left - 1
            }
            state.stores.append(batch)
            state.lastRecordedAt = max(state.lastRecordedAt ?? batch.facts.recordedAt, batch.facts.recordedAt)
            var counts = IngestCounts()
            for fact in batch.facts.facts {
                let identity = fact.fact.identity
                let isThere = !state.keys.insert("\(identity.kind) \(identity.key)").inserted
                if isThere { counts.duplicates += 1 } else { counts.accepted += 1 }
                if !isThere { state.facts.append(fact) }
            }
            counts.lines = counts.accepted + counts.duplicates
            if let watch = batch.watch { state.watches[watch.symbol] = watch }
            let symbol = batch.gaps.first?.symbol ?? PriceShelf.symbol(of: batch)
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
