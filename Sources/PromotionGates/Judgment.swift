package import Domain

/// Who is promoted, held, put on probation or killed, with every number that was compared.
///
/// A pure function of the inputs, the state after the judgment before and the human decisions known by `asOf`. The
/// order of precedence, the strongest first:
/// 1. `revive`, given since the last judgment, makes a killed agent a candidate, its fall measured from there.
/// 2. Ruin, a standing human kill, a fall of `killDrawdownSigmas` daily volatilities, and evidence at `killErrorLevel`
///    that the mean is negative kill. A kill stays until a `revive`, whatever the numbers, the strategy class or the
///    policy do meanwhile; ruin is for good.
/// 3. A promoted agent that has fallen by `warningShare` of the limit goes on probation, and comes back below
///    `recoveryShare` (two bounds, so that it does not flutter at one), unless a veto stands.
/// 4. A candidate is promoted by a person at once, whatever the gates say; else, where every required gate is passed
///    and no veto stands, automatically or after approval, by policy. Not while it is in the warning band.
///
/// - Parameters:
///   - decisions: On the agent or its strategy class, of all that are known by `asOf`.
package func judge(
    _ inputs: GateInputs, state: StageState, decisions: AgentDecisions, gates policy: GatePolicy, risk: RiskPolicy,
    asOf: Timestamp
) -> (verdict: Verdict, state: StageState) {
    var judgment = Judgment(inputs, state, decisions, policy, risk, asOf, speaks: true)
    judgment.decide()
    return (judgment.verdict, judgment.state)
}

/// The state after the same judgment, without the words: a fold judges every agent at every grid point, and hardly a
/// verdict is ever read.
func stateAfter(_ entry: JudgmentCase, gates policy: GatePolicy, risk: RiskPolicy, asOf: Timestamp) -> StageState {
    var judgment = Judgment(entry.inputs, entry.state, entry.decisions, policy, risk, asOf, speaks: false)
    judgment.decide()
    return judgment.state
}

private struct Judgment {
    let inputs: GateInputs
    let decisions: StandingDecisions
    let knownDecisionCount: Int
    let policy: GatePolicy
    let risk: RiskPolicy
    let asOf: Timestamp
    let list: GateList
    /// Whether anybody will read the reason; nothing is decided by it.
    let speaks: Bool
    var state: StageState
    var kind = VerdictKind.hold
    var reason = ""

    init(
        _ inputs: GateInputs, _ state: StageState, _ decisions: AgentDecisions, _ policy: GatePolicy,
        _ risk: RiskPolicy, _ asOf: Timestamp, speaks: Bool
    ) {
        precondition(state.judgedAt.map { $0 <= asOf } ?? true, "Invariant: judgments follow one another")
        self.inputs = inputs
        self.decisions = StandingDecisions(decisions, since: state)
        knownDecisionCount = decisions.knownCount
        self.policy = policy
        self.risk = risk
        self.asOf = asOf
        self.state = state
        self.speaks = speaks
        list = GateList(inputs, policy, state: state, speaks: speaks)
        self.state.take(returns: inputs.newReturns)
    }

    mutating func decide() {
        let revival = state.stage == .killed ? decisions.newRevival : nil
        if let revival {
            state.revive(at: asOf, lossEValue: inputs.evidence.lossEValue.value)
            kind = .hold
            if speaks { reason = "a candidate again, by " + revival.text }
        }
        if state.stage == .killed {
            kind = .kill
            if speaks { reason = killedText }
        } else if let cause = killCause {
            state.kill(at: asOf, reason: cause.reason, byDecision: cause.isDecision)
            kind = .kill
            if speaks { reason = killedText }
        } else if revival == nil {
            switch state.stage {
            case .promoted: judgePromoted()
            case .probation: judgeProbation()
            case .candidate, .killed: judgeCandidate()
            }
        }
        if speaks, decisions.isVetoed, state.stage != .killed { reason += "; a veto stands" }
        state.noteJudgment(at: asOf, knownDecisionCount: knownDecisionCount)
    }

