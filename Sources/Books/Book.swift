package import Domain

/// What a fund that followed one agent would hold: its open signals, netted into positions, traded at fills, marked
/// daily.
///
/// The target of a symbol is the sum of the directions of the agent's open signals on it, divided by the number of all
/// its open signals: opposing signals net, and gross exposure is at most 1. Whenever a signal opens or closes, every
/// symbol trades from its drifted position to its target at the open of its first bar from then on, and pays half the
/// round-trip cost on what it trades.
package struct Book: Sendable {
    /// A signal as the book sees it: open from when it is known until it closes.
    package struct Interval: Equatable, Sendable {
        package var key: StableHash
        package var symbol: Int
        package var sign: Double
        package var from: Timestamp
        package var to: Timestamp
        package var entry: Entry
        /// Whether the signal was seen as it was written.
        package var isAttested: Bool

        package init(
            key: StableHash, symbol: Int, sign: Double, from: Timestamp, to: Timestamp, entry: Entry = .pending,
            isAttested: Bool
        ) {
            self.key = key
            self.symbol = symbol
            self.sign = sign
            self.from = from
            self.to = to
            self.entry = entry
            self.isAttested = isAttested
        }
    }

    /// Whether a signal found a bar to enter at; one that did not holds nothing and does not count.
    package enum Entry: UInt8, Sendable {
        case pending
        case filled
        case missed
    }

    /// A position: units of the symbol per unit of the equity with which the book began; negative when short.
    package struct Holding: Equatable, Sendable {
        package var symbol: Int
        package var units: Double

        package init(symbol: Int, units: Double) {
            self.symbol = symbol
            self.units = units
        }
    }

    /// A symbol whose target changed and whose next bar is not known yet.
    package struct PendingTrade: Equatable, Sendable {
        package var symbol: Int
        package var since: Timestamp

        package init(symbol: Int, since: Timestamp) {
            self.symbol = symbol
            self.since = since
        }
    }

    /// A return taken from elsewhere, recognized whole when it closes.
    package struct ImportedReturn: Equatable, Sendable {
        package var closesAt: Timestamp
        /// Already divided by the number of the agent's overlapping signals.
        package var weightedReturn: Double

        package init(closesAt: Timestamp, weightedReturn: Double) {
            self.closesAt = closesAt
            self.weightedReturn = weightedReturn
        }
    }

    package internal(set) var intervals: [Interval] = []
    /// In the order of the symbols' indexes.
    package internal(set) var holdings: [Holding] = []
    package internal(set) var pendingTrades: [PendingTrade] = []
    package internal(set) var importedReturns: [ImportedReturn] = []
    package internal(set) var cash = 1.0
    /// Equity at the last final mark; 1 at the start.
    package internal(set) var equity = 1.0
    package internal(set) var markedThrough: Timestamp?
    package internal(set) var isRuined = false
    /// Symbols the agent ever signaled, in the order of their indexes: its universe.
    package internal(set) var universe: [Int] = []

    package init() {}

    /// Equity at or below this is ruin, for good.
    package static let ruin = 0.05

    /// Takes a signal that counts. Its mark of birth is the grid of marks just before it.
    package mutating func open(_ interval: Interval) {
        if markedThrough == nil { markedThrough = interval.from.floored(to: .day) }
        intervals.append(interval)
        remember(interval.symbol)
    }

    /// Takes back a signal that another version replaced before it was filled.
    package mutating func withdraw(key: StableHash) { intervals.removeAll { $0.key == key } }

    /// Ends the agent's open signals on a symbol: what a flat signal says.
    package mutating func close(symbol: Int, at time: Timestamp) {
        for index in intervals.indices
        where intervals[index].symbol == symbol && intervals[index].from < time && intervals[index].to > time {
            intervals[index].to = time
        }
    }

    package mutating func recognize(_ imported: ImportedReturn, symbol: Int) {
        if markedThrough == nil { markedThrough = (imported.closesAt - .day).floored(to: .day) }
        importedReturns.append(imported)
        remember(symbol)
    }

    private mutating func remember(_ symbol: Int) {
        let index = universe.firstIndex { $0 >= symbol } ?? universe.count
        if index == universe.count || universe[index] != symbol { universe.insert(symbol, at: index) }
    }

    /// Whether a signal is open at `time`.
    package func isAwake(at time: Timestamp) -> Bool { intervals.contains { $0.isOpen(at: time) } }

    package func openCount(at time: Timestamp) -> Int {
        intervals.reduce(0) { $0 + ($1.isOpen(at: time) ? 1 : 0) }
    }

    /// Target weight by symbol at `time`, in the order of the symbols' indexes.
    package func targets(at time: Timestamp) -> [(symbol: Int, weight: Double)] {
        var targets: [(symbol: Int, weight: Double)] = []
        var count = 0.0
        for interval in intervals where interval.isOpen(at: time) && interval.entry != .missed {
            count += 1
            let place = targets.firstIndex { $0.symbol >= interval.symbol } ?? targets.count
            if place < targets.count, targets[place].symbol == interval.symbol {
                targets[place].weight += interval.sign
            } else {
                targets.insert((interval.symbol, interval.sign), at: place)
            }
        }
        for place in targets.indices { targets[place].weight /= count }
        return targets
    }
}

extension Book.Interval {
    func isOpen(at time: Timestamp) -> Bool { from <= time && time < to }
}

/// One day of a book.
package struct BookMark: Equatable, Sendable {
    package var at: Timestamp
    /// Simple return since the previous mark, after costs.
    package var netReturn: Double
    /// The same before costs.
    package var grossReturn: Double
    /// Traded value as a fraction of the equity at the previous mark.
    package var turnover: Double
    package var isExposed: Bool
    /// Nothing of it rests on a signal that we did not see as it was written.
    package var isAttested: Bool
    /// Equal-weight return of the agent's universe; `nil` where no symbol has both prices.
    package var marketReturn: Double?
    package var staleCount: Int
    package var abandonedCount: Int
    package var importedCount: Int

    package init(
        at: Timestamp, netReturn: Double, grossReturn: Double, turnover: Double, isExposed: Bool,
        isAttested: Bool, marketReturn: Double?, staleCount: Int, abandonedCount: Int, importedCount: Int
    ) {
        self.at = at
        self.netReturn = netReturn
        self.grossReturn = grossReturn
        self.turnover = turnover
        self.isExposed = isExposed
        self.isAttested = isAttested
        self.marketReturn = marketReturn
        self.staleCount = staleCount
        self.abandonedCount = abandonedCount
        self.importedCount = importedCount
    }
}
