/// What rows that another system reconciled say by themselves, without a ledger, prices or books.
package struct ReconciledReport: Equatable, Sendable {
    /// The grid point that it speaks of: what a fold over the same rows says there. `nil` without rows that count.
    package var asOf: Timestamp?
    package var policyName: String
    package var policyFingerprint: String
    package var lines: ReconciledLineCounts
    /// Rows that count, by horizon, the shortest first.
    package var horizons: [HorizonCount]
    /// By name.
    package var agents: [ReconciledAgentReport]
    /// By name. Their weights are 0: nothing is allocated on rows alone.
    package var strategies: [StrategyReport]

    package struct HorizonCount: Equatable, Sendable {
        package var horizon: Span
        package var count: Int

        package init(horizon: Span, count: Int) {
            self.horizon = horizon
            self.count = count
        }
    }

    package init(
        asOf: Timestamp?, policyName: String, policyFingerprint: String, lines: ReconciledLineCounts,
        horizons: [HorizonCount], agents: [ReconciledAgentReport], strategies: [StrategyReport]
    ) {
        self.asOf = asOf
        self.policyName = policyName
        self.policyFingerprint = policyFingerprint
        self.lines = lines
        self.horizons = horizons
        self.agents = agents
        self.strategies = strategies
    }
}

/// What became of every line.
package struct ReconciledLineCounts: Equatable, Sendable {
    package var all = 0
    package var blank = 0
    package var refused = 0
    /// The same row once more, as the ledger counts it.
    package var duplicates = 0
    /// Rows of another horizon than the one asked for.
    package var otherHorizon = 0
    /// Rows that close after the moment asked for.
    package var notYetClosed = 0
    /// Rows whose grid step was over before they came; in no number.
    package var outOfOrder = 0
    package var counted = 0
    /// Of those counted, the ones without a volatility, which say nothing about skill.
    package var withoutSigma = 0
    /// The line of the first row out of order, from 1.
    package var firstOutOfOrder: Int?
    /// Why lines were refused, by the first line of each reason; no more than `reasonsMax`.
    package var reasons: [Reason] = []

    package static let reasonsMax = 20

    package struct Reason: Equatable, Sendable {
        package var text: String
        package var count: Int
        package var firstLine: Int

        package init(text: String, count: Int, firstLine: Int) {
            self.text = text
            self.count = count
            self.firstLine = firstLine
        }
    }

    package init() {}

    package var addsUp: Bool {
        all == blank + refused + duplicates + otherHorizon + notYetClosed + outOfOrder + counted
    }

    /// Whether a line is in no number that ought to be.
    package var hasLosses: Bool { refused > 0 || outOfOrder > 0 }

    package mutating func refuse(line: Int, reason: String) {
        refused += 1
        if let index = reasons.firstIndex(where: { $0.text == reason }) {
            reasons[index].count += 1
        } else if reasons.count < ReconciledLineCounts.reasonsMax {
            reasons.append(Reason(text: reason, count: 1, firstLine: line))
        }
    }
}

/// What the rows of one agent say.
package struct ReconciledAgentReport: Equatable, Sendable {
    package var agent: AgentID
    package var strategyClass: String
    package var multiplier: ConfidenceMultiplier
    package var outcomeCount: Int
    /// Of those, the ones without a volatility.
    package var withoutSigmaCount: Int
    /// The sum of 1 / overlap.
    package var independentCount: Double
    package var pnlSumBps: Double
    package var hitRate: Evidence<Estimate>
    package var averageReturnBps: Evidence<Estimate>
    package var averageAbsoluteErrorBps: Evidence<Estimate>
    package var averageErrorBps: Evidence<Estimate>
    /// The seed's five and the evidence gate. A threshold that the policy leaves out is the seed's, and not required.
    package var gates: [Gate]

    package init(
        agent: AgentID, strategyClass: String, multiplier: ConfidenceMultiplier, outcomeCount: Int,
        withoutSigmaCount: Int, independentCount: Double, pnlSumBps: Double, hitRate: Evidence<Estimate>,
        averageReturnBps: Evidence<Estimate>, averageAbsoluteErrorBps: Evidence<Estimate>,
        averageErrorBps: Evidence<Estimate>, gates: [Gate]
    ) {
        self.agent = agent
        self.strategyClass = strategyClass
        self.multiplier = multiplier
        self.outcomeCount = outcomeCount
        self.withoutSigmaCount = withoutSigmaCount
        self.independentCount = independentCount
        self.pnlSumBps = pnlSumBps
        self.hitRate = hitRate
        self.averageReturnBps = averageReturnBps
        self.averageAbsoluteErrorBps = averageAbsoluteErrorBps
        self.averageErrorBps = averageErrorBps
        self.gates = gates
    }
}
