package import Domain
internal import Statistics

/// Sums over outcomes, all of one agent or all of one strategy class.
///
/// Means are plain averages of all outcomes. Their standard errors divide by the number of *independent* outcomes, the
/// sum of 1 / overlap: twenty-four hourly signals that look a day ahead tell hardly more than one (Lopez de Prado 2018,
/// ch. 4, average uniqueness).
package struct OutcomeStatistics: Sendable {
    package private(set) var count = 0
    package private(set) var independentCount = 0.0
    package private(set) var hitCount = 0
    package private(set) var grossSum = CompensatedMoments()
    package private(set) var costSumBps = 0.0
    private var returns = CompensatedMoments()
    private var errors = CompensatedMoments()
    private var absoluteErrors = CompensatedMoments()

    package init() {}

    /// Outcomes below which a rate or a mean is no evidence.
    package static let minimalCount = 10

    package mutating func take(_ outcome: Outcome) {
        count += 1
        independentCount += 1 / Double(outcome.overlapCount)
        hitCount += outcome.realizedReturnBps > 0 ? 1 : 0
        grossSum.take(outcome.grossReturnBps)
        costSumBps += outcome.costBps
        returns.take(outcome.realizedReturnBps)
        errors.take(outcome.forecastErrorBps)
        absoluteErrors.take(outcome.forecastErrorBps.magnitude)
    }

    package var pnlSumBps: Double { returns.sum }

    /// What the sum would be with costs times `factor`.
    package func pnlSumBps(costFactor factor: Double) -> Double { grossSum.sum - factor * costSumBps }

    package var averageReturnBps: Evidence<Estimate> { estimate(returns) }
    package var averageErrorBps: Evidence<Estimate> { estimate(errors) }
    package var averageAbsoluteErrorBps: Evidence<Estimate> { estimate(absoluteErrors) }

    /// Share of outcomes whose realized return, after costs, is above zero.
    package var hitRate: Evidence<Estimate> {
        guard count >= OutcomeStatistics.minimalCount else {
            return .insufficient(count: count, needed: OutcomeStatistics.minimalCount)
        }
        let rate = Double(hitCount) / Double(count)
        let error = (rate * (1 - rate) / max(independentCount, 1)).squareRoot()
        return .known(Estimate(value: rate, standardError: error, count: count))
    }

    private func estimate(_ moments: CompensatedMoments) -> Evidence<Estimate> {
        guard count >= OutcomeStatistics.minimalCount else {
            return .insufficient(count: count, needed: OutcomeStatistics.minimalCount)
        }
        let error = moments.sampleVariance.map { ($0 / max(independentCount, 1)).squareRoot() }
        return .known(Estimate(value: moments.mean, standardError: error, count: count))
    }
}

/// Count, sum and centered squares of a stream (Welford 1962), the sum compensated (Neumaier 1974).
package struct CompensatedMoments: Equatable, Sendable {
    private var count = 0
    private var plain = 0.0
    private var compensation = 0.0
    private var runningMean = 0.0
    private var centeredSquares = 0.0

    package init() {}

    package var sum: Double { plain + compensation }
    package var mean: Double { count > 0 ? sum / Double(count) : 0 }
    package var sampleVariance: Double? { count > 1 ? max(0, centeredSquares) / Double(count - 1) : nil }

    package mutating func take(_ value: Double) {
        let total = plain + value
        compensation += plain.magnitude >= value.magnitude ? (plain - total) + value : (value - total) + plain
        plain = total
        count += 1
        let deviation = value - runningMean
        runningMean += deviation / Double(count)
        centeredSquares += deviation * (value - runningMean)
    }
}

extension CompensatedMoments: SnapshotVisitable {
    package mutating func visit(_ coder: inout SnapshotCoder) throws(SnapshotCoder.Failure) {
        try coder.visit(&count)
        try coder.visit(&plain)
        try coder.visit(&compensation)
        try coder.visit(&runningMean)
        try coder.visit(&centeredSquares)
    }
}

extension OutcomeStatistics: SnapshotVisitable {
    package mutating func visit(_ coder: inout SnapshotCoder) throws(SnapshotCoder.Failure) {
        try coder.visit(&count)
        try coder.visit(&independentCount)
        try coder.visit(&hitCount)
        try grossSum.visit(&coder)
        try coder.visit(&costSumBps)
        try returns.visit(&coder)
        try errors.visit(&coder)
        try absoluteErrors.visit(&coder)
    }
}