    private var killedText: String {
        "killed: " + (state.killReason ?? "by an earlier record")
            + (inputs.isRuined ? "; ruin is for good" : "; until a revive")
    }

    private var killCause: (reason: String, isDecision: Bool)? {
        if let kill = decisions.standingKill { return ("by " + kill.text, true) }
        if inputs.isRuined { return ("the book is ruined", false) }
        if let limit = risk.killDrawdownSigmas, let deepest = sigmas(state.fall.deepest), deepest >= limit {
            return ("fell by " + fallText(deepest, ">=", limit), false)
        }
        if let threshold = lossThreshold, let eValue = lossEvidence.value, eValue >= threshold {
            let (left, right) = NumberText.distinct(eValue, threshold)
            return ("evidence that it earns less than nothing " + left + " >= " + right, false)
        }
        return nil
    }

    private var lossThreshold: Double? { risk.killErrorLevel.map { 1 / $0 } }

    private var lossEvidence: Evidence<Double> { state.lossEvidence(inputs.evidence.lossEValue) }

    private mutating func judgePromoted() {
        if isInWarningBand, let fall = drawdownSigmas.value {
            state.move(to: .probation, at: asOf)
            kind = .demote
            if speaks { reason = "on probation: fell by " + fallText(fall, ">=", warningSigmas) }
        } else {
            if speaks { reason = "stays promoted: " + standingText }
        }
    }

    private mutating func judgeProbation() {
        guard let limit = risk.killDrawdownSigmas else {
            return recover("the policy sets no limit to a fall")
        }
        guard let fall = drawdownSigmas.value else {
            if speaks { reason = "stays on probation: " + standingText }
            return
        }
        guard fall < risk.recoveryShare * limit else {
            if speaks { reason = "stays on probation: fell by " + fallText(fall, ">=", risk.recoveryShare * limit) }
            return
        }
        recover(speaks ? "fell by " + fallText(fall, "<", risk.recoveryShare * limit) : "")
    }

    private mutating func recover(_ why: String) {
        guard !decisions.isVetoed else {
            if speaks { reason = "stays on probation: " + why }
            return
        }
        state.move(to: .promoted, at: asOf)
        kind = .promote
        if speaks { reason = "promoted again: " + why }
    }

    private mutating func judgeCandidate() {
        if let promotion = decisions.newPromotion {
            promote()
            guard speaks else { return }
            reason = "promoted by " + promotion.text + ", "
            reason += list.isPassed
                ? "with every gate passed"
                : "against " + failureCount + ": " + list.sentence(list.failed)
            if state.stage == .probation { reason += "; on probation, being in the warning band" }
            return
        }
        guard list.isPassed else {
            kind = list.lacksOnlyEvidence ? .insufficientEvidence : .hold
            if speaks { reason = failureCount + ": " + list.sentence(list.failed) }
            return
        }
        if decisions.isVetoed {
            if speaks { reason = "every gate is passed and a person refused it: " + passedText }
        } else if isInWarningBand, let fall = drawdownSigmas.value {
            if speaks { reason = "every gate is passed, but it fell by " + fallText(fall, ">=", warningSigmas) }
        } else if policy.promotion == .approval {
            kind = .awaitApproval
            if speaks { reason = "every gate is passed, a person has to say yes: " + passedText }
        } else {
            promote()
            if speaks { reason = "promoted, every gate is passed: " + passedText }
        }
    }

    private mutating func promote() {
        state.move(to: isInWarningBand ? .probation : .promoted, at: asOf)
        if list.isEvidencePassed { state.notePromotionOnEvidence() }
        kind = .promote
    }

    private var passedText: String {
        list.required.isEmpty ? "the policy requires none" : list.sentence(list.required)
    }

    private var failureCount: String {
        let count = list.failed.count
        return String(count) + (count == 1 ? " gate not passed" : " gates not passed")
    }

