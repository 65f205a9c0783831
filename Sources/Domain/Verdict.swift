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

    package init(
        kind: VerdictKind, stage: Stage, stageSince: Timestamp?, gates: [Gate], reason: String,
        drawdownSigmas: Evidence<Double>, isInWarningBand: Bool, trialCount: Int, standingDecision: DecisionKind?
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
    }
}
