/// How far an agent has come.
package enum Stage: String, Sendable, CaseIterable {
    case candidate
    case promoted
    /// Promoted, and close to a limit.
    case probation
    /// Out, until a person revives it.
    case killed
}

package enum VerdictKind: String, Sendable, CaseIterable {
    case promote
    /// Every gate is passed; a person has to say yes.
    case awaitApproval = "await-approval"
    case hold
    case demote
    case kill
    case insufficientEvidence = "insufficient-evidence"
}

/// One number compared with one threshold.
package struct Gate: Equatable, Sendable {
    package enum Comparison: String, Sendable {
        case above = ">"
        case atLeast = ">="
        case atMost = "<="
    }

    package var name: String
    package var value: Evidence<Double>
    package var comparison: Comparison
    /// `nil` where the policy sets none; the number is shown all the same.
    package var threshold: Double?
    /// Whether a promotion needs it.
    package var isRequired: Bool
    /// A missing statistic fails, but for a waived one.
    package var isPassed: Bool
    package var isWaived: Bool

    package init(
        name: String, value: Evidence<Double>, comparison: Comparison, threshold: Double?, isRequired: Bool,
        isPassed: Bool, isWaived: Bool
    ) {
        self.name = name
        self.value = value
        self.comparison = comparison
        self.threshold = threshold
        self.isRequired = isRequired
        self.isPassed = isPassed
        self.isWaived = isWaived
    }
}

package struct Verdict: Equatable, Sendable {
    package var kind: VerdictKind
    /// The stage after the verdict.
    package var stage: Stage
    package var stageSince: Timestamp?
    package var gates: [Gate]
    /// In words, with the numbers.
    package var reason: String
    /// Drawdown in units of the agent's own daily volatility, and where it ends.
    package var drawdownSigmas: Evidence<Double>
    package var isInWarningBand: Bool
    /// How many agents were ever tried, this one included.
    package var trialCount: Int
    /// A human decision that stands: kill or veto.
    package var standingDecision: DecisionKind?
    /// Evidence that the agent earns more than nothing: 1 says nothing, 20 is the 5 % level for one agent alone.
    package var evidenceEValue: Evidence<Double>
    /// The e-value at which it is promoted, by its share of the budget; `nil` where the policy asks for no evidence.
    package var evidenceThreshold: Double?
    /// How many more days that takes at the present rate; `nil` where wealth has not grown, or is enough.
    package var daysNeeded: Double?
    /// Evidence that it earns less than nothing, since its revival where there was one.
    package var lossEValue: Evidence<Double>
    /// The e-value at which it is killed for that; `nil` where the policy kills on no such evidence.
    package var lossThreshold: Double?

    package init(
        kind: VerdictKind, stage: Stage, stageSince: Timestamp?, gates: [Gate], reason: String,
        drawdownSigmas: Evidence<Double>, isInWarningBand: Bool, trialCount: Int, standingDecision: DecisionKind?,
        evidenceEValue: Evidence<Double> = .insufficient(count: 0, needed: 1), evidenceThreshold: Double? = nil,
        daysNeeded: Double? = nil, lossEValue: Evidence<Double> = .insufficient(count: 0, needed: 1),
        lossThreshold: Double? = nil
    ) {
        self.kind = kind
        self.stage = stage
        self.stageSince = stageSince
        self.gates = gates
        self.reason = reason
        self.drawdownSigmas = drawdownSigmas
        self.isInWarningBand = isInWarningBand
        self.trialCount = trialCount
        self.standingDecision = standingDecision
        self.evidenceEValue = evidenceEValue
        self.evidenceThreshold = evidenceThreshold
        self.daysNeeded = daysNeeded
        self.lossEValue = lossEValue
        self.lossThreshold = lossThreshold
    }
}
