/// What is known of one agent: does it forecast well (its outcomes), does it earn (its book), does it run (telemetry).
package struct Scorecard: Equatable, Sendable {
    // Signals.
    package var signalCount: Int
    package var unattestedCount: Int
    package var pendingCount: Int
    package var rejections: [RejectionReason: Int]
    package var firstSignalAt: Timestamp?
    package var lastSignalAt: Timestamp?
    package var openSignalCount: Int

    // Outcomes at the primary horizon, of the current track.
    package var outcomeCount: Int
    package var pnlSumBps: Double
    /// The same with costs times 0, 1, 2 and 3.
    package var pnlSumBpsByCostFactor: [Double]
    package var hitRate: Evidence<Estimate>
    package var averageReturnBps: Evidence<Estimate>
    package var averageAbsoluteErrorBps: Evidence<Estimate>
    package var averageErrorBps: Evidence<Estimate>
    /// Spearman correlation of expected and realized return, in sigmas.
    package var informationCoefficient: Evidence<Estimate>
    /// Mean squared error of `prob_up`; 0.25 is a coin's.
    package var brierScore: Evidence<Estimate>
    package var forecasterVersion: String?
    /// Hit rate and mean return at 1 h and 4 h.
    package var diagnostics: [Diagnostic]

    // Telemetry.
    package var errorRate: Evidence<Double>
    package var averageLatencyMilliseconds: Double?
    package var totalCostUSD: Double?

    // The book.
    package var book: BookSummary

    package struct Diagnostic: Equatable, Sendable {
        package var horizon: Horizon
        package var hitRate: Evidence<Estimate>
        package var averageReturnBps: Evidence<Estimate>

        package init(horizon: Horizon, hitRate: Evidence<Estimate>, averageReturnBps: Evidence<Estimate>) {
            self.horizon = horizon
            self.hitRate = hitRate
            self.averageReturnBps = averageReturnBps
        }
    }

    package init(
        signalCount: Int, unattestedCount: Int, pendingCount: Int, rejections: [RejectionReason: Int],
        firstSignalAt: Timestamp?, lastSignalAt: Timestamp?, openSignalCount: Int, outcomeCount: Int, pnlSumBps: Double,
        pnlSumBpsByCostFactor: [Double], hitRate: Evidence<Estimate>, averageReturnBps: Evidence<Estimate>,
        averageAbsoluteErrorBps: Evidence<Estimate>, averageErrorBps: Evidence<Estimate>,
        informationCoefficient: Evidence<Estimate>, brierScore: Evidence<Estimate>, forecasterVersion: String?,
        diagnostics: [Diagnostic], errorRate: Evidence<Double>, averageLatencyMilliseconds: Double?,
        totalCostUSD: Double?, book: BookSummary
    ) {
        self.signalCount = signalCount
        self.unattestedCount = unattestedCount
        self.pendingCount = pendingCount
        self.rejections = rejections
        self.firstSignalAt = firstSignalAt
        self.lastSignalAt = lastSignalAt
        self.openSignalCount = openSignalCount
        self.outcomeCount = outcomeCount
        self.pnlSumBps = pnlSumBps
        self.pnlSumBpsByCostFactor = pnlSumBpsByCostFactor
        self.hitRate = hitRate
        self.averageReturnBps = averageReturnBps
        self.averageAbsoluteErrorBps = averageAbsoluteErrorBps
        self.averageErrorBps = averageErrorBps
        self.informationCoefficient = informationCoefficient
        self.brierScore = brierScore
        self.forecasterVersion = forecasterVersion
        self.diagnostics = diagnostics
        self.errorRate = errorRate
        self.averageLatencyMilliseconds = averageLatencyMilliseconds
        self.totalCostUSD = totalCostUSD
        self.book = book
    }
}