    private var standingText: String {
        switch drawdownSigmas {
        case .insufficient(let count, let needed):
            return "the fall is not judged, " + String(count) + " of " + String(needed) + " marks"
        case .known(let fall):
            guard risk.killDrawdownSigmas != nil else { return "the policy sets no limit to a fall" }
            return "fell by " + fallText(fall, "<", warningSigmas)
        }
    }

    private func fallText(_ fall: Double, _ sign: String, _ bound: Double) -> String {
        let (left, right) = NumberText.distinct(fall, bound)
        return left + " " + sign + " " + right + " sigmas"
    }

    /// The fall now, in daily volatilities.
    var drawdownSigmas: Evidence<Double> {
        if let now = sigmas(state.fall.current) { return .known(now) }
        let (marks, needed) = (state.fall.markCount, risk.minimalMarks)
        if marks >= needed, case .insufficient(let count, let needed) = inputs.dailyVolatility {
            return .insufficient(count: count, needed: needed)
        }
        return .insufficient(count: min(marks, needed - 1), needed: needed)
    }

    private func sigmas(_ fall: Double) -> Double? {
        guard state.fall.markCount >= risk.minimalMarks, let volatility = inputs.dailyVolatility.value
        else { return nil }
        // A book that never moved has not fallen.
        if fall == 0 { return 0 }
        return volatility > 0 ? fall / volatility : nil
    }

    private var warningSigmas: Double { (risk.killDrawdownSigmas ?? 0) * risk.warningShare }

    private var isInWarningBand: Bool {
        guard risk.killDrawdownSigmas != nil, let fall = drawdownSigmas.value else { return false }
        return fall >= warningSigmas
    }

    var verdict: Verdict {
        Verdict(
            kind: kind, stage: state.stage, stageSince: state.since, gates: list.gates, reason: reason,
            drawdownSigmas: drawdownSigmas, isInWarningBand: isInWarningBand, trialCount: inputs.trialCount,
            standingDecision: state.stage == .killed && state.isKilledByDecision
                ? .kill : decisions.isVetoed ? .veto : nil,
            evidenceEValue: inputs.evidence.eValue, evidenceThreshold: list.evidenceThreshold,
            daysNeeded: list.daysNeeded, lossEValue: lossEvidence, lossThreshold: lossThreshold)
    }
}

/// What a list of decisions comes to: of kill and revive, and of promote and veto, the later one counts.
private struct StandingDecisions {
    var standingKill: HumanDecision?
    var isVetoed: Bool
    /// Given since the last judgment, and not overruled since.
    var newPromotion: HumanDecision?
    var newRevival: HumanDecision?

    init(_ known: AgentDecisions, since state: StageState) {
        let life = known.list.last { $0.decision.kind == .kill || $0.decision.kind == .revive }
        let merit = known.list.last { $0.decision.kind == .promote || $0.decision.kind == .veto }
        let isNews = { (entry: KnownDecision) in entry.order >= state.knownDecisionCount }
        standingKill = life.flatMap { $0.decision.kind == .kill ? $0.decision : nil }
        newRevival = life.flatMap { $0.decision.kind == .revive && isNews($0) ? $0.decision : nil }
        isVetoed = merit?.decision.kind == .veto
        newPromotion = merit.flatMap { $0.decision.kind == .promote && isNews($0) ? $0.decision : nil }
        // A class was promoted before this agent was known: that was not about it.
        if state.judgedAt == nil, case .strategy = newPromotion?.scope { newPromotion = nil }
    }
}

extension HumanDecision {
    /// `ada at 2025-10-24T00:00:00Z ("looks fine")`, naming the class where it was about one.
    fileprivate var text: String {
        let whom =
            switch scope {
            case .agent: ""
            case .strategy(let name): " on strategy " + name
            }
        return author + whom + " at " + at.description + " (\"" + reason + "\")"
    }
}
