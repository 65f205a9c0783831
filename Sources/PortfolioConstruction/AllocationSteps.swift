internal import Domain
internal import Statistics

extension ChainStep {
    /// Shares of the members by the policy's rule, adding up to 1; all 0 where the rule gives nobody anything. Left
    /// out, it is equal weights: there is no allocation without a beginning.
    static let prior = ChainStep(
        step: .prior, passesThrough: nil, apply: { fleet, _ in fleet.priorShares },
        reasons: { fleet, _, _ in
            let rule = PriorWeights.rule(fleet.policy.prior)
            let memberCount = fleet.inputs.indices.count(where: fleet.isMember)
            return fleet.inputs.indices.map { index in
                guard fleet.isMember(index) else { return "0: killed, no part of the fleet" }
                let reason = rule.reason(fleet.inputs[index], memberCount)
                let cluster = fleet.clusters.first { $0.members.contains(index) }
                guard let others = cluster?.members.filter({ $0 != index }), !others.isEmpty else { return reason }
                return reason + ", shared with " + fleet.names(others) + ", which move as one with it"
            }
        })

    static func priorShares(_ fleet: FleetInputs) -> [Double] {
        let members = fleet.inputs.indices.filter(fleet.isMember)
        let rule = fleet.omitted == .prior ? PriorWeights.equal : PriorWeights.rule(fleet.policy.prior)
        var raw = rule.weights(members.map { fleet.inputs[$0] })
        // One bet has one share, however many names it has.
        var clusterSizes: [Int: Double] = [:]
        for index in members {
            if let number = fleet.inputs[index].capital.cluster { clusterSizes[number, default: 0] += 1 }
        }
        for (place, index) in members.enumerated() {
            if let number = fleet.inputs[index].capital.cluster { raw[place] /= clusterSizes[number] ?? 1 }
        }
        let total = compensatedSum(raw)
        var shares = fleet.inputs.map { _ in 0.0 }
        guard total > 0 else { return shares }
        for (index, weight) in zip(members, raw) { shares[index] = weight / total }
        return shares
    }

    /// Multipliers over their mean: they move capital between agents and leave the total as it is.
    ///
    /// The mean is weighted by what each agent would hold with neutral multipliers, the prior times what stage, haircut
    /// and silence leave of it. With the prior alone a fleet whose silent agents have the higher multipliers would hold
    /// less than a fleet whose others have them, and raising an agent's multiplier could lower its own weight through
    /// the caps.
    static let multiplier = ChainStep(
        step: .multiplier, passesThrough: nil,
        apply: { fleet, weights in
            guard let mean = meanMultiplier(fleet, weights) else { return weights }
            return weights.indices.map { weights[$0] * (fleet.inputs[$0].multiplier / mean) }
        },
        reasons: { fleet, weights, _ in
            guard let mean = meanMultiplier(fleet, weights) else {
                return fleet.inputs.map { _ in "no agent has both a share and a multiplier above 0: left as it is" }
            }
            return fleet.inputs.map {
                "multiplier " + text($0.multiplier) + " against the fleet's mean " + text(mean) + ": x "
                    + text($0.multiplier / mean)
            }
        })

    /// `nil` where nobody holds anything or all multipliers are 0: none is better than another.
    private static func meanMultiplier(_ fleet: FleetInputs, _ weights: [Double]) -> Double? {
        let shares = weights.indices.map { weights[$0] * fleet.stageFactor($0) * fleet.keptShare($0) }
        let mean = weightedMean(of: fleet.inputs.map(\.multiplier), weights: shares)
        return mean.flatMap { $0 > 0 ? $0 : nil }
    }

    /// Stage factors over their mean, weighted by what each agent would hold without them: like the multipliers they
    /// move capital between agents. In a fleet of candidates alone nobody has more than another for being one.
    static let stage = ChainStep(
        step: .stage, passesThrough: nil,
        apply: { fleet, weights in
            let mean = meanStageFactor(fleet)
            return weights.indices.map { mean > 0 ? weights[$0] * (fleet.stageFactor($0) / mean) : 0 }
        },
        reasons: { fleet, _, _ in
            let mean = meanStageFactor(fleet)
            return fleet.inputs.indices.map { index in
                let words = text(fleet.stageFactor(index)) + " " + stageWords(fleet.inputs[index].stage)
                guard mean > 0 else { return words + ", as for all: x 0" }
                return words + " against the fleet's mean " + text(mean) + ": x "
                    + text(fleet.stageFactor(index) / mean)
            }
        })

