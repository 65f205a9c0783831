internal import Domain
internal import Statistics

extension ChainStep {
    /// No agent above `agentCap`, no strategy above `strategyCap`; what a cap cuts off goes to the others in
    /// proportion, and what fits nowhere stays in cash. The sum never rises.
    ///
    /// Nobody is lifted above `agentCap` times what haircut, stage and silence leave of its share (a candidate at
    /// 0.25: a quarter of the cap), unless it was there already: what was held back for want of evidence is not given
    /// back because somebody else ran into a cap. Where no cap binds, the weights pass as they are, to the last bit.
    static let caps = ChainStep(
        step: .caps, passesThrough: nil,
        apply: { fleet, weights in capped(fleet, weights)?.weights ?? weights },
        reasons: { fleet, weights, after in
            let limits = text(fleet.policy.agentCap) + " an agent, " + text(fleet.policy.strategyCap) + " a strategy"
            guard let result = capped(fleet, weights) else {
                return fleet.inputs.map { _ in "within " + limits }
            }
            return weights.indices.map { index in
                capReason(fleet, index, result.bindings[index], weights[index], after[index], limits)
            }
        })

    /// Weights and what bound them, in the order of the fleet; `nil` where no cap binds.
    private static func capped(
        _ fleet: FleetInputs, _ weights: [Double]
    ) -> (weights: [Double], bindings: [BindingCap])? {
        let policy = fleet.policy
        let isAnyAbove =
            weights.contains { $0 > policy.agentCap }
            || fleet.strategies.contains { compensatedSum($0.members.map { weights[$0] }) > policy.strategyCap }
        guard isAnyAbove else { return nil }
        let groups = fleet.strategies.map { strategy in
            CappedNode.group(
                strategy.members.map { index in
                    let reach = policy.agentCap * fleet.keptShare(index)
                    return .leaf(weight: weights[index], cap: min(policy.agentCap, max(weights[index], reach)))
                },
                cap: policy.strategyCap)
        }
        let result = cappedProportional(.group(groups, cap: nil), total: compensatedSum(weights))
        var ordered = weights
        var bindings = weights.map { _ in BindingCap.zeroWeight }
        for (position, index) in fleet.strategies.flatMap(\.members).enumerated() {
            ordered[index] = result.weights[position]
            bindings[index] = result.bindings[position]
        }
        return (ordered, bindings)
    }

    private static func capReason(
        _ fleet: FleetInputs, _ index: Int, _ binding: BindingCap, _ before: Double, _ after: Double, _ limits: String
    ) -> String {
        switch binding {
        case .zeroWeight: return "nothing to cap"
        case .group:
            return "strategy " + fleet.inputs[index].strategyClass + " is at its cap " + text(fleet.policy.strategyCap)
        case .own:
            if before > fleet.policy.agentCap { return "cut to the cap " + text(fleet.policy.agentCap) }
            return after > before
                ? "lifted by what caps cut off elsewhere, as far as its own factors allow of the cap "
                    + text(fleet.policy.agentCap)
                : "within " + limits + "; its factors allow no more"
        case .total:
            return after > before ? "lifted by what caps cut off elsewhere" : "within " + limits
        }
    }
}
