/// How two series move together, -1...1, with its standard error.
package struct Correlation: Sendable, Equatable {
    package let coefficient: Double
    package let count: Int

    package init(coefficient: Double, count: Int) {
        precondition(coefficient.magnitude <= 1 && count >= 3, "Invariant: a correlation of three pairs or more")
        self.coefficient = coefficient
        self.count = count
    }

    /// The standard deviation of the coefficient when the two have nothing to do with each other: `1 / sqrt(n - 1)`,
    /// exact over all permutations, ties or not (Pitman 1937). The yardstick against luck: a coefficient within two of
    /// it is no finding. It is not an interval about a strong correlation.
    package var standardError: Double { 1 / Double(count - 1).squareRoot() }
}

/// The correlation of Pearson: how close the pairs lie to a straight line.
///
/// `sum (x - mean)(y - mean) / sqrt(sum (x - mean)^2 sum (y - mean)^2)`. `nil` below three pairs, or when either
/// series is constant.
///
/// - Complexity: O(n).
package func pearsonCorrelation(_ x: [Double], _ y: [Double]) -> Correlation? {
    precondition(x.count == y.count, "Invariant: the values come in pairs")
    guard x.count >= 3, let xCenter = mean(of: x), let yCenter = mean(of: y) else { return nil }
    let n = Double(x.count)
    let xScale = (centeredSquares(of: x) / n).squareRoot()
    let yScale = (centeredSquares(of: y) / n).squareRoot()
    guard xScale > xCenter.magnitude * CentralMoments.roundingShare,
        yScale > yCenter.magnitude * CentralMoments.roundingShare
    else { return nil }
    var products = CompensatedSum()
    for index in x.indices {
        products.add((x[index] - xCenter) / xScale * ((y[index] - yCenter) / yScale))
    }
    return Correlation(coefficient: min(1, max(-1, products.value / n)), count: x.count)
}

/// The rank correlation of Spearman: does the better forecast go with the better outcome? This is the *information
/// coefficient* of an agent when x are its forecasts and y the realized returns.
///
/// The correlation of Pearson of the average ranks, so one wild outcome cannot carry it. `nil` below three pairs, or
/// when either series is constant (an agent that always says the same has no ranking).
///
/// - Complexity: O(n log n).
package func spearmanCorrelation(_ x: [Double], _ y: [Double]) -> Correlation? {
    precondition(x.count == y.count, "Invariant: the values come in pairs")
    return pearsonCorrelation(averageRanks(of: x), averageRanks(of: y))
}

/// The rank of each value among all, 1 for the least; equal values share the mean of the ranks they take up.
///
/// `averageRanks(of: [10, 20, 20])` is `[1, 2.5, 2.5]`.
///
/// - Complexity: O(n).
package func averageRanks(of values: [Double]) -> [Double] {
    let order = ascendingOrder(of: values)
    var ranks = [Double](repeating: 0, count: values.count)
    var start = 0
    while start < order.count {
        var end = start
        while end < order.count, values[order[end]] == values[order[start]] { end += 1 }
        for position in start..<end { ranks[order[position]] = Double(start + 1 + end) / 2 }
        start = end
    }
    return ranks
}
