internal import Domain
internal import Statistics

extension ChainStep {
    /// No agent above `agentCap`, no strategy above `strategyCap`; what a cap cuts off goes to the others in
    /// proportion, and what fits nowhere stays in cash. The sum never rises.
    ///
    /// Nobody is lifted above `agentCap` times what haircut and silence leave of its share, unless it was there
    /// already: what was sent to cash is not given back because somebody else ran into a cap. Where no cap binds, the
    /// weights pass as they are, to the last bit.
    ///
    /// A cluster, agents whose books move as one, has the cap of one agent. Where its members belong to several
    /// strategies its cap is divided among them in proportion to the weights, so that no cap cuts across another.
    static let caps = ChainStep(
        step: .caps, passesThrough: nil,
        apply: { fleet, weights in capped(fleet, weights)?.weights ?? weights },
        reasons: { fleet, weights, _ in
            capped(fleet, weights)?.reasons() ?? fleet.inputs.map { _ in "within " + limits(fleet.policy) }
        })

    private static func limits(_ policy: AllocationPolicy) -> String {
        text(policy.agentCap) + " an agent, " + text(policy.strategyCap) + " a strategy"
    }

    /// The leaves of a tree of caps in its order, and what to say where a group of it binds.
    private struct CapTree {
        var places: [Int] = []
        /// By the group's number; the first is the root.
        var names = [""]

        mutating func name(_ text: String) { names.append(text) }
    }

    /// Weights in the order of the fleet, and what bound each, in words made when they are asked for; `nil` where no
    /// cap binds.
    private static func capped(
        _ fleet: FleetInputs, _ weights: [Double]
    ) -> (weights: [Double], reasons: () -> [String])? {
        let policy = fleet.policy
        let isAnyAbove =
            weights.contains { $0 > policy.agentCap }
            || fleet.clusters.contains { compensatedSum($0.members.map { weights[$0] }) > policy.agentCap }
            || fleet.strategies.contains { compensatedSum($0.members.map { weights[$0] }) > policy.strategyCap }
        guard isAnyAbove else { return nil }
        var tree = CapTree()
        let groups = fleet.strategies.map { strategy in
            tree.name("strategy " + strategy.name + " is at its cap " + text(policy.strategyCap))
            var nodes: [CappedNode] = []
            func leaf(_ index: Int) -> CappedNode {
                tree.places.append(index)
                let reach = policy.agentCap * fleet.keptShare(index)
                return .leaf(weight: weights[index], cap: min(policy.agentCap, max(weights[index], reach)))
            }
            for index in strategy.members where fleet.inputs[index].capital.cluster == nil { nodes.append(leaf(index)) }
            for cluster in fleet.clusters {
                let part = cluster.members.filter { fleet.inputs[$0].strategyClass == strategy.name }
                guard !part.isEmpty else { continue }
                tree.name(
                    "its cluster of " + String(cluster.members.count) + " is at the cap " + text(policy.agentCap)
                        + " of one agent")
                let whole = compensatedSum(cluster.members.map { weights[$0] })
                let share = whole > 0 ? compensatedSum(part.map { weights[$0] }) / whole : 1
                nodes.append(.group(part.map(leaf), cap: policy.agentCap * min(1, share)))
            }
            return CappedNode.group(nodes, cap: policy.strategyCap)
        }
        let result = cappedProportional(.group(groups, cap: nil), total: compensatedSum(weights))
        var ordered = weights
        for (position, index) in tree.places.enumerated() { ordered[index] = result.weights[position] }
        let (places, names) = (tree.places, tree.names)
        return (
            ordered,
            {
                var reasons = weights.map { _ in "" }
                for (position, index) in places.enumerated() {
                    reasons[index] = reason(
                        fleet, result.bindings[position], weights[index], result.weights[position], names)
                }
                return reasons
            }
        )
    }

    private static func reason(
        _ fleet: FleetInputs, _ binding: BindingCap, _ before: Double, _ after: Double, _ groupNames: [String]
    ) -> String {
        let limits = limits(fleet.policy)
        switch binding {
        case .zeroWeight: return "nothing to cap"
        case .group(let number): return groupNames[number]
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
