internal import Statistics

/// A daily market for simulated books: instruments that share a factor, heavy tails, volatility in clusters.
package struct RegimeMarketSettings: Equatable, Sendable {
    package var instrumentCount = 8
    /// In the long run, of each instrument.
    package var dailyVolatility = 0.03
    /// The share of an instrument's variance that is the common factor's.
    package var commonShare = 0.5
    /// Of the tails, the same draw for all instruments of a day: on a wild day everything is wild.
    package var degreesOfFreedom = 5
    package var varianceShock = 0.1
    package var variancePersistence = 0.88
    /// Mean simple return of every instrument over a year of 365 days.
    package var annualDrift = 0.0

    package init() {}
}

/// One day after the other of such a market.
///
///     r_k = s (sqrt(c hF) F + sqrt((1 - c) h_k) E_k) + drift
///
/// with F, E_k standard normal, c the common share, h the GARCH(1,1) variances, known the day before, and s the scale
/// that makes Student's t of normals. Given the day before, r_k - drift is therefore exactly a t number of the standard
/// deviation `deviations[k]`, so that the expectation of its magnitude is known: `deviation * meanMagnitude`.
struct RegimeMarket {
    let settings: RegimeMarketSettings
    private var generator: Xoshiro256
    private var commonVariance = 1.0
    private var ownVariances: [Double]
    /// Of the day drawn last.
    private(set) var returns: [Double]
    /// Conditional standard deviations of that day, known the day before.
    private(set) var deviations: [Double]

    /// E|t| of Student's t with n = 5 degrees of freedom scaled to variance 1, with G the gamma function:
    /// `2 sqrt(n) G((n + 1) / 2) / ((n - 1) sqrt(pi) G(n / 2)) * sqrt((n - 2) / n)`.
    static let meanMagnitude = 0.735_105_193_895_722_7
    static let varianceMax = 25.0

    init(settings: RegimeMarketSettings, seed: UInt64) {
        precondition(settings.degreesOfFreedom == 5, "Invariant: the mean magnitude is that of 5 degrees of freedom")
        self.settings = settings
        generator = Xoshiro256(seed: seed, stream: "regime-market")
        ownVariances = [Double](repeating: 1, count: settings.instrumentCount)
        returns = [Double](repeating: 0, count: settings.instrumentCount)
        deviations = returns
        // Volatility starts anywhere, not at its mean.
        for _ in 0..<100 { advance() }
    }

    mutating func advance() {
        let scale = tailScale()
        let common = commonVariance.squareRoot() * scale * generator.portableNormal()
        let drift = settings.annualDrift / RegimePanel.daysPerYear
        for index in returns.indices {
            let own = ownVariances[index].squareRoot() * scale * generator.portableNormal()
            let variance = settings.commonShare * commonVariance + (1 - settings.commonShare) * ownVariances[index]
            deviations[index] = settings.dailyVolatility * variance.squareRoot()
            let shock = settings.dailyVolatility
                * (settings.commonShare.squareRoot() * common + (1 - settings.commonShare).squareRoot() * own)
            // A day at most loses four fifths; symmetric, so that the mean stays what it is.
            returns[index] = drift + min(0.8, max(-0.8, shock))
            ownVariances[index] = next(ownVariances[index], after: own)
        }
        commonVariance = next(commonVariance, after: common)
    }

    private func next(_ variance: Double, after shock: Double) -> Double {
        let floor = 1 - settings.varianceShock - settings.variancePersistence
        return min(
            Self.varianceMax, floor + settings.varianceShock * shock * shock + settings.variancePersistence * variance)
    }

    /// The root of 3 over an independent sum of five squares of normals: what makes a normal number a unit t number.
    private mutating func tailScale() -> Double {
        let draw = generator.portableNormal()
        let squares = -2 * portableLog(generator.uniform() * generator.uniform()) + draw * draw
        return (3 / squares).squareRoot()
    }
}
