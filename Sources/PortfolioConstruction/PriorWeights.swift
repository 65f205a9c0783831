internal import Domain
internal import Statistics

/// A rule for the weights before forecasts, stages and tails are looked at.
///
/// A rule is a value: a function from the members of the fleet to weights that are not negative, of any scale, and one
/// that says why. A further rule is a further case of `PriorRule` and a further value here; nothing else changes.
struct PriorWeights: Sendable {
    /// One weight a member, in their order; scaled to add up to 1 by the caller. All 0: nobody deserves anything.
    var weights: @Sendable (_ members: [AllocationInput]) -> [Double]
    var reason: @Sendable (_ member: AllocationInput, _ memberCount: Int) -> String

    static func rule(_ rule: PriorRule) -> PriorWeights {
        switch rule {
        case .equal: equal
        case .inverseVolatility: inverseVolatility
        case .sharpeFilter: learnedSharpeRatios
        case .adaHedge: learned("AdaHedge")
        case .fixedShare: learned("fixed share")
        case .polynomial: learned("ML-Poly")
        case .bernstein: learned("BOA")
        }
    }

    /// The rule of aggregation that learns the weights; `nil` for one that needs no learning.
    static func expertRule(_ policy: AllocationPolicy) -> ExpertAggregation.Rule? {
        switch policy.prior {
        case .equal, .inverseVolatility, .sharpeFilter: nil
        case .adaHedge: .adaHedge
        case .fixedShare: .fixedShare(switchProbability: policy.switchProbability, learningRate: nil)
        case .polynomial: .polynomial
        case .bernstein: .bernstein
        }
    }

    /// The same for each: with nothing known, the weights that regret least (DeMiguel, Garlappi & Uppal 2009).
    static let equal = PriorWeights(
        weights: { members in members.map { _ in 1 } },
        reason: { _, count in "equal among " + String(count) + (count == 1 ? " agent" : " agents") })

    /// In proportion to 1 / daily volatility, so that each brings about the same risk. An agent without a known
    /// volatility, or with none at all (it never held a position), is given the median of the known ones: neither
    /// rewarded nor punished for being new. With none known the rule is `equal`.
    static let inverseVolatility = PriorWeights(
        weights: { members in
            let known = members.compactMap { PriorWeights.usable($0.dailyVolatility.value) }
            guard let middle = median(of: known) else { return equal.weights(members) }
            return members.map { 1 / (PriorWeights.usable($0.dailyVolatility.value) ?? middle) }
        },
        reason: { member, _ in
            guard let volatility = PriorWeights.usable(member.dailyVolatility.value) else {
                return "inverse of the fleet's median volatility, its own is not known"
            }
            return "inverse of its daily volatility " + DecimalText.fixed(volatility * 100, 2) + " %"
        })

    /// The weight that a rule with a guarantee has learned from returns at unit risk, divided by the risk itself: what
    /// each is to contribute to the fleet's risk. An agent whose risk is not known yet is given the median of the known
    /// ones. Before the first day everybody has the weight it started with.
    private static func learned(_ name: String) -> PriorWeights {
        PriorWeights(
            weights: atUnitRisk,
            reason: { member, count in
                guard let weight = member.capital.learnedWeight else {
                    return name + " has learned nothing yet: equal among " + String(count)
                }
                let risk = PriorWeights.usable(member.capital.scale)
                return name + " gives " + DecimalText.fixed(weight * 100, 2) + " % at unit risk, over "
                    + (risk.map { "a daily volatility of " + DecimalText.fixed($0 * 100, 2) + " %" }
                        ?? "the fleet's median volatility")
            })
    }

    @Sendable private static func atUnitRisk(_ members: [AllocationInput]) -> [Double] {
        let known = members.compactMap { PriorWeights.usable($0.capital.scale) }
        let middle = median(of: known) ?? 1
        return members.map { ($0.capital.learnedWeight ?? 1) / (PriorWeights.usable($0.capital.scale) ?? middle) }
    }

    /// In proportion to the Sharpe ratio that each agent's record proves now, over its risk: what maximizes the Sharpe
    /// ratio of the whole among agents that do not hang together (Treynor & Black 1973). Nothing for one whose record
    /// speaks against it.
    private static let learnedSharpeRatios = PriorWeights(
        weights: atUnitRisk,
        reason: { member, _ in
            let ratio = member.capital.learnedWeight ?? 0
            guard ratio > 0 else { return "0: its record proves no Sharpe ratio above 0" }
            let risk = PriorWeights.usable(member.capital.scale)
            return "Sharpe ratio " + DecimalText.fixed(ratio, 2) + " as far as its record proves one, over "
                + (risk.map { "a daily volatility of " + DecimalText.fixed($0 * 100, 2) + " %" }
                    ?? "the fleet's median volatility")
        })

    /// A volatility so small that its inverse would drown all others is that of a book that did nothing.
    private static func usable(_ volatility: Double?) -> Double? {
        guard let volatility, volatility.isFinite, volatility > 1e-9 else { return nil }
        return volatility
    }
}
