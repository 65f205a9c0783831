internal import RealModule

/// The factor by which the weight of the past shrinks in one step, so that it halves in `halfLife` steps.
///
/// `decay = 2^(-elapsed / halfLife)`. Both are in the same unit: outcomes, marks or hours, the caller says which. An
/// infinite half-life forgets nothing (decay 1). Example: half-life 80, one step: 0.99137.
///
/// - Precondition: `halfLife > 0`, `elapsed >= 0` and finite.
/// - Complexity: O(1).
package func decayFactor(halfLife: Double, elapsed: Double = 1) -> Double {
    precondition(halfLife > 0, "Invariant: a half-life is positive")
    precondition(elapsed >= 0 && elapsed.isFinite, "Invariant: time runs forwards")
    return Double.exp2(-elapsed / halfLife)
}

/// The exponentially forgetting mean and variance of a stream: recent outcomes count most.
///
/// The weight of the k-th newest value is `decay^k` (times its own weight). The mean is the weighted mean under these
/// weights from the first value on, without the bias of a start at zero: after one value it is that value.
/// Whether there is a mean is asked of the total weight, never of the mean itself, so a mean of exactly 0 is a mean.
///
/// Every field is state: a snapshot stores the bit patterns and continues without a difference.
/// Source: West 1979, with decay; equal to pandas' `ewm(adjust=True)`.
package struct ExponentialMoments: Sendable, Equatable {
    /// What is left of the weight of the past after one update; 1 forgets nothing.
    package var decay: Double
    /// The sum of the decayed weights.
    package var totalWeight: Double
    /// The sum of the squares of the decayed weights.
    package var totalSquaredWeight: Double
    /// The weighted mean; without meaning while `totalWeight` is 0.
    package var weightedMean: Double
    /// The weighted sum of squared deviations from the mean.
    package var centeredSquares: Double

    package init(decay: Double) {
        precondition(decay > 0 && decay <= 1, "Invariant: a decay lies in (0, 1]")
        self.decay = decay
        totalWeight = 0
        totalSquaredWeight = 0
        weightedMean = 0
        centeredSquares = 0
    }

    /// Forgets one step, then takes in one value. - Complexity: O(1).
    package mutating func update(_ value: Double, weight: Double = 1) {
        precondition(value.isFinite && weight >= 0 && weight.isFinite, "Invariant: finite value and weight")
        forget(by: decay)
        guard weight > 0 else { return }
        let isFirst = totalWeight == 0
        totalWeight += weight
        totalSquaredWeight += weight * weight
        guard !isFirst else {
            weightedMean = value
            centeredSquares = 0
            return
        }
        let deviation = value - weightedMean
        weightedMean += deviation * (weight / totalWeight)
        centeredSquares += weight * deviation * (value - weightedMean)
    }

    /// Shrinks the weight of everything known, as when time passes without a value. The mean stays.
    /// - Complexity: O(1).
    package mutating func forget(by factor: Double) {
        precondition(factor >= 0 && factor <= 1, "Invariant: forgetting does not add weight")
        totalWeight *= factor
        totalSquaredWeight *= factor * factor
        centeredSquares *= factor
    }

    /// The forgetting mean, in the unit of the values; `nil` before the first.
    package var mean: Double? { totalWeight > 0 ? weightedMean : nil }

    /// The mean square about the mean, `sum w (x - mean)^2 / sum w`; `nil` before the first value.
    package var populationVariance: Double? { totalWeight > 0 ? max(0, centeredSquares) / totalWeight : nil }

    /// The variance without bias, `sum w (x - mean)^2 / (sum w - sum w^2 / sum w)`; `nil` below two values that carry
    /// weight.
    package var sampleVariance: Double? {
        guard totalWeight > 0 else { return nil }
        let freedom = totalWeight - totalSquaredWeight / totalWeight
        // Ours: what is left below this share is rounding of the same weight.
        return freedom > totalWeight * 1e-12 ? max(0, centeredSquares) / freedom : nil
    }

    /// `(sum w)^2 / sum w^2` (Kish 1965): how many equal outcomes the memory amounts to; `nil` before the first.
    package var effectiveSampleSize: Double? {
        totalSquaredWeight > 0 ? totalWeight * totalWeight / totalSquaredWeight : nil
    }

    /// The standard error of the forgetting mean of independent values, `sqrt(sampleVariance / effectiveSampleSize)`;
    /// `nil` where the variance is.
    package var standardErrorOfMean: Double? {
        guard let variance = sampleVariance, let size = effectiveSampleSize else { return nil }
        return (variance / size).squareRoot()
    }
}

/// The exponentially forgetting covariance of two streams, and with it the slope of one on the other.
///
/// In trading words: `slope` is the beta of an agent's return (second) on the market's return (first), as known after
/// the last update. Weights are those of `ExponentialMoments`. Every field is state.
package struct ExponentialCovariance: Sendable, Equatable {
    package var first: ExponentialMoments
    package var second: ExponentialMoments
    /// The weighted sum of products of deviations.
    package var centeredProducts: Double

    package init(decay: Double) {
        first = ExponentialMoments(decay: decay)
        second = ExponentialMoments(decay: decay)
        centeredProducts = 0
    }

    /// Forgets one step, then takes in one pair. - Complexity: O(1).
    package mutating func update(first x: Double, second y: Double, weight: Double = 1) {
        let isFirst = first.totalWeight == 0
        let deviation = x - first.weightedMean
        centeredProducts *= first.decay
        first.update(x, weight: weight)
        second.update(y, weight: weight)
        if weight > 0, !isFirst { centeredProducts += weight * deviation * (y - second.weightedMean) }
    }

    /// `sum w (x - mean)(y - mean) / sum w`; `nil` before the first pair.
    package var populationCovariance: Double? {
        first.totalWeight > 0 ? centeredProducts / first.totalWeight : nil
    }

    /// The least-squares slope of the second on the first; `nil` while the first has not moved.
    package var slope: Double? {
        first.centeredSquares > 0 ? centeredProducts / first.centeredSquares : nil
    }

    /// The correlation, within -1...1; `nil` while either has not moved.
    package var correlation: Double? {
        guard first.centeredSquares > 0, second.centeredSquares > 0 else { return nil }
        let scale = first.centeredSquares.squareRoot() * second.centeredSquares.squareRoot()
        return scale > 0 ? min(1, max(-1, centeredProducts / scale)) : nil
    }
}
