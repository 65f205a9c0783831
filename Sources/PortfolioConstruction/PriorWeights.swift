internal import Domain
internal import Statistics

/// A rule for the weights before anything is known of an agent's merits.
///
/// A rule is a value: a function from the members of the fleet to weights that are not negative, of any scale, and one
/// that says why. A further rule is a further case of `PriorRule` and a further value here; nothing else changes.
struct PriorWeights: Sendable {
    /// One weight a member, in their order; scaled to add up to 1 by the caller.
    var weights: @Sendable (_ members: [AllocationInput]) -> [Double]
    var reason: @Sendable (_ member: AllocationInput, _ memberCount: Int) -> String

    static func rule(_ rule: PriorRule) -> PriorWeights {
        switch rule {
        case .equal: equal
        case .inverseVolatility: inverseVolatility
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
            let known = members.compactMap { PriorWeights.usable($0.dailyVolatility) }
            guard let middle = median(of: known) else { return equal.weights(members) }
            return members.map { 1 / (PriorWeights.usable($0.dailyVolatility) ?? middle) }
        },
        reason: { member, _ in
            guard let volatility = PriorWeights.usable(member.dailyVolatility) else {
                return "inverse of the fleet's median volatility, its own is not known"
            }
            return "inverse of its daily volatility " + DecimalText.fixed(volatility * 100, 2) + " %"
        })

    /// A volatility so small that its inverse would drown all others is that of a book that did nothing.
    private static func usable(_ volatility: Evidence<Double>) -> Double? {
        guard let value = volatility.value, value.isFinite, value > 1e-9 else { return nil }
        return value
    }
}
