/// The share of the budget of false promotions that an agent may use, by its place in the order of joining.
///
/// The first fleet shares four fifths equally; the j-th agent that joins later gets `0.2 / (zeta(3/2) j^(3/2))`, which
/// add up to the last fifth however many will come. Renaming or re-registering an agent only leads to a later place and
/// a smaller share. By the union bound the chance of any false promotion, ever, is at most the budget (alpha spending
/// after Foster & Stine 2008). Any shares that are fixed before the first bet of their agent and sum to at most 1 keep
/// that promise; these are ours. Four fifths, since every fleet has a first generation and a factor of 1.25 on the
/// threshold costs it some forty days at a Sharpe ratio of 2; the power 3/2, since with 2 the twentieth newcomer of the
/// same reserve would have a third of the share it has, and the hundredth a sixth.
///
/// - Parameters:
///   - rank: The place in the order of joining, 1 for the first.
///   - firstFleetCount: How many agents there were in the first fleet.
/// - Complexity: O(1).
package func errorBudgetShare(rank: Int, firstFleetCount: Int) -> Double {
    precondition(rank >= 1 && firstFleetCount >= 0, "Invariant: ranks count from 1")
    if rank <= firstFleetCount { return firstFleetShare / Double(firstFleetCount) }
    let newcomer = Double(rank - firstFleetCount)
    return (1 - firstFleetShare) / (zetaOfThreeHalves * newcomer * newcomer.squareRoot())
}

private let firstFleetShare = 0.8

/// The sum of `j^(-3/2)` over all j, rounded up in the last digit so that the shares never add up to more than 1.
private let zetaOfThreeHalves = 2.612_375_348_685_489
