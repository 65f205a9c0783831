package import Domain
internal import Statistics
internal import StatisticsState

/// What a record of daily returns amounts to. Simple returns, days asleep as 0; a year has 365 marks.
package struct ReplayStatistics: Equatable, Sendable {
    package var netReturn: Double
    package var grossReturn: Double
    /// Standard deviation of daily net returns times the root of 365.
    package var annualVolatility: Evidence<Double>
    package var sharpeRatio: Evidence<Estimate>
    /// The greatest fall from a peak, as a fraction of it; positive.
    package var maximalDrawdown: Double
    /// Capital moved a day, as a fraction of all; a full switch from one agent to another is 2.
    package var averageTurnover: Double
    package var averageCash: Double
    /// Share of days on which any capital was out of cash.
    package var investedShare: Double
    /// Share of those that ended above 0, after costs.
    package var winningShare: Evidence<Double>

    /// Marks below which no ratio is shown.
    package static let minimalDays = 20

    /// `nil` for a record without a day.
    package init?(_ record: ReplayRecord) {
        let days = record.days
        guard !days.isEmpty else { return nil }
        let count = Double(days.count)
        let returns = record.netReturns
        netReturn = ReplayStatistics.compounded(returns)
        grossReturn = ReplayStatistics.compounded(days.map(\.grossReturn))
        let enough = days.count >= ReplayStatistics.minimalDays
        annualVolatility =
            enough
            ? .known((standardDeviation(of: returns) ?? 0) * ReplayStatistics.marksPerYear.squareRoot())
            : .insufficient(count: days.count, needed: ReplayStatistics.minimalDays)
        sharpeRatio = .annualizedSharpeRatio(
            ofReturns: returns, markCount: days.count, minimalMarks: ReplayStatistics.minimalDays,
            marksPerYear: ReplayStatistics.marksPerYear)
        maximalDrawdown = maxDrawdown(ofReturns: returns)?.fraction ?? 0
        averageTurnover = compensatedSum(days.map(\.turnover)) / count
        averageCash = compensatedSum(days.map(\.cash)) / count
        // Cash of exactly 1 is what a policy without any weight holds; rounding leaves less than this.
        let invested = days.filter { $0.cash < 1 - 1e-12 }
        investedShare = Double(invested.count) / count
        winningShare =
            invested.isEmpty
            ? .insufficient(count: 0, needed: 1)
            : .known(Double(invested.count { $0.netReturn > 0 }) / Double(invested.count))
    }

    static let marksPerYear = 365.0

    /// What one unit of money became, less the one.
    package static func compounded(_ returns: some Sequence<Double>) -> Double {
        returns.reduce(1) { $0 * (1 + $1) } - 1
    }
}

/// How much better one record is than another, day by day: two policies that hold the same agents share most of their
/// luck, and the difference is far more certain than either.
package struct ReplayDifference: Equatable, Sendable {
    /// Mean daily difference of net returns, in bps.
    package var dailyBps: Evidence<Estimate>
    /// Difference of the annualized Sharpe ratios.
    package var sharpe: Evidence<Estimate>

    /// `own` less `other`, over the days that both have.
    ///
    /// The error of the mean difference allows for one lag of correlation between days where that makes the answer less
    /// sure (Newey & West 1987). That of the Sharpe ratios is the delta method on the first two moments of both series
    /// (Jobson & Korkie 1981, as Ledoit & Wolf 2008 write it, without their lags): the day's influence on a ratio is
    /// `z - SR (z^2 - 1) / 2`, z being the return in standard deviations from its mean.
    package init(_ own: ReplayRecord, less other: ReplayRecord) {
        let (mine, theirs) = ReplayDifference.common(own, other)
        let needed = ReplayStatistics.minimalDays
        dailyBps = .insufficient(count: mine.count, needed: needed)
        sharpe = dailyBps
        guard mine.count >= needed else { return }
        let differences = zip(mine, theirs).map { ($0 - $1) * 10_000 }
        dailyBps = .known(
            Estimate(
                value: mean(of: differences) ?? 0, standardError: ReplayDifference.standardError(differences),
                count: mine.count))
        guard let first = ReplayDifference.influences(mine), let second = ReplayDifference.influences(theirs) else {
            return
        }
        let root = ReplayStatistics.marksPerYear.squareRoot()
        let error = ReplayDifference.standardError(zip(first.influences, second.influences).map { $0 - $1 })
        sharpe = .known(
            Estimate(
                value: (first.ratio - second.ratio) * root, standardError: error.map { $0 * root },
                count: mine.count))
    }

    private static func common(_ own: ReplayRecord, _ other: ReplayRecord) -> (own: [Double], other: [Double]) {
        var mine: [Double] = []
        var theirs: [Double] = []
        var place = 0
        for day in own.days {
            while place < other.days.count, other.days[place].start < day.start { place += 1 }
            guard place < other.days.count else { break }
            guard other.days[place].start == day.start else { continue }
            mine.append(day.netReturn)
            theirs.append(other.days[place].netReturn)
        }
        return (mine, theirs)
    }

    /// Of the mean of values that follow one another.
    static func standardError(_ values: [Double]) -> Double? {
        guard values.count >= 2, let center = mean(of: values), let variance = sampleVariance(of: values) else {
            return nil
        }
        var lagged = CompensatedSum()
        for index in 1..<values.count { lagged.add((values[index] - center) * (values[index - 1] - center)) }
        // Newey & West 1987 with one lag, whose weight is one half, counted on both sides.
        let covariance = max(0, lagged.value / Double(values.count - 1))
        return ((variance + covariance) / Double(values.count)).squareRoot()
    }

    private static func influences(_ returns: [Double]) -> (ratio: Double, influences: [Double])? {
        guard let ratio = sharpeRatio(ofReturns: returns)?.perPeriod, let center = mean(of: returns),
            let deviation = standardDeviation(of: returns), deviation > 0
        else { return nil }
        let influences = returns.map { value in
            let z = (value - center) / deviation
            return z - ratio * (z * z - 1) / 2
        }
        return (ratio, influences)
    }
}
