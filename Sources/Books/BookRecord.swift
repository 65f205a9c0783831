package import Domain
package import Statistics
package import StatisticsState

/// The track record of a book, mark by mark: returns, their market part and what remains, drawdown, turnover.
///
/// The market part of a mark is beta times the equal-weight return of the agent's universe, with a beta known before
/// the mark: the slope of the book's returns on the market's, exponentially weighted, shrunk to the fleet's median.
package struct BookRecord: Sendable {
    package internal(set) var markCount = 0
    package internal(set) var exposedCount = 0
    package internal(set) var staleMarkCount = 0
    package internal(set) var abandonedPositionCount = 0
    package internal(set) var importedPositionCount = 0
    package internal(set) var turnoverSum = 0.0
    /// Compounded since the beginning of the track.
    package internal(set) var netGrowth = 1.0
    package internal(set) var grossGrowth = 1.0
    package internal(set) var marketPartSum = 0.0
    package internal(set) var residualPartSum = 0.0
    /// Newest net returns and residuals, oldest first.
    package internal(set) var netReturns = RecentValues()
    package internal(set) var residuals = RecentValues()
    /// Market first, book second.
    package internal(set) var covariance = ExponentialCovariance(decay: decayFactor(halfLife: BookRecord.betaHalfLife))
    /// Of the compounded net return, the start included.
    package internal(set) var drawdown = DrawdownTracker()
    /// Of all net returns of the track.
    package internal(set) var returnMoments = ExponentialMoments(decay: 1)

    /// In marks.
    static let betaHalfLife = 60.0
    /// Marks before an agent's own beta enters the fleet's median.
    package static let betaMinimalMarks = 20
    /// tau: how far the betas of a fleet lie from their median (ours: between out of the market and fully in it).
    static let betaSpread = 0.5

    package init() {}

    /// The record of a new version of the agent: its own returns, and the old one's risk. Volatility and beta are
    /// those of the book, which goes on; without them a limit in units of volatility would be blind for weeks.
    package static func successor(of old: BookRecord) -> BookRecord {
        var record = BookRecord()
        record.returnMoments = old.returnMoments
        record.covariance = old.covariance
        return record
    }

    /// What one mark meant.
    package struct Split: Equatable, Sendable {
        package var marketPart: Double
        package var residual: Double

        package init(marketPart: Double, residual: Double) {
            self.marketPart = marketPart
            self.residual = residual
        }
    }

    /// Slope of the book on its market, as far as it is known; `nil` before `betaMinimalMarks`.
    package var ownBeta: Double? { markCount >= BookRecord.betaMinimalMarks ? covariance.slope : nil }

    /// The beta in force for the next mark: the own slope and the fleet's median, weighed by how well each is known.
    ///
    /// `(tau^2 b + SE^2 m) / (tau^2 + SE^2)` (Vasicek 1973), SE the standard error of the slope b, m the median
    /// (0 while there is none). A book that is simply long moves with its market almost without error, and keeps none
    /// of the market's return as its own, whatever the others do; a slope that is mostly noise is worth little.
    package func beta(fleetMedian: Double?) -> Double? {
        guard let own = covariance.slope, let size = covariance.first.effectiveSampleSize, size > 2 else {
            return fleetMedian
        }
        let explained = covariance.correlation.map { $0 * $0 } ?? 0
        let scatter = covariance.second.centeredSquares / covariance.first.centeredSquares
        let squaredError = max(0, 1 - explained) * scatter / (size - 2)
        // A market that all but stands still tells nothing of anybody's beta.
        guard own.isFinite, squaredError.isFinite else { return fleetMedian }
        let spread = BookRecord.betaSpread * BookRecord.betaSpread
        return (spread * own + squaredError * (fleetMedian ?? 0)) / (spread + squaredError)
    }

    package mutating func take(_ mark: BookMark, fleetMedianBeta: Double?, window: Int) -> Split {
        let marketReturn = mark.marketReturn ?? 0
        // Who holds nothing owes the market nothing, and its days in bed say nothing of its beta.
        let marketPart = mark.isExposed ? (beta(fleetMedian: fleetMedianBeta) ?? 0) * marketReturn : 0
        let split = Split(marketPart: marketPart, residual: mark.netReturn - marketPart)
        returnMoments.update(mark.netReturn)
        if mark.isExposed, mark.marketReturn != nil {
            covariance.update(first: marketReturn, second: mark.netReturn)
        }
        markCount += 1
        exposedCount += mark.isExposed ? 1 : 0
        staleMarkCount += mark.staleCount
        abandonedPositionCount += mark.abandonedCount
        importedPositionCount += mark.importedCount
        turnoverSum += mark.turnover
        netGrowth *= 1 + mark.netReturn
        grossGrowth *= 1 + mark.grossReturn
        marketPartSum += split.marketPart
        residualPartSum += split.residual
        netReturns.append(mark.netReturn, capacity: window)
        residuals.append(split.residual, capacity: window)
        drawdown.update(mark.netReturn)
        return split
    }

    /// Marks below which a volatility or a Sharpe ratio is no evidence.
    package static let minimalMarks = 20

    /// Standard deviation of the book's net returns, those under earlier versions included.
    package var dailyVolatility: Evidence<Double> {
        let count = Int(returnMoments.totalWeight)
        guard count >= BookRecord.minimalMarks, let variance = returnMoments.sampleVariance else {
            return .insufficient(count: count, needed: BookRecord.minimalMarks)
        }
        return .known(variance.squareRoot())
    }

    /// Crypto trades every day of the year.
    package static let marksPerYear = 365.0

    /// Of the newest net returns, as many as are kept; `nil` where they do not scatter.
    package var sharpeRatio: SharpeRatio? { Statistics.sharpeRatio(ofReturns: netReturns.values) }

    /// - Parameter ratio: `sharpeRatio`, which others are told too.
    package func summary(book: Book, ratio: SharpeRatio?, fleetMedianBeta: Double?) -> BookSummary {
        let sharpe = Evidence<Estimate>.annualizedSharpeRatio(
            ratio, markCount: markCount, minimalMarks: BookRecord.minimalMarks, marksPerYear: BookRecord.marksPerYear)
        return BookSummary(
            markCount: markCount, lastMarkAt: markCount > 0 ? book.markedThrough : nil, totalReturnNet: netGrowth - 1,
            totalReturnGross: grossGrowth - 1, marketPartSum: marketPartSum, residualPartSum: residualPartSum,
            beta: markCount > 0 ? beta(fleetMedian: fleetMedianBeta) : nil, sharpeRatio: sharpe,
            dailyVolatility: dailyVolatility, maximalDrawdown: drawdown.maximum?.fraction ?? 0,
            currentDrawdown: drawdown.current ?? 0,
            exposedShare: markCount > 0 ? Double(exposedCount) / Double(markCount) : 0,
            averageTurnover: markCount > 0 ? turnoverSum / Double(markCount) : 0, staleMarkCount: staleMarkCount,
            abandonedPositionCount: abandonedPositionCount, importedPositionCount: importedPositionCount,
            isRuined: book.isRuined)
    }
}

extension BookRecord: SnapshotVisitable {
    package mutating func visit(_ coder: inout SnapshotCoder) throws(SnapshotCoder.Failure) {
        try coder.visit(&markCount)
        try coder.visit(&exposedCount)
        try coder.visit(&staleMarkCount)
        try coder.visit(&abandonedPositionCount)
        try coder.visit(&importedPositionCount)
        try coder.visit(&turnoverSum)
        try coder.visit(&netGrowth)
        try coder.visit(&grossGrowth)
        try coder.visit(&marketPartSum)
        try coder.visit(&residualPartSum)
        try netReturns.visit(&coder)
        try residuals.visit(&coder)
        try coder.visit(&covariance)
        try coder.visit(&drawdown)
        try coder.visit(&returnMoments)
    }
}
