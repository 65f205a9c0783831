internal import RealModule

/// What a record of returns says of the Sharpe ratio behind it *now*, where that ratio may change at any time.
///
/// A few Sharpe ratios are possible, from a loser's to a star's. Each day each of them is weighed by how well it
/// explains the day's return x, taken in units of the risk known before it: the likelihood of x under a normal
/// distribution of mean L (the daily ratio) and unit variance, beside that under mean 0,
///
///     v_j <- v_j exp(L_j x - L_j^2 / 2), scaled to add up to 1;      v_j <- (1 - a) v_j + a prior_j
///
/// and then the share a of all belief goes back to the prior: what is true may end. In trading words: yesterday's star
/// has to keep proving it, on a clock of `halfLife` days. This is the filter of Hamilton (1989) for a regime that
/// switches with probability a to a ratio drawn from the prior; and it is fixed share (Herbster & Warmuth 1998) over
/// stakes in place of agents: an expert j bets the fraction L_j of unit risk, and its log-wealth is the exponent.
///
/// **What holds on every sequence** (Herbster & Warmuth 1998, theorem 5, for log loss, where it is an identity turned
/// into a bound): with W the log-wealth of the mixture, `W >= (log-wealth of any sequence of stakes with m switches)
/// - ln(1 / prior of its first) - sum over switches ln(1 / (a prior of the new)) - (T - 1 - m) ln(1 / (1 - a))`. With
/// the stake 0, cash, among them, the mixture never falls below cash by more than the same terms. What a portfolio of
/// many agents does with it is not covered by it.
///
/// **Outliers.** x is cut at +4 above: no single lucky day is proof. It is not cut below.
///
/// Every field is state. - Complexity: O(number of ratios) a day.
package struct SharpeFilter: Equatable, Sendable {
    /// The ratios that are possible, and how they come and go.
    package struct Model: Equatable, Sendable {
        /// Per root of a day.
        package let dailyRatios: [Double]
        package let prior: [Double]
        /// The share of belief that returns to the prior in one day.
        package let switchProbability: Double

        /// - Parameters:
        ///   - annualRatios: Per root of a year of 365 days.
        ///   - prior: Adds up to 1.
        ///   - halfLife: Days in which half of all belief has gone back to the prior.
        package init(annualRatios: [Double], prior: [Double], halfLife: Double) {
            precondition(annualRatios.count == prior.count && !prior.isEmpty, "Invariant: a prior of every ratio")
            precondition(prior.allSatisfy { $0 > 0 }, "Invariant: what is possible has a probability")
            dailyRatios = annualRatios.map { $0 / 365.0.squareRoot() }
            self.prior = prior
            switchProbability = 1 - decayFactor(halfLife: halfLife)
        }

        /// For one agent: most have nothing, a few are good, a few are bad.
        package static func agent(halfLife: Double) -> Model {
            Model(annualRatios: [-4, -2, 0, 2, 4], prior: [0.05, 0.15, 0.55, 0.20, 0.05], halfLife: halfLife)
        }

        /// For the mix of a fleet, which is chosen to be better than most of its members.
        package static func mix(halfLife: Double) -> Model {
            Model(annualRatios: [-2, 0, 2, 4], prior: [0.2, 0.5, 0.2, 0.1], halfLife: halfLife)
        }
    }

    package var probabilities: [Double]

    package init(_ model: Model) { probabilities = model.prior }

    /// Returns above so many units of risk count as that many.
    package static let cut = 4.0

    /// Takes in a day on which something was held.
    ///
    /// - Parameter scaledReturn: The return in units of the risk known before it.
    package mutating func update(_ scaledReturn: Double, _ model: Model) {
        precondition(scaledReturn.isFinite, "Invariant: a return is finite")
        let seen = min(scaledReturn, SharpeFilter.cut)
        let exponents = model.dailyRatios.map { $0 * seen - $0 * $0 / 2 }
        // Beside the greatest, so that the worst of days leaves a number.
        let greatest = exponents.max() ?? 0
        var total = 0.0
        for index in probabilities.indices {
            probabilities[index] *= Double.exp(exponents[index] - greatest)
            total += probabilities[index]
        }
        for index in probabilities.indices { probabilities[index] /= total }
        age(model)
    }

    /// A day on which nothing was held: evidence ages all the same.
    package mutating func age(_ model: Model) {
        let share = model.switchProbability
        for index in probabilities.indices {
            probabilities[index] = (1 - share) * probabilities[index] + share * model.prior[index]
        }
    }

    /// The mean of the daily Sharpe ratio under what is believed now.
    package func dailyRatio(_ model: Model) -> Double {
        var sum = 0.0
        for index in probabilities.indices { sum += probabilities[index] * model.dailyRatios[index] }
        return sum
    }

    /// The same per root of a year.
    package func annualRatio(_ model: Model) -> Double { dailyRatio(model) * 365.0.squareRoot() }
}
