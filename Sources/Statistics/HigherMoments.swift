/// Skewness: the side on which the rare big outcomes lie. Negative = many small gains and a few great losses.
///
/// `m3 / m2^1.5` with population moments `m_k = sum (x - mean)^k / n` (Fisher's g1), no unit; 0 for a symmetric
/// sample. This is the estimator that Bailey & López de Prado use. `nil` below three values, or when all are equal.
///
/// - Complexity: O(n).
package func skewness(of values: [Double]) -> Double? {
    guard values.count >= 3, let moments = CentralMoments(values) else { return nil }
    return moments.skewness
}

/// Kurtosis: how heavy the tails are. 3 for a normal distribution (this is *not* the excess over 3); daily returns
/// of coins have 5 to 20.
///
/// `m4 / m2^2` with population moments, no unit, never below 1. `nil` below four values, or when all are equal.
///
/// - Complexity: O(n).
package func kurtosis(of values: [Double]) -> Double? {
    guard values.count >= 4, let moments = CentralMoments(values) else { return nil }
    return moments.kurtosis
}

/// The population moments about the mean that skewness and kurtosis are made of.
struct CentralMoments {
    let skewness: Double
    let kurtosis: Double

    /// `nil` when there is no scatter: no values, one value, or all equal up to rounding.
    init?(_ values: [Double]) {
        guard let center = mean(of: values) else { return nil }
        let variance = centeredSquares(of: values) / Double(values.count)
        let deviation = variance.squareRoot()
        guard deviation > center.magnitude * Self.roundingShare else { return nil }
        var cubes = CompensatedSum()
        var fourths = CompensatedSum()
        for value in values {
            // Standardized first: a fourth power of a small return would lose its digits near the underflow.
            let standardized = (value - center) / deviation
            let square = standardized * standardized
            cubes.add(square * standardized)
            fourths.add(square * square)
        }
        skewness = cubes.value / Double(values.count)
        kurtosis = fourths.value / Double(values.count)
    }

    /// Ours: scatter below this share of the mean is rounding of equal numbers, not scatter.
    static let roundingShare = 1e-12
}
