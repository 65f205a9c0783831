/// The p-quantile of values in any order: the number below which the share p of them lies.
///
/// Hyndman & Fan 1996, type 7 (the default of R, NumPy and pandas): linear between the order statistics around
/// `(n - 1) p`. p = 0 is the least, 0.5 the median, 1 the greatest. In the unit of the values; `nil` for no values.
///
/// - Precondition: `0 <= p <= 1`; all values finite (one NaN would leave the sort in disorder).
/// - Complexity: O(n log n).
package func quantile(_ p: Double, of values: [Double]) -> Double? {
    precondition(p >= 0 && p <= 1, "Invariant: a probability lies in 0...1")
    guard !values.isEmpty else { return nil }
    let ordered = sortedFinite(values)
    let position = Double(ordered.count - 1) * p
    let lowerIndex = Int(position.rounded(.down))
    guard lowerIndex + 1 < ordered.count else { return ordered[lowerIndex] }
    let lower = ordered[lowerIndex]
    let upper = ordered[lowerIndex + 1]
    // Hyndman & Fan 1996, definition 7; kept between its neighbors whatever the rounding.
    return min(upper, max(lower, lower + (position - Double(lowerIndex)) * (upper - lower)))
}

/// The median: half of the outcomes were better, half worse. The 0.5-quantile; `nil` for no values.
///
/// - Complexity: O(n log n).
package func median(of values: [Double]) -> Double? {
    quantile(0.5, of: values)
}

/// The values in ascending order. The one gate through which every statistic of order goes.
func sortedFinite(_ values: [Double]) -> [Double] {
    for value in values { precondition(value.isFinite, "Invariant: only finite values have an order") }
    return values.sorted()
}
