package import Domain
internal import Statistics

/// Who holds how much, and why: `prior x relative multiplier x haircut x relative stage factor x silence -> no-trade
/// band -> caps -> fleet gate -> volatility target -> drawdown brake -> weights`.
///
/// Multipliers and stages move capital between agents. Haircut and silence send it to cash, and how much leaves cash
/// at all is decided for the fleet as a whole, by the gate and the steps behind it.
///
/// The look-through is left empty: it takes positions, which are not the allocation's business; see
/// `lookThrough(of:)`. Without agents, or with all of them killed, everything is cash.
///
/// What holds for any fleet: weights and cash are not negative and add up to 1; no agent and no strategy is above its
/// cap; capping never raises the sum of the weights; the order of the inputs and a common factor on all multipliers
/// change nothing; but for the no-trade band, a higher multiplier never lowers the agent's own weight.
///
/// - Parameters:
///   - inputs: One for each agent, in any order.
/// - Complexity: O(n log n) for each step of the chain, times the number of steps (for the weights without each).
package func construct(
    _ inputs: [AllocationInput], condition: FleetCondition = FleetCondition(), policy: AllocationPolicy
) -> Allocation {
    let fleet = FleetInputs(inputs, condition: condition, policy: policy)
    let steps = ChainStep.all(policy)
    var weights = [Double](repeating: 0, count: fleet.count)
    var chains = [[AllocationLink]](repeating: [], count: fleet.count)
    for step in steps {
        let after = step.passesThrough == nil ? step.apply(fleet, weights) : weights
        let reasons = step.passesThrough.map { [String](repeating: $0, count: fleet.count) }
            ?? step.reasons(fleet, weights, after)
        let without = step.passesThrough == nil ? finalWeights(fleet.omitting(step.step), steps) : nil
        for index in chains.indices {
            chains[index].append(
                AllocationLink(
                    step: step.step, weight: after[index], reason: reasons[index],
                    finalWeightWithout: without?[index]))
        }
        weights = after
    }
    let agents = fleet.inputs.indices.map { index in
        AgentAllocation(
            agent: fleet.inputs[index].agent, strategyClass: fleet.inputs[index].strategyClass,
            weight: weights[index], chain: chains[index])
    }
    return Allocation(
        agents: agents, cash: cash(beside: weights),
        passThroughSteps: steps.filter { $0.passesThrough != nil }.map(\.step), lookThrough: .none)
}

/// The same weights without the explanation, in the order of the agents' names: what a fold needs at each grid point.
///
/// - Complexity: O(n log n).
package func targetWeights(
    _ inputs: [AllocationInput], condition: FleetCondition = FleetCondition(), policy: AllocationPolicy
) -> TargetWeights {
    let fleet = FleetInputs(inputs, condition: condition, policy: policy)
    let steps = ChainStep.all(policy)
    let capped = finalWeights(fleet, steps.filter { !$0.step.concernsWholeFleet })
    let weights = finalWeights(fleet, steps.filter(\.step.concernsWholeFleet), from: capped)
    return TargetWeights(weights: weights, mix: capped, cash: cash(beside: weights))
}

/// Weights in the order of the agents' names.
package struct TargetWeights: Equatable, Sendable {
    package var weights: [Double]
    /// The weights before the steps that concern the fleet as a whole: the mix whose record the fleet gate watches. All
    /// 0 where nobody has a share.
    package var mix: [Double]
    package var cash: Double
}

private func finalWeights(_ fleet: FleetInputs, _ steps: [ChainStep], from start: [Double]? = nil) -> [Double] {
    var weights = start ?? [Double](repeating: 0, count: fleet.count)
    for step in steps where step.passesThrough == nil && (step.step != fleet.omitted || step.step == .prior) {
        weights = step.apply(fleet, weights)
    }
    return weights
}

/// What nobody holds. A remainder below 10^-12 is rounding, not cash.
private func cash(beside weights: [Double]) -> Double {
    let rest = 1 - compensatedSum(weights)
    return rest > 1e-12 ? rest : 0
}

/// The fleet in the order of names, with the step that a chain is asked to leave out.
struct FleetInputs: Sendable {
    let inputs: [AllocationInput]
    let condition: FleetCondition
    let policy: AllocationPolicy
    /// Left out for the whole fleet, to answer what the weights would be without it.
    private(set) var omitted: AllocationStep?
    /// By strategy class in the order of names, agents in the order of theirs.
    let strategies: [(name: String, members: [Int])]
    /// Agents that move as one, by the number of their cluster; an agent that moves with nobody is in none.
    let clusters: [(number: Int, members: [Int])]
    /// Shares of the members before anything is known of their forecasts or stages, adding up to 1.
    private(set) var priorShares: [Double] = []

