/// The recent bars of one symbol, and what was known of its price and volatility at any moment within them.
///
/// Bars are kept in the order of their opening; a gap stays a gap. Nothing here looks past the moment it is asked
/// about.
///
/// A bar that was withdrawn is a gap: from then on it is no fill, no mark and no last price, whatever version of it
/// comes. Where its return is part of a variance already it stays there, and fades with the rest: taking it out again
/// would have to change what was decided on.
package struct PriceHistory: Sendable {
    package struct Entry: Equatable, Sendable {
        package var bar: Bar
        package var knownAt: Timestamp
        /// The exponentially weighted squared return per millisecond after this bar; `nil` with too few returns.
        package var variancePerMillisecond: Double?
        /// When the last of the bars behind that variance became known: one that was recorded late is in the variance
        /// of every bar after it, and those may have been known long before.
        package var varianceKnownAt: Timestamp

        package init(
            bar: Bar, knownAt: Timestamp, variancePerMillisecond: Double?, varianceKnownAt: Timestamp? = nil
        ) {
            self.bar = bar
            self.knownAt = knownAt
            self.variancePerMillisecond = variancePerMillisecond
            self.varianceKnownAt = varianceKnownAt ?? knownAt
        }
    }

    /// What a search for a fill found.
    package enum Fill: Equatable, Sendable {
        /// The open of the first bar at or after the moment asked about.
        case filled(price: Double, at: Timestamp)
        /// No bar at or after that moment is known yet.
        case pending
        /// The first bar after that moment opened later than allowed.
        case missing(next: Timestamp)
    }

    package enum Insertion: Equatable, Sendable {
        case added
        /// Older than the newest bar: usable for fills, no part of the volatility already computed.
        case addedOutOfOrder
        /// Another bar for the same opening is known already; the first one known counts.
        case corrected
        /// Older than what is kept.
        case tooOld
        /// Withdrawn before it came.
        case withdrawn
    }

    /// A bar that is no price, by its opening and close.
    package struct Withdrawn: Equatable, Comparable, Sendable {
        package var openAt: Timestamp
        package var closeAt: Timestamp

        package init(openAt: Timestamp, closeAt: Timestamp) {
            self.openAt = openAt
            self.closeAt = closeAt
        }

        package static func < (left: Withdrawn, right: Withdrawn) -> Bool {
            (left.openAt, left.closeAt) < (right.openAt, right.closeAt)
        }
    }

    package private(set) var entries: [Entry]
    /// Decayed sums of squared returns and of the milliseconds they span.
    package private(set) var squaredReturnSum: Double
    package private(set) var elapsedSum: Double
    package private(set) var returnCount: Int
    package private(set) var trimmedBefore: Timestamp
    /// Ascending; none opens before `trimmedBefore`.
    package private(set) var withdrawn: [Withdrawn]

    package init() {
        entries = []
        withdrawn = []
        squaredReturnSum = 0
        elapsedSum = 0
        returnCount = 0
        trimmedBefore = Timestamp(milliseconds: 0)
    }

    /// Returns needed before a volatility is one.
    package static let returnsNeeded = 10

    /// Adds a bar. `volatilityHalfLife` in time, so that bars of any length and gaps between them weigh what they last.
    package mutating func insert(_ bar: Bar, knownAt: Timestamp, volatilityHalfLife: Span) -> Insertion {
        if bar.openAt < trimmedBefore { return .tooOld }
        if !withdrawn.isEmpty, isWithdrawn(Withdrawn(openAt: bar.openAt, closeAt: bar.closeAt)) { return .withdrawn }
        guard let last = entries.last else {
            entries.append(Entry(bar: bar, knownAt: knownAt, variancePerMillisecond: variance))
            return .added
        }
        if bar.openAt > last.bar.openAt {
            absorbReturn(from: last.bar, to: bar, halfLife: volatilityHalfLife)
            entries.append(
                Entry(
                    bar: bar, knownAt: knownAt, variancePerMillisecond: variance,
                    varianceKnownAt: max(knownAt, last.varianceKnownAt)))
            return .added
        }
        let index = lowerBound(opening: bar.openAt)
        if entries[index].bar.openAt == bar.openAt { return .corrected }
        // It is no part of any variance; its place in the list carries the one before it.
        let before = index > 0 ? entries[index - 1] : nil
        entries.insert(
            Entry(
                bar: bar, knownAt: knownAt, variancePerMillisecond: before?.variancePerMillisecond,
                varianceKnownAt: before?.varianceKnownAt ?? knownAt),
            at: index)
        return .addedOutOfOrder
    }

    /// Takes a bar out for good, whether it is there or has yet to come.
    ///
    /// - Returns: false where it changes nothing: the bar is withdrawn already, or is older than what is kept.
    package mutating func withdraw(_ bar: Withdrawn) -> Bool {
        let index = lowerBound(opening: bar.openAt)
        let isThere = index < entries.count && entries[index].bar.openAt == bar.openAt
            && entries[index].bar.closeAt == bar.closeAt
        if isThere { entries.remove(at: index) }
        // The newest bar before what is kept is kept as well: once it is gone, none that old comes again.
        guard bar.openAt >= trimmedBefore else { return isThere }
        let place = self.place(of: bar)
        guard place == withdrawn.count || withdrawn[place] != bar else { return false }
        withdrawn.insert(bar, at: place)
        return true
    }

    private func isWithdrawn(_ bar: Withdrawn) -> Bool {
        let place = place(of: bar)
        return place < withdrawn.count && withdrawn[place] == bar
    }

    /// The index of the first one withdrawn that is not before `bar`.
    private func place(of bar: Withdrawn) -> Int {
        var low = 0
        var high = withdrawn.count
        while low < high {
            let middle = (low + high) / 2
            if withdrawn[middle] < bar { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private mutating func absorbReturn(from previous: Bar, to bar: Bar, halfLife: Span) {
        let elapsed = Double((bar.closeAt - previous.closeAt).milliseconds)
        guard elapsed > 0 else { return }
        let change = bar.close / previous.close - 1
        let decay = PowerOfHalf.value(elapsed / Double(halfLife.milliseconds))
        squaredReturnSum = squaredReturnSum * decay + change * change
        elapsedSum = elapsedSum * decay + elapsed
        returnCount += 1
    }

    private var variance: Double? {
        guard returnCount >= PriceHistory.returnsNeeded, elapsedSum > 0, squaredReturnSum > 0 else { return nil }
        return squaredReturnSum / elapsedSum
    }

    /// The index of the first bar that opens at or after `time`.
    package func lowerBound(opening time: Timestamp) -> Int {
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            if entries[middle].bar.openAt < time { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// The open of the first bar that opens at or after `time`, no later than `maximalDelay(bar)` after it.
    package func fill(atOrAfter time: Timestamp, maximalDelay: FillDelay) -> Fill {
        let index = lowerBound(opening: time)
        guard index < entries.count else { return .pending }
        let bar = entries[index].bar
        guard bar.openAt - time <= maximalDelay.span(for: bar) else { return .missing(next: bar.openAt) }
        return .filled(price: bar.open, at: bar.openAt)
    }

    /// The last bar that had closed and was known at `time`.
    package func latest(knownAt time: Timestamp) -> Entry? {
        var index = lowerBound(opening: time)
        while index > 0 {
            index -= 1
            let entry = entries[index]
            if entry.bar.closeAt <= time && entry.knownAt <= time { return entry }
        }
        return nil
    }

    /// The last bar that had closed at `time`, whenever it became known: for marks that are final.
    package func lastClose(atOrBefore time: Timestamp) -> Bar? {
        var index = lowerBound(opening: time)
        while index > 0 {
            index -= 1
            if entries[index].bar.closeAt <= time { return entries[index].bar }
        }
        return nil
    }

    /// The last bar that had closed at `time`, of those known at `knownAt`.
    package func lastClose(atOrBefore time: Timestamp, knownAt: Timestamp) -> Bar? {
        var index = lowerBound(opening: time)
        while index > 0 {
            index -= 1
            let entry = entries[index]
            if entry.bar.closeAt <= time && entry.knownAt <= knownAt { return entry.bar }
        }
        return nil
    }

    /// The last price before `time`, whenever it became known: the close of the last bar, or the open of one that was
    /// running at `time`, which is the later price. For marks that are final.
    package func lastPrice(before time: Timestamp) -> (price: Double, at: Timestamp)? {
        let index = lowerBound(opening: time)
        guard index > 0 else { return nil }
        let bar = entries[index - 1].bar
        return bar.closeAt <= time ? (bar.close, bar.closeAt) : (bar.open, bar.openAt)
    }

    package var newestClose: Timestamp? { entries.last?.bar.closeAt }

    /// Volatility over `horizon` in bps, known at `time`, under returns without memory; `nil` with too few bars.
    package func sigmaBps(over horizon: Horizon, knownAt time: Timestamp) -> Double? {
        var index = lowerBound(opening: time)
        while index > 0, entries[index - 1].bar.closeAt > time || entries[index - 1].varianceKnownAt > time {
            index -= 1
        }
        guard index > 0, let variance = entries[index - 1].variancePerMillisecond else { return nil }
        return (variance * Double(horizon.span.milliseconds)).squareRoot() * 10_000
    }

    /// Forgets what closed before `time`, but for the newest bar before it.
    package mutating func trim(before time: Timestamp) {
        // A withdrawal that is forgotten still holds: whatever opens no later than its bar is too old from then on.
        while let first = withdrawn.first, first.openAt < max(time, trimmedBefore) {
            trimmedBefore = max(trimmedBefore, first.openAt + Span(milliseconds: 1))
            withdrawn.removeFirst()
        }
        let index = lowerBound(opening: time)
        guard index > 1 else { return }
        entries.removeFirst(index - 1)
        trimmedBefore = max(trimmedBefore, entries[0].bar.openAt)
    }
}

/// How long after a decision a price may still be called its fill.
package struct FillDelay: Hashable, Sendable {
    package var bars: Int64
    /// In place of a number of bars, for markets that close overnight.
    package var fixed: Span?

    package init(bars: Int64, fixed: Span?) {
        self.bars = bars
        self.fixed = fixed
    }

    package func span(for bar: Bar) -> Span { fixed ?? bar.length * bars }
}

extension PriceHistory: SnapshotVisitable {
    package mutating func visit(_ coder: inout SnapshotCoder) throws(SnapshotCoder.Failure) {
        try coder.visit(&entries)
        try coder.visit(&squaredReturnSum)
        try coder.visit(&elapsedSum)
        try coder.visit(&returnCount)
        try coder.visit(&trimmedBefore)
        try coder.visit(&withdrawn)
        guard zip(withdrawn, withdrawn.dropFirst()).allSatisfy({ $0 < $1 }) else { throw .malformed }
    }
}

extension PriceHistory.Withdrawn: SnapshotVisitable {
    package init() { self.init(openAt: Timestamp(milliseconds: 0), closeAt: Timestamp(milliseconds: 0)) }

    package mutating func visit(_ coder: inout SnapshotCoder) throws(SnapshotCoder.Failure) {
        try coder.visit(&openAt)
        try coder.visit(&closeAt)
    }
}

extension PriceHistory.Entry: SnapshotVisitable {
    package init() {
        let epoch = Timestamp(milliseconds: 0)
        self.init(
            bar: Bar(openAt: epoch, closeAt: epoch, open: 1, high: 1, low: 1, close: 1, volume: nil), knownAt: epoch,
            variancePerMillisecond: nil)
    }

    package mutating func visit(_ coder: inout SnapshotCoder) throws(SnapshotCoder.Failure) {
        try coder.visit(&bar.openAt)
        try coder.visit(&bar.closeAt)
        try coder.visit(&bar.open)
        try coder.visit(&bar.high)
        try coder.visit(&bar.low)
        try coder.visit(&bar.close)
        try coder.visit(&bar.volume)
        try coder.visit(&knownAt)
        try coder.visit(&variancePerMillisecond)
        try coder.visit(&varianceKnownAt)
    }
}
