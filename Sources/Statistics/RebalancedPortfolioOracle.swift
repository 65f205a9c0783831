internal import RealModule

/// The best constantly rebalanced portfolio of a history: the weights which, restored every day, would have made the
/// most of 1 (Cover 1991).
package struct BestRebalancedPortfolio: Equatable, Sendable {
    /// At least 0, adding up to 1.
    package var weights: [Double]
    /// The logarithm of what became of 1 under these weights.
    package var logWealth: Double
    /// How far `logWealth` can be below the best there is, certified: never more than this.
    package var logWealthError: Double
    /// How many steps were taken.
    package var stepCount: Int

    package init(weights: [Double], logWealth: Double, logWealthError: Double, stepCount: Int) {
        self.weights = weights
        self.logWealth = logWealth
        self.logWealthError = logWealthError
        self.stepCount = stepCount
    }
}

/// Finds the weights b that maximize `sum_t ln(b . x_t)`, with `x = 1 + return`.
///
/// Rebalancing is taken to cost **nothing**: the result is a yardstick that no trader could have reached, not even
/// with hindsight. It is never below the best single agent.
///
/// The function is concave, and with `g_i = mean_t x_ti / (b . x_t)` its optimum is where no `g_i` exceeds 1 (Cover
/// 1984). For any b the best wealth is within a factor `max g` a day of b's, since by Jensen
/// `mean ln(c . x / b . x) <= ln mean(c . x / b . x) <= ln max g`: that is `logWealthError`, times the days. Cover's
/// own iteration multiplies `b_i` by `g_i`; with daily returns of a percent `g` is so near 1 that it takes 10,000
/// steps. The same direction with a longer step is exponentiated gradient (Helmbold, Schapire, Singer & Warmuth 1998),
/// `b_i` times `exp(step (g_i - 1))`; a step is doubled while it gains what a concave function of that curvature must,
/// `<g, c - b> - KL(c, b) / step` a day, and halved where it does not.
///
/// `nil` without days or agents, or where every mix is ruined on some day (no agent is left with anything).
///
/// - Parameters:
///   - returns: `[day][agent]`, each at least -1; 0 where the agent slept.
///   - tolerance: Stops once the error is at most this, in log wealth of the whole history.
///   - stepLimit: Stops after so many steps; the error then says what was reached.
/// - Complexity: O(days x agents) a step.
package func bestRebalancedPortfolio(
    returns: [[Double]], tolerance: Double = 1e-6, stepLimit: Int = 10_000
) -> BestRebalancedPortfolio? {
    guard let count = agentCount(of: returns), count > 0 else { return nil }
    let days = Double(returns.count)
    let relatives = returns.map { day in
        day.map { value in
            precondition(value >= -1, "Invariant: no agent loses more than all")
            return 1 + value
        }
    }
    guard relatives.allSatisfy({ day in day.contains { $0 > 0 } }) else { return nil }
    var point = PortfolioPoint(weights: [Double](repeating: 1 / Double(count), count: count), relatives: relatives)
    var best = point
    var (step, stepCount) = (1.0, 0)
    while stepCount < stepLimit, best.gap * days > tolerance {
        stepCount += 1
        let next = point.moved(by: step, relatives: relatives)
        // Relative smoothness (Bauschke, Bolte & Teboulle 2017): what the step must gain if it is not too long.
        if next.meanLogReturn >= point.meanLogReturn + point.promised(next.weights, step: step) {
            point = next
            if point.gap < best.gap { best = point }
            step = min(1e12, step * 2)
        } else {
            step /= 2
            // Shorter than this nothing moves in floating point.
            guard step > 1e-9 else { break }
        }
    }
    return BestRebalancedPortfolio(
        weights: best.weights, logWealth: best.meanLogReturn * days, logWealthError: best.gap * days,
        stepCount: stepCount)
}

/// Weights with what is known of them.
private struct PortfolioPoint {
    var weights: [Double]
    var meanLogReturn: Double
    /// `mean_t x_ti / (b . x_t)`.
    var gradient: [Double]
    /// `ln max g`, at least 0.
    var gap: Double

    init(weights: [Double], relatives: [[Double]]) {
        self.weights = weights
        let days = Double(relatives.count)
        var logSum = CompensatedSum()
        gradient = [Double](repeating: 0, count: weights.count)
        for day in relatives {
            var wealth = 0.0
            for index in day.indices { wealth += weights[index] * day[index] }
            guard wealth > 0 else {
                // Only by underflow: such weights are never taken.
                (meanLogReturn, gap) = (-.greatestFiniteMagnitude, .greatestFiniteMagnitude)
                return
            }
            logSum.add(Double.log(wealth))
            let share = 1 / (wealth * days)
            for index in day.indices { gradient[index] += day[index] * share }
        }
        meanLogReturn = logSum.value / days
        gap = max(0, Double.log(gradient.max() ?? 1))
    }

    func moved(by step: Double, relatives: [[Double]]) -> PortfolioPoint {
        let greatest = gradient.max() ?? 1
        let raw = weights.indices.map { weights[$0] * Double.exp(step * (gradient[$0] - greatest)) }
        let total = compensatedSum(raw)
        guard total > 0 else { return self }
        return PortfolioPoint(weights: raw.map { $0 / total }, relatives: relatives)
    }

    func promised(_ other: [Double], step: Double) -> Double {
        var (slope, divergence) = (CompensatedSum(), CompensatedSum())
        for index in weights.indices {
            slope.add(gradient[index] * (other[index] - weights[index]))
            guard other[index] > 0, weights[index] > 0 else { continue }
            divergence.add(other[index] * Double.log(other[index] / weights[index]))
        }
        return slope.value - divergence.value / step
    }
}
