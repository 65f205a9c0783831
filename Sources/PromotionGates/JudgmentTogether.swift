package import Domain

/// One agent before a judgment.
package struct JudgmentCase: Sendable {
    package var inputs: GateInputs
    package var state: StageState
    package var decisions: AgentDecisions

    /// - Parameter inputs: With the number of promotions on evidence *before* this grid point.
    package init(inputs: GateInputs, state: StageState, decisions: AgentDecisions) {
        self.inputs = inputs
        self.state = state
        self.decisions = decisions
    }
}

/// Judgments that were made together: where each agent stands after its own, and all they rested on.
///
/// A verdict, with its sentences, is made of that when somebody asks: a judgment is a pure function, and gives today
/// what it would have said then. An object, so that whoever keeps one of them keeps a reference.
package final class Judgments: Sendable {
    /// After the judgments, in the order of the cases.
    package let states: [StageState]
    private let cases: [JudgmentCase]
    private let gates: GatePolicy
    private let risk: RiskPolicy
    private let asOf: Timestamp

    /// - Parameter cases: With the numbers of promotions that the judgments are to count.
    init(_ cases: [JudgmentCase], gates: GatePolicy, risk: RiskPolicy, asOf: Timestamp) {
        states = cases.map { stateAfter($0, gates: gates, risk: risk, asOf: asOf) }
        self.cases = cases
        self.gates = gates
        self.risk = risk
        self.asOf = asOf
    }

    package func verdict(at index: Int) -> Verdict {
        let entry = cases[index]
        return judge(
            entry.inputs, state: entry.state, decisions: entry.decisions, gates: gates, risk: risk, asOf: asOf
        ).verdict
    }
}

/// Judges agents together, so that those promoted on evidence at one moment help one another over the threshold.
///
/// R candidates may be promoted at once where each of them has `1 / (level share (promotions before + R))`, though none
/// may have it for itself alone: the argument of `EvidenceReading.threshold` counts every promotion made by the moment,
/// and asks for no order among them (the step-up of e-BH, Wang & Ramdas 2022, here over shares that are fixed once and
/// for ever; re-run on a family that grows, with shares that shrink, it would control nothing). The greatest such R is
/// taken. Only those count that are promoted indeed: who fails another gate, bears a veto or has to wait for a person
/// lowers nobody's threshold.
///
/// - Returns: In the order of the cases.
/// - Complexity: O(n) judgments, O(n R) comparisons.
package func judge(
    together cases: consuming [JudgmentCase], gates policy: GatePolicy, risk: RiskPolicy, asOf: Timestamp
) -> Judgments {
    let chosen = promotedTogether(cases, policy, risk, asOf)
    for index in cases.indices {
        cases[index].inputs.promotionCount += chosen.count - (chosen.contains(index) ? 1 : 0)
    }
    return Judgments(cases, gates: policy, risk: risk, asOf: asOf)
}

private func promotedTogether(
    _ cases: [JudgmentCase], _ policy: GatePolicy, _ risk: RiskPolicy, _ asOf: Timestamp
) -> Set<Int> {
    guard let level = policy.errorLevel else { return [] }
    func reaches(_ index: Int, _ count: Int) -> Bool {
        let inputs = cases[index].inputs
        guard let eValue = inputs.evidence.eValue.value else { return false }
        let earlier = inputs.promotionCount + count - 1
        return eValue >= inputs.evidence.threshold(level: level, earlierPromotionCount: earlier)
    }
    // Whoever could not pass if all others did has no need to be judged twice.
    let hopefuls = cases.indices.filter { index in
        !cases[index].state.wasPromotedOnEvidence && reaches(index, cases.count)
    }
    var chosen = hopefuls.filter { isPromotable(cases[$0], policy, risk, asOf) }
    // Every set that holds itself up survives each round, so the greatest one does.
    while true {
        let count = chosen.count
        chosen = chosen.filter { reaches($0, count) }
        if chosen.count == count { return Set(chosen) }
    }
}

/// Whether it would be promoted now if its evidence were beyond doubt.
private func isPromotable(
    _ entry: JudgmentCase, _ policy: GatePolicy, _ risk: RiskPolicy, _ asOf: Timestamp
) -> Bool {
    var proven = entry
    proven.inputs.evidence.eValue = .known(.greatestFiniteMagnitude)
    return stateAfter(proven, gates: policy, risk: risk, asOf: asOf).wasPromotedOnEvidence
}
