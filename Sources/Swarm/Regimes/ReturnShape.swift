internal import Statistics

/// How the daily returns of a book are spread around their mean. Every shape has mean 0 and the same volatility.
package enum ReturnShape: String, Sendable, CaseIterable {
    /// Independent normal numbers.
    case normal
    /// Student's t with 4 degrees of freedom on a variance that clusters, GARCH(1,1) with 0.1 and 0.88.
    case heavyTailed = "t4 with GARCH"
    /// A small gain on 98 days of 100 and on the other two, at random, the loss of 49 such gains at once: a seller of
    /// insurance at a fair price.
    case insurance = "rare big loss"
    /// A fair bet of a stake that doubles after each loss, six times at most, and begins anew after a win.
    case doubler = "martingale doubler"
}

/// Daily returns of one book of a given shape, one after the other: `mean + volatility * shock`.
///
/// The mean is exact whatever the past: the expectation of every shock, given all before it, is 0. Losses stay below a
/// quarter of the book at 2 % volatility for the shapes that are about big losses (insurance 14 %, doubler 16 %).
package struct ReturnPath: Sendable {
    package let shape: ReturnShape
    package var mean: Double
    package let volatility: Double
    private var generator: Xoshiro256
    /// Of the next shock, as a multiple of the long-run variance.
    private var variance = 1.0
    /// How often the stake was doubled.
    private var doublings = 0

    package init(_ shape: ReturnShape, mean: Double = 0, volatility: Double = 0.02, seed: UInt64, stream: String) {
        precondition(volatility > 0 && volatility.isFinite && mean.isFinite, "Invariant: a volatility is positive")
        self.shape = shape
        self.mean = mean
        self.volatility = volatility
        generator = Xoshiro256(seed: seed, stream: stream)
    }

    package mutating func next() -> Double { mean + volatility * nextShock() }

    package mutating func returns(count: Int) -> [Double] { (0..<count).map { _ in next() } }

    /// Of variance 1 in the long run.
    package mutating func nextShock() -> Double {
        switch shape {
        case .normal: return generator.portableNormal()
        case .heavyTailed: return nextClusteredShock()
        case .insurance:
            // Variance 0.98 + 0.02 * 49^2 + 1 = 50 in squares of the gain.
            let isLoss = generator.uniform() < 0.02
            return ((isLoss ? -49 : 1) + generator.portableNormal()) / Self.insuranceDeviation
        case .doubler:
            // The stake is 2^k with a probability in proportion to 2^-k: mean square 127 * 64 / 127.
            let stake = Double(1 << doublings) / 8
            let isWin = generator.uniform() < 0.5
            doublings = isWin || doublings == Self.doublingsMax ? 0 : doublings + 1
            return isWin ? stake : -stake
        }
    }

    private static let insuranceDeviation = 50.0.squareRoot()
    private static let doublingsMax = 6
    private static let varianceShock = 0.1
    private static let variancePersistence = 0.88
    /// A cap, so that one draw of a tail without a fourth moment does not decide a whole history.
    private static let varianceMax = 25.0

    private mutating func nextClusteredShock() -> Double {
        let shock = variance.squareRoot() * generator.portableUnitStudentT(degreesOfFreedom: 4)
        let floor = 1 - Self.varianceShock - Self.variancePersistence
        variance = min(
            Self.varianceMax, floor + Self.varianceShock * shock * shock + Self.variancePersistence * variance)
        // Symmetric, so that the mean stays exact: nobody loses more than all.
        return min(0.95 / volatility, max(-0.95 / volatility, shock))
    }
}

/// Daily mean of a book of the given volatility with an annual Sharpe ratio of `sharpe`, 365 days a year.
package func dailyMean(ofAnnualSharpe sharpe: Double, volatility: Double) -> Double {
    sharpe / RegimePanel.daysPerYear.squareRoot() * volatility
}
