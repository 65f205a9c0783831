/// The sample variance: how far outcomes scatter about their mean, in the square of the unit of the values.
///
/// `sum (x - mean)^2 / (n - 1)` in two passes, corrected for the rounding of the mean (Chan, Golub & LeVeque 1983,
/// eq. 1.7). `nil` below two values: one outcome says nothing about scatter. Exactly 0 when all are equal.
///
/// - Complexity: O(n).
package func sampleVariance(of values: [Double]) -> Double? {
    guard values.count >= 2 else { return nil }
    return centeredSquares(of: values) / Double(values.count - 1)
}

/// The sample standard deviation, the square root of `sampleVariance(of:)`: the volatility per outcome, in the unit
/// of the values. `nil` below two values.
///
/// - Complexity: O(n).
package func standardDeviation(of values: [Double]) -> Double? {
    sampleVariance(of: values).map { $0.squareRoot() }
}

/// The standard error of the mean: how far the mean of so many independent outcomes may be off by luck.
///
/// `standardDeviation / sqrt(n)`, in the unit of the values. `nil` below two values. Overlapping outcomes are not
/// independent: their standard error is larger than this.
///
/// - Complexity: O(n).
package func standardErrorOfMean(of values: [Double]) -> Double? {
    standardDeviation(of: values).map { $0 / Double(values.count).squareRoot() }
}

/// `sum (x - mean)^2`; exactly 0 when all values are equal. Needs at least one value.
func centeredSquares(of values: [Double]) -> Double {
    guard let center = mean(of: values) else { return 0 }
    var squares = CompensatedSum()
    var residue = CompensatedSum()
    for value in values {
        let deviation = value - center
        squares.add(deviation * deviation)
        residue.add(deviation)
    }
    // Chan, Golub & LeVeque 1983, eq. 1.7: the second term is the rounding error of the mean.
    return max(0, squares.value - residue.value * residue.value / Double(values.count))
}
