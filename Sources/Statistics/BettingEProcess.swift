internal import RealModule

/// Evidence for "this earns more than nothing" that survives being looked at after every mark.
///
/// A gambler bets against the claim that the expected return is at most 0. Before each mark a loss L is reckoned with
/// (`ReckonedLoss`); a stake f of it multiplies the wealth by `1 + f r / L`, r being the return of the mark. The
/// e-value is the weighted mean of the wealths of the stakes. Wealth 20 is evidence at the 5 % level; 1 says nothing;
/// below 1 speaks against the agent.
///
/// **Why it holds.** Let F be all that is known before the mark, about this agent and every other, L known in F,
/// `E[r | F] <= 0` and `r >= -L`. Each factor is then not negative, and `E[1 + f r / L | F] = 1 + f E[r | F] / L <= 1`.
/// So the wealth, a product of such factors, and every fixed mean of wealths is a non-negative supermartingale that
/// begins at 1: it reaches `1 / level` with probability at most `level`, ever, however and whenever anybody looks
/// (Ville 1939; Shafer 2021), and its mean at any stopping time is at most 1. Every test martingale for the mean of a
/// bounded variable is the wealth of such a gambler (Waudby-Smith & Ramdas 2023). Nothing is assumed of the shape of
/// returns, their independence or their volatility.
///
/// **Where it is not exact.** A loss beyond L costs the gambler more than there is; the floor at 0 forgives the rest.
/// Who earns a little for long and then loses more than L at once is flattered *until* that loss, which bankrupts the
/// stakes for ever.
///
/// **Clipping.** Returns are taken as they are. Clipping both sides alike looks robust and promotes whoever sells
/// insurance: small premiums count in full while the rare ruin counts as one ordinary bad day.
///
/// **The stakes.** A whole stake is the best bet for a return of `8 / 64 = 0.125` standard deviations a mark (L is
/// eight of them for an ordinary agent), a yearly Sharpe ratio of 2.4 for daily marks; half of it that of 1.2. A
/// mixture of further stakes, or a stake that follows the mean so far, gained nothing over these two in simulations.
///
/// Every field that changes is state: a snapshot stores the bit patterns and continues without a difference.
package struct BettingEProcess: Sendable, Equatable {
    /// The shares of the wealth that would be lost with the loss reckoned with, in (0, 1].
    package let stakes: [Double]
    /// How the initial wealth of 1 is divided among the stakes.
    package let weights: [Double]
    /// The logarithm of the wealth of each stake, beginning at 0; `nil` = bankrupt, for good.
    package var logWealths: [Double?]
    /// Marks on which something was staked.
    package var count: Int

    /// - Precondition: as many weights as stakes, stakes in (0, 1], weights positive with sum 1.
    package init(stakes: [Double] = [0.5, 1], weights: [Double] = [0.2, 0.8]) {
        precondition(!stakes.isEmpty && stakes.count == weights.count, "Invariant: a weight for every stake")
        precondition(stakes.allSatisfy { $0 > 0 && $0 <= 1 }, "Invariant: a stake lies in (0, 1]")
        precondition(weights.allSatisfy { $0 > 0 }, "Invariant: a weight is positive")
        precondition((weights.reduce(0, +) - 1).magnitude < 1e-9, "Invariant: weights sum to 1")
        self.stakes = stakes
        self.weights = weights
        logWealths = stakes.map { _ in 0 }
        count = 0
    }

    /// Takes in the return of one mark.
    ///
    /// - Parameters:
    ///   - value: The return of the mark, final, net.
    ///   - bound: The loss reckoned with *before* the mark, positive, in the unit of the return; `nil` = nothing is
    ///     staked and nothing changes.
    /// - Complexity: O(number of stakes).
    package mutating func update(_ value: Double, reckonedLoss bound: Double?) {
        precondition(value.isFinite, "Invariant: a return is finite")
        guard let bound else { return }
        precondition(bound > 0 && bound.isFinite, "Invariant: a loss reckoned with is positive")
        count += 1
        for index in stakes.indices {
            guard let wealth = logWealths[index] else { continue }
            let gain = stakes[index] * (value / bound)
            // Waudby-Smith & Ramdas 2023, the capital process, with the floor.
            logWealths[index] = gain > -1 ? wealth + Double.log(onePlus: gain) : nil
        }
    }

    /// The logarithm of the e-value, the mean wealth of the stakes; `nil` when all are bankrupt.
    package var logEValue: Double? {
        var greatest: Double?
        for case let wealth? in logWealths { greatest = max(greatest ?? wealth, wealth) }
        guard let greatest else { return nil }
        var sum = 0.0
        for (wealth, weight) in zip(logWealths, weights) {
            if let wealth { sum += weight * Double.exp(wealth - greatest) }
        }
        return greatest + Double.log(sum)
    }

    /// The e-value: 1 at the start, 0 when all stakes are bankrupt, the greatest finite number where it would be more.
    package var eValue: Double {
        guard let logarithm = logEValue else { return 0 }
        return min(.greatestFiniteMagnitude, Double.exp(logarithm))
    }
}

/// How many more marks it takes to reach the e-value `goal` if wealth goes on growing as it did so far.
///
/// `(log goal - log E) / (log E / count)`. `nil` where it has not grown, or is enough. The rate of a short record is
/// mostly luck: an orientation, not a promise.
///
/// - Complexity: O(1).
package func marksNeeded(toReach goal: Double, logEValue: Double, after count: Int) -> Double? {
    guard logEValue > 0, count > 0, goal > 1 else { return nil }
    let missing = Double.log(goal) - logEValue
    return missing > 0 ? missing / (logEValue / Double(count)) : nil
}
