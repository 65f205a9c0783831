/// Everything the supervisor says about a fleet at one moment: a function of the facts known by then and the policy.
///
/// No wall time, host or program version is in it; those belong to the run's record.
package struct Report: Equatable, Sendable {
    /// An integer that rises whenever any number changes for the same facts and policy.
    package static let methodVersion = 3

    package var asOf: Timestamp
    /// The last grid point at or before `asOf`: state is of that moment; `nil` before the first fact.
    package var decidedAt: Timestamp?
    package var policyName: String
    package var policyFingerprint: String
    package var methodVersion: Int
    package var facts: FactsDigest
    package var factCounts: [FactKind: Int]
    package var fleet: FleetReport
    /// In the order of their names.
    package var agents: [AgentReport]
    /// In the order of their names.
    package var strategies: [StrategyReport]
    package var forecaster: ForecasterReport
    package var allocation: Allocation
    package var findings: [Finding]

    package init(
        asOf: Timestamp, decidedAt: Timestamp?, policyName: String, policyFingerprint: String, methodVersion: Int,
        facts: FactsDigest, factCounts: [FactKind: Int], fleet: FleetReport, agents: [AgentReport],
        strategies: [StrategyReport], forecaster: ForecasterReport, allocation: Allocation, findings: [Finding]
    ) {
        self.asOf = asOf
        self.decidedAt = decidedAt
        self.policyName = policyName
        self.policyFingerprint = policyFingerprint
        self.methodVersion = methodVersion
        self.facts = facts
        self.factCounts = factCounts
        self.fleet = fleet
        self.agents = agents
        self.strategies = strategies
        self.forecaster = forecaster
        self.allocation = allocation
        self.findings = findings
    }
}

package struct AgentReport: Equatable, Sendable {
    package var agent: AgentID
    /// As last announced; `nil` if it never announced one.
    package var version: String?
    /// How many versions came before, each with a track record of its own.
    package var trackNumber: Int
    package var strategyClass: String
    /// No open signal at the decision.
    package var isAsleep: Bool
    package var scorecard: Scorecard
    package var multiplier: ConfidenceMultiplier
    package var verdict: Verdict
    /// Agents whose residual returns move with its own: one bet with one share and one cap. In the order of names.
    package var movesWith: [AgentID]
    /// What the Sharpe ratio of its book is worth.
    package var significance: SharpeSignificance

    package init(
        agent: AgentID, version: String?, trackNumber: Int, strategyClass: String, isAsleep: Bool,
        scorecard: Scorecard, multiplier: ConfidenceMultiplier, verdict: Verdict, movesWith: [AgentID],
        significance: SharpeSignificance
    ) {
        self.agent = agent
        self.version = version
        self.trackNumber = trackNumber
        self.strategyClass = strategyClass
        self.isAsleep = isAsleep
        self.scorecard = scorecard
        self.multiplier = multiplier
        self.verdict = verdict
        self.movesWith = movesWith
        self.significance = significance
    }
}

/// The fleet as a whole.
package struct FleetReport: Equatable, Sendable {
    package var agentCount: Int
    package var awakeCount: Int
    package var signalCount: Int
    package var unattestedCount: Int
    package var outcomeCount: Int
    package var pendingCount: Int
    package var rejections: [RejectionReason: Int]
    package var barCount: Int
    /// Bars that repeated an opening with other prices; the first known counts.
    package var correctedBarCount: Int
    /// Bars taken out of the prices because venues did not agree on them, each once. A withdrawal that came when no
    /// decision could need its bar any more is counted among the facts alone.
    package var withdrawnBarCount: Int
    package var symbolCount: Int
    /// The record of the supervisor's own weights on the agents' books, net of the turnover of the weights.
    package var record: FleetRecord
    /// What the steps that concern the fleet as a whole were decided on.
    package var condition: FleetCondition

    package init(
        agentCount: Int, awakeCount: Int, signalCount: Int, unattestedCount: Int, outcomeCount: Int, pendingCount: Int,
        rejections: [RejectionReason: Int], barCount: Int, correctedBarCount: Int, withdrawnBarCount: Int = 0,
        symbolCount: Int, record: FleetRecord, condition: FleetCondition
    ) {
        self.agentCount = agentCount
        self.awakeCount = awakeCount
        self.signalCount = signalCount
        self.unattestedCount = unattestedCount
        self.outcomeCount = outcomeCount
        self.pendingCount = pendingCount
        self.rejections = rejections
        self.barCount = barCount
        self.correctedBarCount = correctedBarCount
        self.withdrawnBarCount = withdrawnBarCount
        self.symbolCount = symbolCount
        self.record = record
        self.condition = condition
    }
}

/// A paper track record: what following the weights would have earned.
package struct FleetRecord: Equatable, Sendable {
    package var markCount: Int
    package var totalReturnNet: Double
    package var sharpeRatio: Evidence<Estimate>
    package var maximalDrawdown: Double
    package var averageCash: Double?
    /// Capital moved a day, as a fraction of all.
    package var averageTurnover: Double?
    /// The same for equal weights in all agents that were not killed.
    package var equalWeightTotalReturnNet: Double

    package init(
        markCount: Int, totalReturnNet: Double, sharpeRatio: Evidence<Estimate>, maximalDrawdown: Double,
        averageCash: Double?, averageTurnover: Double?, equalWeightTotalReturnNet: Double
    ) {
        self.markCount = markCount
        self.totalReturnNet = totalReturnNet
        self.sharpeRatio = sharpeRatio
        self.maximalDrawdown = maximalDrawdown
        self.averageCash = averageCash
        self.averageTurnover = averageTurnover
        self.equalWeightTotalReturnNet = equalWeightTotalReturnNet
    }
}

/// Something worth knowing, in a sentence.
package struct Finding: Equatable, Sendable {
    package enum Severity: String, Sendable, CaseIterable {
        case notice
        case warning
        case problem
    }

    package enum Topic: String, Sendable, CaseIterable {
        case evidence
        case prices
        case signals
        case forecaster
        case promotion
        case risk
        case allocation
        case history
    }

    package var severity: Severity
    package var topic: Topic
    package var text: String

    package init(_ severity: Severity, _ topic: Topic, _ text: String) {
        self.severity = severity
        self.topic = topic
        self.text = text
    }
}