    init(_ inputs: [AllocationInput], condition: FleetCondition, policy: AllocationPolicy) {
        // The fold gives them in order.
        let isOrdered = inputs.indices.dropFirst().allSatisfy { inputs[$0 - 1].agent < inputs[$0].agent }
        let ordered = isOrdered ? inputs : inputs.sorted { $0.agent < $1.agent }
        if !isOrdered {
            for (left, right) in zip(ordered, ordered.dropFirst()) {
                precondition(left.agent != right.agent, "Invariant: one input an agent")
            }
        }
        self.inputs = ordered
        self.condition = condition
        self.policy = policy
        strategies = Dictionary(grouping: ordered.indices) { ordered[$0].strategyClass }
            .sorted { $0.key < $1.key }
            .map { (name: $0.key, members: $0.value.sorted()) }
        clusters = Dictionary(grouping: ordered.indices.filter { ordered[$0].capital.cluster != nil }) {
            ordered[$0].capital.cluster ?? 0
        }.sorted { $0.key < $1.key }.map { (number: $0.key, members: $0.value.sorted()) }
        priorShares = ChainStep.priorShares(self)
    }

    var count: Int { inputs.count }

    func omitting(_ step: AllocationStep) -> FleetInputs {
        var copy = self
        copy.omitted = step
        copy.priorShares = ChainStep.priorShares(copy)
        return copy
    }

    /// A killed agent is no part of the fleet: it takes no share of the prior. Without the step that says so, it is.
    func isMember(_ index: Int) -> Bool { omitted == .stage || inputs[index].stage != .killed }

    /// What haircut and silence together leave of an agent's share, in [0, 1]; the rest goes to cash.
    func keptShare(_ index: Int) -> Double {
        var share = 1.0
        for step in [AllocationStep.tailHaircut, .silence] where step != omitted {
            share *= ChainStep.factor(of: step, inputs[index], policy)
        }
        return share
    }

    /// Up to three names, and how many more.
    func names(_ members: [Int]) -> String {
        let shown = members.prefix(3).map { inputs[$0].agent.name }.joined(separator: ", ")
        return members.count > 3 ? shown + " and " + String(members.count - 3) + " more" : shown
    }

    /// The factor of an agent's stage, 1 where the step is left out.
    func stageFactor(_ index: Int) -> Double {
        omitted == .stage ? 1 : ChainStep.factor(of: .stage, inputs[index], policy)
    }
}

/// One step of the chain: weights in, weights out, for the whole fleet at once.
///
/// A further step is a further value of this shape in `all`, at its place.
struct ChainStep: Sendable {
    var step: AllocationStep
    /// Why it changes nothing under this policy; `nil` for a step that is taken.
    var passesThrough: String?
    var apply: @Sendable (_ fleet: FleetInputs, _ weights: [Double]) -> [Double]
    /// In words, for each agent, given the weights before and after.
    var reasons: @Sendable (_ fleet: FleetInputs, _ before: [Double], _ after: [Double]) -> [String]

    /// In the order in which they are taken.
    static func all(_ policy: AllocationPolicy) -> [ChainStep] {
        let tail = factorStep(.tailHaircut)
        let silence = factorStep(.silence)
        return [
            prior, multiplier,
            policy.usesTailHaircut ? tail : off(.tailHaircut),
            stage,
            policy.silentAfterDays != nil ? silence : off(.silence),
            policy.noTradeBand.map(noTradeBand) ?? off(.noTradeBand),
            caps,
            policy.fleetGateHalfLifeDays != nil
                ? fleetGate(opensAt: policy.fleetGateOpensAt, fullAt: policy.fleetGateFullAt) : off(.fleetGate),
            policy.volatilityTargetPercent.map { riskTarget(annualVolatility: $0 / 100) } ?? off(.riskTarget),
            policy.brakeFromSigmas.map {
                drawdownBrake(from: $0, to: policy.brakeToSigmas, floor: policy.brakeFloor)
            } ?? off(.drawdownBrake),
        ]
    }

    private static func off(_ step: AllocationStep) -> ChainStep {
        ChainStep(
            step: step, passesThrough: "passes through: switched off by the policy", apply: { $1 },
            reasons: { fleet, _, _ in fleet.inputs.map { _ in "" } })
    }
}
