internal import Domain
internal import Statistics

// The steps that decide how much leaves cash at all, one factor for everybody, and the band before them.

extension ChainStep {
    /// `share = clip((S - opensAt) / (fullAt - opensAt), 0, 1)`, S the annual Sharpe ratio that the mix's own record
    /// proves now: is there an edge? Without enough of a record the answer is cash.
    ///
    /// A control rule and no test: it claims no error rate. It watches the fleet's own paper record, which gathers
    /// evidence much faster than that of any one agent, and forgets, so that it closes when an edge has ended.
    static func fleetGate(opensAt: Double, fullAt: Double) -> ChainStep {
        @Sendable func share(_ fleet: FleetInputs) -> Double {
            guard let edge = fleet.condition.edge.value else { return 0 }
            guard fullAt > opensAt else { return edge.sharpeRatio >= fullAt ? 1 : 0 }
            return min(1, max(0, (edge.sharpeRatio - opensAt) / (fullAt - opensAt)))
        }
        return common(.fleetGate, share) { fleet in
            switch fleet.condition.edge {
            case .insufficient(let count, let needed):
                return "x 0: too short a record of the mix, " + String(count) + " of " + String(needed) + " days"
            case .known(let edge):
                return "x " + text(share(fleet)) + ": the mix's record of " + String(edge.dayCount)
                    + " days proves a Sharpe ratio of " + DecimalText.fixed(edge.sharpeRatio, 2)
                    + " now; capital leaves cash above " + text(opensAt) + ", all of it at " + text(fullAt)
            }
        }
    }

    /// `min(1, target / volatility)` of what is left invested: it only ever lowers, there is no leverage.
    static func riskTarget(annualVolatility target: Double) -> ChainStep {
        @Sendable func annual(_ fleet: FleetInputs, _ weights: [Double]) -> Double? {
            fleet.condition.mixVolatility.value.map { $0 * 365.0.squareRoot() * compensatedSum(weights) }
        }
        return ChainStep(
            step: .riskTarget, passesThrough: nil,
            apply: { fleet, weights in
                guard let volatility = annual(fleet, weights), volatility > target else { return weights }
                return weights.map { $0 * (target / volatility) }
            },
            reasons: { fleet, before, _ in
                let limit = DecimalText.fixed(target * 100, 1) + " %"
                guard let volatility = annual(fleet, before) else {
                    return fleet.inputs.map { _ in "x 1: the fleet's volatility is not known yet" }
                }
                let factor = volatility > target ? target / volatility : 1
                let reason =
                    "x " + text(factor) + ": annual volatility " + DecimalText.fixed(volatility * 100, 1) + " %, "
                    + limit + " allowed"
                return fleet.inputs.map { _ in reason }
            })
    }

    /// 1 up to a fall of `from` daily volatilities, then linearly down to `floor` at `to`. Never to 0: what holds
    /// nothing cannot recover what it lost.
    static func drawdownBrake(from: Double, to: Double, floor: Double) -> ChainStep {
        @Sendable func factor(_ fleet: FleetInputs) -> Double {
            guard let fall = fleet.condition.drawdownSigmas.value, fall > from else { return 1 }
            guard to > from else { return floor }
            return max(floor, 1 - (1 - floor) * (fall - from) / (to - from))
        }
        return common(.drawdownBrake, factor) { fleet in
            guard let fall = fleet.condition.drawdownSigmas.value else { return "x 1: no record of the fleet yet" }
            return "x " + text(factor(fleet)) + ": the fleet has fallen by " + DecimalText.fixed(fall, 1)
                + " daily volatilities, braked from " + text(from) + ", at " + text(to) + " to " + text(floor)
        }
    }

    /// A step with one factor for all.
    private static func common(
        _ step: AllocationStep, _ factor: @escaping @Sendable (FleetInputs) -> Double,
        _ reason: @escaping @Sendable (FleetInputs) -> String
    ) -> ChainStep {
        ChainStep(
            step: step, passesThrough: nil,
            apply: { fleet, weights in
                let share = factor(fleet)
                return share == 1 ? weights : weights.map { $0 * share }
            },
            reasons: { fleet, _, _ in
                let text = reason(fleet)
                return fleet.inputs.map { _ in text }
            })
    }
}

extension ChainStep {
    /// A weight stays while it is within the band of its target, and beyond it moves to the band's edge, not to the
    /// target: what follows every whim of an estimate pays for it every day, and a small difference is not worth its
    /// turnover (Davis & Norman 1990 for the shape, the width is ours). Who is to hold nothing is sold at once.
    ///
    /// The band is of the mix, before the caps: those hold exactly, and what the fleet gate does to all alike is not
    /// held up. It is no wider than 0.4 of an equal share, or a large fleet would never move, and no wider than the
    /// target, so that a weight which decays in silence does so to the end.
    static func noTradeBand(_ width: Double) -> ChainStep {
        ChainStep(
            step: .noTradeBand, passesThrough: nil,
            apply: { fleet, weights in banded(fleet, weights, width) },
            reasons: { fleet, before, after in
                let band = text(bandWidth(fleet, width))
                return fleet.inputs.indices.map { index in
                    let held = "held " + text(fleet.inputs[index].capital.heldWeight)
                    if before[index] == 0 { return "nothing to hold" }
                    if after[index] == before[index] { return held + ", target " + text(before[index]) }
                    return held + ", target " + text(before[index]) + ", moves to within " + band + " of it"
                }
            })
    }

    private static func bandWidth(_ fleet: FleetInputs, _ width: Double) -> Double {
        let memberCount = fleet.inputs.indices.count(where: fleet.isMember)
        return min(width, 0.4 / Double(max(1, memberCount)))
    }

    private static func banded(_ fleet: FleetInputs, _ targets: [Double], _ width: Double) -> [Double] {
        let whole = bandWidth(fleet, width)
        var bands = [Double](repeating: whole, count: targets.count)
        // A cluster has the band of one agent.
        for cluster in fleet.clusters {
            for index in cluster.members { bands[index] = whole / Double(cluster.members.count) }
        }
        var weights = targets.indices.map { index in
            let (target, held) = (targets[index], fleet.inputs[index].capital.heldWeight)
            guard target > 0 else { return 0.0 }
            // Never more than twice the target: what decays to nothing is not held up on its way.
            let band = min(bands[index], target)
            if target > held + band { return target - band }
            return target < held - band ? target + band : held
        }
        let total = compensatedSum(weights)
        if total > 1 { weights = weights.map { $0 / total } }
        return weights
    }
}