    /// 0 where nobody has both a share and a factor above 0.
    private static func meanStageFactor(_ fleet: FleetInputs) -> Double {
        let shares = fleet.inputs.indices.map { fleet.priorShares[$0] * fleet.keptShare($0) }
        return weightedMean(of: fleet.inputs.indices.map(fleet.stageFactor), weights: shares) ?? 0
    }

    /// A step that multiplies each agent's weight by a factor of its own in [0, 1].
    static func factorStep(_ step: AllocationStep) -> ChainStep {
        ChainStep(
            step: step, passesThrough: nil,
            apply: { fleet, weights in
                weights.indices.map { weights[$0] * factor(of: step, fleet.inputs[$0], fleet.policy) }
            },
            reasons: { fleet, _, _ in fleet.inputs.map { factorReason(step, $0, fleet.policy) } })
    }

    static func factor(of step: AllocationStep, _ input: AllocationInput, _ policy: AllocationPolicy) -> Double {
        switch step {
        case .tailHaircut:
            // A tail twice the reference keeps half; too few outcomes to speak of a tail cost nothing.
            guard policy.usesTailHaircut, let tail = input.strategyCVaR95Sigmas.value, tail > 0 else { return 1 }
            return max(policy.tailHaircutFloor, min(1, policy.tailReferenceSigmas / tail))
        case .stage:
            switch input.stage {
            case .candidate: return policy.candidateFactor
            case .promoted: return policy.promotedFactor
            case .probation: return policy.probationFactor
            case .killed: return 0
            }
        case .silence:
            // 2^-((silent days - grace) / half-life): capital waits for nobody for ever.
            guard let after = policy.silentAfterDays, let days = input.silentDays, days > after else { return 1 }
            return PowerOfHalf.value((days - after) / policy.silentHalfLifeDays)
        case .prior, .multiplier, .caps, .fleetGate, .riskTarget, .drawdownBrake, .noTradeBand:
            return 1
        }
    }

    private static func factorReason(
        _ step: AllocationStep, _ input: AllocationInput, _ policy: AllocationPolicy
    ) -> String {
        let factor = text(factor(of: step, input, policy))
        switch step {
        case .tailHaircut:
            switch input.strategyCVaR95Sigmas {
            case .insufficient(let count, let needed):
                return "x 1: CVaR of " + input.strategyClass + " not known, " + String(count) + " outcomes of "
                    + String(needed) + " needed"
            case .known(let tail):
                return "x " + factor + ": CVaR of " + input.strategyClass + " " + text(tail) + " sigmas, "
                    + text(policy.tailReferenceSigmas) + " cost nothing, at least "
                    + text(policy.tailHaircutFloor) + " is left"
            }
        case .silence:
            guard let after = policy.silentAfterDays, let days = input.silentDays, days > after else {
                return "x 1: not silent"
            }
            return "x " + factor + ": silent for " + DecimalText.fixed(days, 1) + " days, halved every "
                + text(policy.silentHalfLifeDays) + " after " + text(after)
        case .prior, .multiplier, .stage, .caps, .fleetGate, .riskTarget, .drawdownBrake, .noTradeBand:
            return ""
        }
    }

    private static func stageWords(_ stage: Stage) -> String {
        switch stage {
        case .candidate: "for a candidate"
        case .promoted: "for a promoted agent"
        case .probation: "on probation"
        case .killed: "for a killed agent"
        }
    }

    /// Four decimals without trailing zeros.
    static func text(_ number: Double) -> String {
        var text = DecimalText.fixed(number, 4)
        guard text.contains(".") else { return text }
        while text.hasSuffix("0") { text.removeLast() }
        if text.hasSuffix(".") { text.removeLast() }
        return text
    }
}
