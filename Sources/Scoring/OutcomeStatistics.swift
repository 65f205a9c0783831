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
    package private(set) var costSumBps = 0.0
    private var streams = FourMoments()

    package init() {}

    private var returns: CompensatedMoments { streams[0] }
    private var errors: CompensatedMoments { streams[1] }
    private var absoluteErrors: CompensatedMoments { streams[2] }
    private var grossReturns: CompensatedMoments { streams[3] }

    /// Outcomes below which a rate or a mean is no evidence.
    package static let minimalCount = 10

    package mutating func take(_ outcome: Outcome) {
        costSumBps += outcome.costBps
        take(
            grossBps: outcome.grossReturnBps, realizedBps: outcome.realizedReturnBps,
            errorBps: outcome.forecastErrorBps, share: 1 / Double(outcome.overlapCount))
    }

    /// The costs are those between the two returns; `share` is one over the number of outcomes that were open with it.
    @inline(__always)
    mutating func take(grossBps: Double, realizedBps: Double, errorBps: Double, share: Double) {
        count += 1
        independentCount += share
        hitCount += realizedBps > 0 ? 1 : 0
        streams.take(SIMD4(realizedBps, errorBps, errorBps.magnitude, grossBps))
    }

    package var pnlSumBps: Double { returns.sum }

    /// What the sum would be with costs times `factor`.
    package func pnlSumBps(costFactor factor: Double) -> Double { grossReturns.sum - factor * costSumBps }

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

extension OutcomeStatistics: SnapshotVisitable {
    package mutating func visit(_ coder: inout SnapshotCoder) throws(SnapshotCoder.Failure) {
        try coder.visit(&count)
        try coder.visit(&independentCount)
        try coder.visit(&hitCount)
        var (gross, own) = (grossReturns, (returns, errors, absoluteErrors))
        try gross.visit(&coder)
        try coder.visit(&costSumBps)
        try own.0.visit(&coder)
        try own.1.visit(&coder)
        try own.2.visit(&coder)
        guard coder.isReading else { return }
        guard let read = FourMoments(own.0, own.1, own.2, gross) else { throw .malformed }
        streams = read
    }
}
