/// The point of the simplex `{ w >= 0, sum w = total }` that is nearest to `values` in the Euclidean sense.
///
/// Turns raw scores, some negative, into weights: the same amount is taken from all, and who would fall below 0 gets
/// nothing. `w_i = max(0, v_i - t)` with t such that the weights add up (Held, Wolfe & Crowder 1974; Duchi et al.
/// 2008, fig. 1). Example: [0.5, 0.8, -1] with total 1 gives [0.35, 0.65, 0]. Empty for no values.
///
/// - Precondition: `total >= 0` and finite; all values finite.
/// - Complexity: O(n log n).
package func simplexProjection(of values: [Double], total: Double = 1) -> [Double] {
    precondition(total >= 0 && total.isFinite, "Invariant: there is a total to share out")
    guard total > 0 else { return values.map { _ in 0 } }
    var sum = CompensatedSum(plain: -total)
    var threshold = 0.0
    for (offset, value) in sortedFinite(values).reversed().enumerated() {
        sum.add(value)
        let candidate = sum.value / Double(offset + 1)
        // Duchi et al. 2008, lemma 2: the last value above its own threshold.
        if value > candidate || offset == 0 { threshold = candidate } else { break }
    }
    return values.map { max(0, $0 - threshold) }
}
