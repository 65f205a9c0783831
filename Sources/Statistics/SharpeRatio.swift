/// The Sharpe ratio of a track record, per mark, with what its error depends on.
///
/// `mean / standard deviation` of returns in excess of cash; no unit, but it belongs to the length of a mark. A
/// year of daily marks estimates a yearly Sharpe ratio with a standard error of about 1: never show one without.
package struct SharpeRatio: Sendable, Equatable {
    /// Mean return per mark divided by its standard deviation (n - 1).
    package let perPeriod: Double
    /// The number of marks.
    package let count: Int
    /// Population skewness of the returns; `nil` below three marks.
    package let skewness: Double?
    /// Population kurtosis (3 = normal); `nil` below four marks.
    package let kurtosis: Double?

    package init(perPeriod: Double, count: Int, skewness: Double?, kurtosis: Double?) {
        precondition(perPeriod.isFinite && count >= 2, "Invariant: a Sharpe ratio comes from two marks or more")
        self.perPeriod = perPeriod
        self.count = count
        self.skewness = skewness
        self.kurtosis = kurtosis
    }

    /// The standard error per mark for independent normal returns, `sqrt((1 + SR^2 / 2) / n)`.
    package var normalStandardError: Double {
        // Lo 2002, the case of independent returns.
        ((1 + perPeriod * perPeriod / 2) / Double(count)).squareRoot()
    }

    /// The standard error per mark for independent returns of any shape: negative skewness and fat tails widen it.
    /// `sqrt((1 - skewness SR + (kurtosis - 1) / 4 SR^2) / (n - 1))`; `nil` below four marks.
    package var standardError: Double? {
        guard let skewness, let kurtosis else { return nil }
        return (shapeFactor(perPeriod, skewness, kurtosis) / Double(count - 1)).squareRoot()
    }

    /// The ratio of a year with so many marks, `SR sqrt(periodsPerYear)`: 365 for coins, 252 for shares.
    package func annualized(periodsPerYear: Double) -> Double {
        perPeriod * annualizing(periodsPerYear)
    }

    /// The standard error that belongs to `annualized(periodsPerYear:)`; `nil` below four marks.
    package func annualizedStandardError(periodsPerYear: Double) -> Double? {
        standardError.map { $0 * annualizing(periodsPerYear) }
    }

    /// The probability that the true ratio is above `benchmark` (per mark), given the length and shape of the record.
    ///
    /// `Phi((SR - benchmark) / standardError)` (Bailey & López de Prado 2012). `nil` below four marks.
    ///
    /// - Complexity: O(1).
    package func probabilistic(above benchmark: Double) -> Double? {
        guard let error = standardError, error > 0 else { return nil }
        return normalCDF((perPeriod - benchmark) / error)
    }

    /// The probability that the true ratio is above zero, knowing that this was the best of `trialCount` attempts:
    /// `probabilistic(above: expectedMaximumSharpe(…))` (Bailey & López de Prado 2014).
    ///
    /// `trialVariance` is the variance, across the attempts, of their Sharpe ratios per mark.
    package func deflated(trialCount: Int, trialVariance: Double) -> Double? {
        probabilistic(above: expectedMaximumSharpe(trialCount: trialCount, trialVariance: trialVariance))
    }

    /// How many marks it takes until a ratio like this is above `benchmark` with probability `level`.
    ///
    /// `1 + (1 - skewness SR + (kurtosis - 1) / 4 SR^2) (z / (SR - benchmark))^2` (Bailey & López de Prado 2012), in
    /// marks, not whole. `nil` where the ratio is not above the benchmark (no length is enough) or the shape is not
    /// known.
    ///
    /// - Complexity: O(1).
    package func minimumTrackRecordLength(above benchmark: Double, level: Double = 0.95) -> Double? {
        precondition(level > 0.5 && level < 1, "Invariant: a level lies between one half and one")
        guard let skewness, let kurtosis, perPeriod > benchmark else { return nil }
        let margin = normalQuantile(level) / (perPeriod - benchmark)
        let length = 1 + shapeFactor(perPeriod, skewness, kurtosis) * margin * margin
        return length.isFinite ? length : nil
    }
}

/// The Sharpe ratio of returns in excess of cash, one a mark; marks asleep count as 0.
///
/// `nil` below two marks, or where the returns do not scatter: no risk, no ratio (not infinity).
///
/// - Complexity: O(n).
package func sharpeRatio(ofReturns returns: [Double]) -> SharpeRatio? {
    guard let center = mean(of: returns), let deviation = standardDeviation(of: returns),
        deviation > center.magnitude * CentralMoments.roundingShare
    else { return nil }
    return SharpeRatio(
        perPeriod: center / deviation, count: returns.count, skewness: skewness(of: returns),
        kurtosis: kurtosis(of: returns))
}

/// The Sharpe ratio per mark that the best of `trialCount` attempts without any skill is expected to show.
///
/// `sqrt(V) ((1 - g) Z(1 - 1/N) + g Z(1 - 1/(N e)))` with g the constant of Euler and Mascheroni and Z the normal
/// quantile (Bailey & López de Prado 2014). 0 for a single attempt: nothing was chosen.
///
/// - Precondition: `trialCount >= 1`, `trialVariance >= 0`.
/// - Complexity: O(1).
package func expectedMaximumSharpe(trialCount: Int, trialVariance: Double) -> Double {
    precondition(trialCount >= 1 && trialVariance >= 0, "Invariant: at least one trial, no negative variance")
    guard trialCount > 1 else { return 0 }
    let euler = 0.577_215_664_901_532_86
    let e = 2.718_281_828_459_045_2
    let n = Double(trialCount)
    // Z(1 - x) = -Z(x), which keeps its digits for many trials.
    let best = -(1 - euler) * normalQuantile(1 / n) - euler * normalQuantile(1 / (n * e))
    return trialVariance.squareRoot() * best
}

/// `1 - skewness SR + (kurtosis - 1) / 4 SR^2` (Mertens 2002; Bailey & López de Prado 2012). Never negative,
/// since kurtosis is at least 1 + skewness^2.
private func shapeFactor(_ ratio: Double, _ skewness: Double, _ kurtosis: Double) -> Double {
    max(0, 1 - skewness * ratio + (kurtosis - 1) / 4 * ratio * ratio)
}

private func annualizing(_ periodsPerYear: Double) -> Double {
    precondition(periodsPerYear > 0 && periodsPerYear.isFinite, "Invariant: a year has marks")
    return periodsPerYear.squareRoot()
}
