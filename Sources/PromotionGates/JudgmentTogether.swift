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
    together cases: [JudgmentCase], gates policy: GatePolicy, risk: RiskPolicy, asOf: Timestamp
) -> [(verdict: Verdict, state: StageState)] {
    let chosen = promotedTogether(cases, policy, risk, asOf)
    return cases.indices.map { index in
        let entry = cases[index]
        var inputs = entry.inputs
        inputs.promotionCount += chosen.count - (chosen.contains(index) ? 1 : 0)
        return judge(
            inputs, state: entry.state, decisions: entry.decisions, gates: policy, risk: risk, asOf: asOf)
    }
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
    var inputs = entry.inputs
    inputs.evidence.eValue = .known(.greatestFiniteMagnitude)
    let after = judge(
        inputs, state: entry.state, decisions: entry.decisions, gates: policy, risk: risk, asOf: asOf
    ).state
    return after.wasPromotedOnEvidence
}
