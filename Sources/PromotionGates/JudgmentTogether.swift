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

/// A judgment that was made: where the agent stands after it, and all it rested on.
///
/// The verdict, with its sentences, is made of that when somebody asks: a judgment is a pure function, and gives today
/// what it would have said then.
package struct JudgedCase: Sendable {
    /// After the judgment.
    package let state: StageState
    private let entry: JudgmentCase
    private let gates: GatePolicy
    private let risk: RiskPolicy
    private let asOf: Timestamp

    /// - Parameter entry: With the number of promotions that the judgment is to count.
    init(_ entry: JudgmentCase, gates: GatePolicy, risk: RiskPolicy, asOf: Timestamp) {
        state = stateAfter(entry, gates: gates, risk: risk, asOf: asOf)
        self.entry = entry
        self.gates = gates
        self.risk = risk
        self.asOf = asOf
    }

    package var verdict: Verdict {
        judge(entry.inputs, state: entry.state, decisions: entry.decisions, gates: gates, risk: risk, asOf: asOf)
            .verdict
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
) -> [JudgedCase] {
    let chosen = promotedTogether(cases, policy, risk, asOf)
    return cases.indices.map { index in
        var entry = cases[index]
        entry.inputs.promotionCount += chosen.count - (chosen.contains(index) ? 1 : 0)
        return JudgedCase(entry, gates: policy, risk: risk, asOf: asOf)
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
    var proven = entry
    proven.inputs.evidence.eValue = .known(.greatestFiniteMagnitude)
    return stateAfter(proven, gates: policy, risk: risk, asOf: asOf).wasPromotedOnEvidence
}
