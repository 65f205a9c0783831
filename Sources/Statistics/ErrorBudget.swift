/// The share of the budget of false promotions that an agent may use, by its place in the order of joining.
///
/// The first fleet, all agents present at the start, shares one half equally; the j-th agent that joins later gets
/// `3 / (pi^2 j^2)`, which add up to the other half however many will come. Renaming or re-registering an agent only
/// leads to a later place and a smaller share. The share times the budget (say 5 %) is the level for
/// `BettingEProcess.isEvidence(atLevel:)`; by the union bound the chance of any false promotion, ever, is at most the
/// budget (alpha spending after Foster & Stine 2008, the series of Euler).
///
/// - Parameters:
///   - rank: The place in the order of joining, 1 for the first.
///   - firstFleetCount: How many agents were there at the start.
/// - Complexity: O(1).
package func errorBudgetShare(rank: Int, firstFleetCount: Int) -> Double {
    precondition(rank >= 1 && firstFleetCount >= 0, "Invariant: ranks count from 1")
    if rank <= firstFleetCount { return 0.5 / Double(firstFleetCount) }
    let newcomer = Double(rank - firstFleetCount)
    return 3 / (Double.pi * Double.pi * newcomer * newcomer)
}
