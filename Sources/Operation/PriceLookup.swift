package import Domain

/// The price of a symbol as of a moment, from the ledger: what one could have known then, and nothing else.
package struct PriceLookup: Sendable {
    package var facts: FactLog
    package var maximalStaleness: Span

    package init(facts: FactLog, maximalStaleness: Span) {
        self.facts = facts
        self.maximalStaleness = maximalStaleness
    }

    /// The bar that closed last at or before `time`, of those known and not withdrawn then; `nil` where none closed
    /// within `maximalStaleness`. Of several versions of a bar the first known counts, as in the fold.
    ///
    /// A bar that closed at 12:00 and was recorded at 12:01 is no answer for 12:00:30.
    package func bar(of symbol: Symbol, at time: Timestamp) throws -> Bar? {
        var found: [Key: Dated<Bar>] = [:]
        var withdrawn: Set<Key> = []
        // Nothing is known before it closed: facts known earlier are bars that are too old.
        let earliest = time - maximalStaleness
        try facts.read(earliest - Span(milliseconds: 1), time) { batch in
            for withdrawal in batch.barWithdrawals where withdrawal.value.symbol == symbol {
                withdrawn.insert(Key(openAt: withdrawal.value.openAt, closeAt: withdrawal.value.closeAt))
            }
            for series in batch.bars where series.symbol == symbol {
                for bar in series.bars where bar.value.closeAt >= earliest && bar.value.closeAt <= time {
                    let key = Key(openAt: bar.value.openAt, closeAt: bar.value.closeAt)
                    guard let known = found[key] else {
                        found[key] = bar
                        continue
                    }
                    if precedes(bar, known, symbol) { found[key] = bar }
                }
            }
        }
        return found.filter { !withdrawn.contains($0.key) }.map(\.value.value)
            .max { ($0.closeAt, $0.openAt) < ($1.closeAt, $1.openAt) }
    }

    private struct Key: Hashable {
        var openAt: Timestamp
        var closeAt: Timestamp
    }

    private func precedes(_ left: Dated<Bar>, _ right: Dated<Bar>, _ symbol: Symbol) -> Bool {
        if left.knownAt != right.knownAt { return left.knownAt < right.knownAt }
        let (first, second) = (left.value.identity(of: symbol).content, right.value.identity(of: symbol).content)
        return (first.high, first.low) < (second.high, second.low)
    }
}
