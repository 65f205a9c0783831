package import Domain

/// Everything that a judgment compares, as known at the decision.
package struct GateInputs: Equatable, Sendable {
    // Over the agent's outcomes, or over the attested ones alone; see `unattestedOutcomeCount`.
    package var pnlSumBps: Evidence<Double>
    package var hitRate: Evidence<Double>
    package var averageAbsoluteErrorBps: Evidence<Double>
    /// Realized minus expected.
    package var averageErrorBps: Evidence<Double>
    /// How many of the outcomes behind the four figures above are unattested. Where the policy requires attestation and
    /// any of the four, one is too many: give figures over attested outcomes, and 0 here.
    package var unattestedOutcomeCount: Int
    /// Errors by telemetry record.
    package var errorRate: Evidence<Double>
    package var evidence: EvidenceReading
    /// Agents promoted on evidence before this grid point: `StageState.promotionCount(among:)`.
    package var promotionCount: Int
    /// Agents ever tried.
    package var trialCount: Int
    /// Daily net returns of the book that became final since the last judgment, oldest first.
    package var newReturns: [Double]
    /// Standard deviation of the book's daily returns.
    package var dailyVolatility: Evidence<Double>
    /// The book's equity has reached the floor, for good.
    package var isRuined: Bool

    package init(
        pnlSumBps: Evidence<Double>, hitRate: Evidence<Double>, averageAbsoluteErrorBps: Evidence<Double>,
        averageErrorBps: Evidence<Double>, unattestedOutcomeCount: Int, errorRate: Evidence<Double>,
        evidence: EvidenceReading, promotionCount: Int, trialCount: Int, newReturns: [Double],
        dailyVolatility: Evidence<Double>, isRuined: Bool
    ) {
        self.pnlSumBps = pnlSumBps
        self.hitRate = hitRate
        self.averageAbsoluteErrorBps = averageAbsoluteErrorBps
        self.averageErrorBps = averageErrorBps
        self.unattestedOutcomeCount = unattestedOutcomeCount
        self.errorRate = errorRate
        self.evidence = evidence
        self.promotionCount = promotionCount
        self.trialCount = trialCount
        self.newReturns = newReturns
        self.dailyVolatility = dailyVolatility
        self.isRuined = isRuined
    }
}
