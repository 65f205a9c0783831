package import Domain

/// Openings of bars of one length: every `barLength` from `from` on, before `through`.
package struct OpeningRange: Hashable, Sendable {
    /// A multiple of `barLength` since the epoch.
    package var from: Timestamp
    package var through: Timestamp
    package var barLength: Span

    package init(from: Timestamp, through: Timestamp, barLength: Span) {
        precondition(
            barLength > .zero && from <= through && from == from.floored(to: barLength)
                && through == through.floored(to: barLength), "Invariant: a range of openings lies on its grid")
        self.from = from
        self.through = through
        self.barLength = barLength
    }

    package var count: Int64 { (through - from).milliseconds / barLength.milliseconds }
    package var isEmpty: Bool { from == through }
}

/// A symbol whose prices the fleet needs, and since when.
package struct PriceNeed: Equatable, Sendable {
    package var symbol: Symbol
    /// The earliest signal on it; `nil` for a symbol that only the settings name.
    package var firstSignalAt: Timestamp?
    /// The latest moment at which a signal on it closes, over all horizons.
    package var lastCloseAt: Timestamp?

    package init(symbol: Symbol, firstSignalAt: Timestamp?, lastCloseAt: Timestamp?) {
        self.symbol = symbol
        self.firstSignalAt = firstSignalAt
        self.lastCloseAt = lastCloseAt
    }
}

/// Since when we watch a symbol at the exchanges.
package struct PriceWatch: Equatable, Sendable {
    package var symbol: Symbol
    /// Bars that closed before are history: nobody saw them come.
    package var firstLookedAt: Timestamp
    /// When we last asked and were answered.
    package var lookedAt: Timestamp
    package var state: InstrumentState
    /// The venue that answered last.
    package var venue: Venue

    package init(
        symbol: Symbol, firstLookedAt: Timestamp, lookedAt: Timestamp, state: InstrumentState, venue: Venue
    ) {
        self.symbol = symbol
        self.firstLookedAt = firstLookedAt
        self.lookedAt = lookedAt
        self.state = state
        self.venue = venue
    }
}

/// Openings that no venue had a bar for when it was asked. A gap stays one: nothing is filled forward.
package struct PriceGap: Equatable, Sendable {
    package var symbol: Symbol
    package var range: OpeningRange
    package var attempts: Int
    package var firstAskedAt: Timestamp
    package var lastAskedAt: Timestamp
    /// Not asked again before.
    package var nextAskAt: Timestamp
    /// What the venues said.
    package var reason: String

    package init(
        symbol: Symbol, range: OpeningRange, attempts: Int, firstAskedAt: Timestamp, lastAskedAt: Timestamp,
        nextAskAt: Timestamp, reason: String
    ) {
        self.symbol = symbol
        self.range = range
        self.attempts = attempts
        self.firstAskedAt = firstAskedAt
        self.lastAskedAt = lastAskedAt
        self.nextAskAt = nextAskAt
        self.reason = reason
    }
}

/// Bars from an exchange with what was learned beside them: stored in one transaction.
package struct PriceBatch: Sendable {
    /// Bars and withdrawals; its source names the venue, and the venue it was checked against.
    package var facts: IngestBatch
    package var watch: PriceWatch?
    /// Gaps of this symbol and bar length that lie wholly or partly in this range are replaced by `gaps`.
    package var range: OpeningRange?
    package var gaps: [PriceGap]

    package init(facts: IngestBatch, watch: PriceWatch?, range: OpeningRange?, gaps: [PriceGap]) {
        self.facts = facts
        self.watch = watch
        self.range = range
        self.gaps = gaps
    }
}

/// What the ledger knows of prices beside the fold's facts.
package struct PriceLog: Sendable {
    /// Symbols of signals that are not flat, in the order of names.
    package var needs: @Sendable () throws -> [PriceNeed]
    /// Openings in the range of which the ledger holds a bar that long (withdrawn ones included), ascending.
    package var openings: @Sendable (_ symbol: Symbol, _ range: OpeningRange) throws -> [Timestamp]
    /// The newest bars (first version, not withdrawn) that closed at or before a time, oldest first.
    package var newestBars: @Sendable (_ symbol: Symbol, _ atOrBefore: Timestamp, _ limit: Int) throws -> [Bar]
    package var watch: @Sendable (_ symbol: Symbol) throws -> PriceWatch?
    package var watches: @Sendable () throws -> [PriceWatch]
    /// Ascending by symbol, then by range.
    package var gaps: @Sendable (_ symbol: Symbol?) throws -> [PriceGap]
    package var store: @Sendable (_ batch: PriceBatch) throws -> IngestCounts

    package init(
        needs: @escaping @Sendable () throws -> [PriceNeed],
        openings: @escaping @Sendable (_ symbol: Symbol, _ range: OpeningRange) throws -> [Timestamp],
        newestBars: @escaping @Sendable (_ symbol: Symbol, _ atOrBefore: Timestamp, _ limit: Int) throws -> [Bar],
        watch: @escaping @Sendable (_ symbol: Symbol) throws -> PriceWatch?,
        watches: @escaping @Sendable () throws -> [PriceWatch],
        gaps: @escaping @Sendable (_ symbol: Symbol?) throws -> [PriceGap],
        store: @escaping @Sendable (_ batch: PriceBatch) throws -> IngestCounts
    ) {
        self.needs = needs
        self.openings = openings
        self.newestBars = newestBars
        self.watch = watch
        self.watches = watches
        self.gaps = gaps
        self.store = store
    }
}

extension PriceLog {
    /// The newest bar of a symbol that was closed and counted at a time, of any length.
    package func newestBar(_ symbol: Symbol, _ atOrBefore: Timestamp) throws -> Bar? {
        try newestBars(symbol, atOrBefore, 1).last
    }
}
