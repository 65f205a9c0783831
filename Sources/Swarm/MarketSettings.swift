package import Domain

/// What a simulated market is like. Defaults resemble the large coins: 67 % of volatility a year.
package struct MarketSettings: Equatable, Sendable {
    package var seed: UInt64
    /// In the order in which they are simulated; every symbol has its own stream of random numbers.
    package var symbols: [Symbol]
    /// The opening of the first bar.
    package var startAt: Timestamp
    package var dayCount: Int
    /// Divides a day.
    package var barLength = Span.hours(1)
    /// The arithmetic mean return of a year of 365 days. The middle path grows by about half the variance less.
    package var annualDrift = 0.40
    /// Unconditional standard deviation of a day's return.
    package var dailyVolatility = 0.035
    /// The share of each symbol's variance that all symbols have in common, in [0, 1).
    package var commonShare = 0.5
    /// Of the Student t shocks; 3 to 30.
    package var degreesOfFreedom = 8
    /// GARCH(1,1) (Bollerslev 1986), per bar: how much of a squared shock enters the next variance, ...
    package var varianceShock = 0.06
    /// ... and how much of the variance survives. The half-life of a cluster is ln 2 / (1 - shock - persistence) bars,
    /// here 69 hours. With these two and eight degrees of freedom the fourth moment is finite; the kurtosis is 12.
    package var variancePersistence = 0.93
    /// The probability that a run of missing bars begins at a bar.
    package var gapProbability = 0.0005
    /// The longest run of missing bars; lengths from 1 are equally likely.
    package var gapLengthMax = 4
    /// The symbol that stops trading, and the opening of its first bar that does not exist.
    package var delisting: Delisting?

    package struct Delisting: Equatable, Sendable {
        package var symbol: Symbol
        package var at: Timestamp

        package init(symbol: Symbol, at: Timestamp) {
            self.symbol = symbol
            self.at = at
        }
    }

    package init(seed: UInt64, symbols: [Symbol], startAt: Timestamp, dayCount: Int) {
        self.seed = seed
        self.symbols = symbols
        self.startAt = startAt
        self.dayCount = dayCount
    }

    package var barsPerDay: Int { Int(Span.day.milliseconds / barLength.milliseconds) }
    package var endAt: Timestamp { startAt + .days(Int64(dayCount)) }

    func check() {
        precondition(dayCount >= 1 && !symbols.isEmpty, "Invariant: a market has days and symbols")
        precondition(barLength > .zero && Span.day.milliseconds % barLength.milliseconds == 0, "Invariant: whole bars")
        precondition(startAt.milliseconds % barLength.milliseconds == 0, "Invariant: bars open on their own grid")
        precondition(dailyVolatility > 0 && dailyVolatility < 0.5, "Invariant: a volatility one can lose")
        precondition(commonShare >= 0 && commonShare < 1, "Invariant: a share leaves something of its own")
        precondition(varianceShock >= 0 && variancePersistence >= 0, "Invariant: variances are not negative")
        precondition(varianceShock + variancePersistence < 1, "Invariant: a volatility that returns to its mean")
        precondition(gapProbability >= 0 && gapProbability < 1 && gapLengthMax >= 1, "Invariant: gaps end")
        precondition((3...30).contains(degreesOfFreedom), "Invariant: shocks have a variance and heavy tails")
    }
}
