/// The arithmetic mean: what one outcome brought on average, in the unit of the values.
///
/// `mean = (x_1 + … + x_n) / n`, with a compensated sum. `nil` for no values. A constant array gives that constant
/// exactly: differences from the first value are what is averaged.
///
/// - Complexity: O(n).
package func mean(of values: [Double]) -> Double? {
    guard let first = values.first else { return nil }
    var sum = CompensatedSum()
    for value in values { sum.add(value - first) }
    return first + sum.value / Double(values.count)
}

/// The weighted mean: each outcome counts as much as its weight says.
///
/// `sum w x / sum w`. Weights are not negative. `nil` when there is no value or every weight is 0 (nothing was said).
///
/// - Complexity: O(n).
package func weightedMean(of values: [Double], weights: [Double]) -> Double? {
    precondition(values.count == weights.count, "Invariant: one weight a value")
    var products = CompensatedSum()
    var total = CompensatedSum()
    for index in values.indices {
        precondition(weights[index] >= 0, "Invariant: weights are not negative")
        products.add(weights[index] * values[index])
        total.add(weights[index])
    }
    return total.value > 0 ? products.value / total.value : nil
}

/// The effective sample size of weights (Kish 1965): how many equally weighted outcomes carry as much evidence.
///
/// `(sum w)^2 / sum w^2`, between 1 and n; n for equal weights. A track record of 1,000 outcomes of which the last
/// ten carry nearly all the weight is a track record of about ten. `nil` when every weight is 0 or there is none.
///
/// - Complexity: O(n).
package func effectiveSampleSize(ofWeights weights: [Double]) -> Double? {
    var total = CompensatedSum()
    var squares = CompensatedSum()
    for weight in weights {
        precondition(weight >= 0, "Invariant: weights are not negative")
        total.add(weight)
        squares.add(weight * weight)
    }
    return squares.value > 0 ? total.value * total.value / squares.value : nil
}
