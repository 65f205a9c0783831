package import Domain

/// Bars of any length as one row a day: what was known of every symbol at 00:00 UTC.
///
/// Day `d` sees bars that closed at or before its midnight and nothing else. Prices are 0 where there is none yet.
package struct DailyPanel: Sendable {
    /// Sorted.
    package let symbols: [Symbol]
    /// 00:00 UTC of each day; the first is the midnight at or after the first close.
    package let decisionTimes: [Timestamp]
    /// By symbol and day. The last close; carried on where no bar closed in the day before.
    let closes: [[Double]]
    /// The last close known six hours before midnight.
    let earlierCloses: [[Double]]
    /// The highest and lowest price of the day before; 0 without a bar.
    let highs: [[Double]]
    let lows: [[Double]]
    /// Whether a bar closed within the day before, midnight included. Only such a symbol gets a signal.
    let isFresh: [[Bool]]
    /// Root of the exponentially weighted mean square of daily returns; 0 below `returnsNeeded`.
    let volatilities: [[Double]]
    /// The first day with a close; the number of days for none.
    let firstDays: [Int]

    static let earlierBy = Span.hours(6)
    /// The daily decay of RiskMetrics (J.P. Morgan 1996).
    static let volatilityDecay = 0.94
    static let returnsNeeded = 10

    /// Takes the bars of each symbol in any order.
    ///
    /// - Complexity: O(bars) where they are in the order of their opening.
    package init(_ bars: [Symbol: [Bar]]) {
        symbols = bars.keys.filter { bars[$0]?.isEmpty == false }.sorted()
        let ordered = symbols.map { symbol in Self.inOrder(bars[symbol] ?? []) }
        let ends = ordered.flatMap { [$0[0].closeAt, $0[$0.count - 1].closeAt] }
        guard let first = ends.min(), let last = ends.max() else {
            (decisionTimes, closes, earlierCloses, highs, lows) = ([], [], [], [], [])
            (isFresh, volatilities, firstDays) = ([], [], [])
            return
        }
        let firstMidnight = Self.midnight(atOrAfter: first)
        let dayCount = Int((Self.midnight(atOrAfter: last) - firstMidnight).milliseconds / 86_400_000) + 1
        decisionTimes = (0..<dayCount).map { firstMidnight + .days(Int64($0)) }
        let rows = ordered.map { DailyRow($0, firstMidnight: firstMidnight, dayCount: dayCount) }
        closes = rows.map(\.closes)
        earlierCloses = rows.map(\.earlierCloses)
        highs = rows.map(\.highs)
        lows = rows.map(\.lows)
        isFresh = rows.map(\.isFresh)
        firstDays = rows.map(\.firstDay)
        volatilities = rows.map { Self.volatilities($0.closes, isFresh: $0.isFresh) }
    }

    static func midnight(atOrAfter time: Timestamp) -> Timestamp {
        Timestamp(milliseconds: time.milliseconds + 86_399_999).floored(to: .day)
    }

    private static func inOrder(_ bars: [Bar]) -> [Bar] {
        let isOrdered = zip(bars, bars.dropFirst()).allSatisfy { $0.closeAt <= $1.closeAt }
        return isOrdered ? bars : bars.sorted { ($0.closeAt, $0.openAt) < ($1.closeAt, $1.openAt) }
    }

    private static func volatilities(_ closes: [Double], isFresh: [Bool]) -> [Double] {
        var squares = 0.0
        var weight = 0.0
        var count = 0
        return closes.indices.map { day in
            if day > 0, closes[day - 1] > 0, isFresh[day] {
                let change = closes[day] / closes[day - 1] - 1
                squares = volatilityDecay * squares + change * change
                weight = volatilityDecay * weight + 1
                count += 1
            }
            return count >= returnsNeeded ? (squares / weight).squareRoot() : 0
        }
    }

    /// The return over `days` up to `day`, a fraction; `nil` before the symbol has so much history.
    func change(_ symbol: Int, over days: Int, to day: Int) -> Double? {
        guard day - days >= firstDays[symbol] else { return nil }
        return closes[symbol][day] / closes[symbol][day - days] - 1
    }

    /// The return over `days` in units of its expected volatility; `nil` with too little history.
    func scaledChange(_ symbol: Int, over days: Int, to day: Int) -> Double? {
        let volatility = volatilities[symbol][day]
        guard volatility > 0, let change = change(symbol, over: days, to: day) else { return nil }
        return change / (volatility * Double(days).squareRoot())
    }
}

/// The rows of one symbol.
private struct DailyRow {
    var closes: [Double]
    var earlierCloses: [Double]
    var highs: [Double]
    var lows: [Double]
    var isFresh: [Bool]
    var firstDay: Int

    init(_ bars: [Bar], firstMidnight: Timestamp, dayCount: Int) {
        let empty = [Double](repeating: 0, count: dayCount)
        (closes, earlierCloses, highs, lows) = (empty, empty, empty, empty)
        isFresh = [Bool](repeating: false, count: dayCount)
        firstDay = dayCount
        for bar in bars {
            let day = Self.day(seeing: bar.closeAt, from: firstMidnight)
            firstDay = min(firstDay, day)
            closes[day] = bar.close
            highs[day] = isFresh[day] ? max(highs[day], bar.high) : bar.high
            lows[day] = isFresh[day] ? min(lows[day], bar.low) : bar.low
            isFresh[day] = true
            let later = Self.day(seeing: bar.closeAt + DailyPanel.earlierBy, from: firstMidnight)
            if later < dayCount { earlierCloses[later] = bar.close }
        }
        for day in 1..<max(1, dayCount) {
            if closes[day] == 0 { closes[day] = closes[day - 1] }
            if earlierCloses[day] == 0 { earlierCloses[day] = earlierCloses[day - 1] }
        }
    }

    /// The first midnight at or after `time`, as an index.
    private static func day(seeing time: Timestamp, from firstMidnight: Timestamp) -> Int {
        Int((DailyPanel.midnight(atOrAfter: time) - firstMidnight).milliseconds / 86_400_000)
    }
}