/// What a fund that followed the agent would have seen: daily marks of its net positions.
package struct BookSummary: Equatable, Sendable {
    /// Final marks since the first signal, days asleep included.
    package var markCount: Int
    package var lastMarkAt: Timestamp?
    /// Compounded, as a fraction: 0.1 is ten per cent.
    package var totalReturnNet: Double
    package var totalReturnGross: Double
    /// Sums of simple daily returns: what the market explains, and what remains.
    package var marketPartSum: Double
    package var residualPartSum: Double
    package var beta: Double?
    /// Annualized, net.
    package var sharpeRatio: Evidence<Estimate>
    /// Standard deviation of daily returns.
    package var dailyVolatility: Evidence<Double>
    /// Largest fall from a peak, a positive fraction.
    package var maximalDrawdown: Double
    package var currentDrawdown: Double
    /// The share of marks at which a position was held.
    package var exposedShare: Double
    /// Mean traded value a day, as a fraction of equity.
    package var averageTurnover: Double
    /// Positions held at the last price because no newer one was known; positions closed at the punitive price.
    package var staleMarkCount: Int
    package var abandonedPositionCount: Int
    /// Outcomes taken from elsewhere that entered without prices.
    package var importedPositionCount: Int
    package var isRuined: Bool

    package init(
        markCount: Int, lastMarkAt: Timestamp?, totalReturnNet: Double, totalReturnGross: Double, marketPartSum: Double,
        residualPartSum: Double, beta: Double?, sharpeRatio: Evidence<Estimate>, dailyVolatility: Evidence<Double>,
        maximalDrawdown: Double, currentDrawdown: Double, exposedShare: Double, averageTurnover: Double,
        staleMarkCount: Int, abandonedPositionCount: Int, importedPositionCount: Int, isRuined: Bool
    ) {
        self.markCount = markCount
        self.lastMarkAt = lastMarkAt
        self.totalReturnNet = totalReturnNet
        self.totalReturnGross = totalReturnGross
        self.marketPartSum = marketPartSum
        self.residualPartSum = residualPartSum
        self.beta = beta
        self.sharpeRatio = sharpeRatio
        self.dailyVolatility = dailyVolatility
        self.maximalDrawdown = maximalDrawdown
        self.currentDrawdown = currentDrawdown
        self.exposedShare = exposedShare
        self.averageTurnover = averageTurnover
        self.staleMarkCount = staleMarkCount
        self.abandonedPositionCount = abandonedPositionCount
        self.importedPositionCount = importedPositionCount
        self.isRuined = isRuined
    }
}

/// The confidence multiplier, and what it rests on.
package struct ConfidenceMultiplier: Equatable, Sendable {
    package var value: Double
    /// Out-of-sample R^2 against the zero forecast; insufficient where the multiplier is 1.0 for want of signals.
    package var skill: Evidence<Double>
    /// Independent signals behind it, after forgetting.
    package var effectiveSignals: Double

    package init(value: Double, skill: Evidence<Double>, effectiveSignals: Double) {
        self.value = value
        self.skill = skill
        self.effectiveSignals = effectiveSignals
    }
}

/// P&L and tail risk of one strategy class: all outcomes whose signals belong to it, of all agents.
package struct StrategyReport: Equatable, Sendable {
    package var strategyClass: String
    package var agentCount: Int
    package var outcomeCount: Int
    package var pnlSumBps: Double
    /// Its share of the fleet's sum of absolute strategy P&L, signed.
    package var contribution: Double?
    package var hitRate: Evidence<Estimate>
    package var averageErrorBps: Evidence<Estimate>
    /// CVaR of the shortfall (minus the forecast error), bps, positive = loss, over the newest outcomes.
    package var shortfallCVaR95: Evidence<Double>
    package var shortfallCVaR99: Evidence<Double>
    /// The 95 % figure in units of the horizon's volatility: what the haircut is made of.
    package var shortfallCVaR95Sigmas: Evidence<Double>
    package var weight: Double

    package init(
        strategyClass: String, agentCount: Int, outcomeCount: Int, pnlSumBps: Double, contribution: Double?,
        hitRate: Evidence<Estimate>, averageErrorBps: Evidence<Estimate>, shortfallCVaR95: Evidence<Double>,
        shortfallCVaR99: Evidence<Double>, shortfallCVaR95Sigmas: Evidence<Double>, weight: Double
    ) {
        self.strategyClass = strategyClass
        self.agentCount = agentCount
        self.outcomeCount = outcomeCount
        self.pnlSumBps = pnlSumBps
        self.contribution = contribution
        self.hitRate = hitRate
        self.averageErrorBps = averageErrorBps
        self.shortfallCVaR95 = shortfallCVaR95
        self.shortfallCVaR99 = shortfallCVaR99
        self.shortfallCVaR95Sigmas = shortfallCVaR95Sigmas
        self.weight = weight
    }
}
