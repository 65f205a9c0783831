/// The number rounded to so many decimals, bit for bit what Python's `round(x, decimals)` gives.
///
/// The exact binary value is rounded to the nearest decimal, a true tie (0.5, 0.125, …) to the even digit, and the
/// result is the double nearest to that decimal. So 2.675 gives 2.67 (it is a little less than 2.675), 0.125 gives
/// 0.12, and -0.00001 gives -0.0.
///
/// With `p = x 10^d` rounded and `e` the part that the rounding dropped (one fused multiply-add gives it exactly), the
/// exact product is `p + e`. A half is representable, so only where `p` sits on one can `e` decide. The integer found
/// is below 2^53 and 10^d is a double without error, hence the last division is correctly rounded. Where `|p|` is 2^53
/// or more, neighboring doubles are a whole unit of the last decimal apart and x is already its own rounding.
///
/// - Precondition: x finite, `0 <= decimals <= 15`.
/// - Complexity: O(1).
package func roundedHalfEven(_ x: Double, decimals: Int) -> Double {
    precondition(x.isFinite, "Invariant: only finite numbers are rounded")
    precondition(decimals >= 0 && decimals <= 15, "Invariant: 0 to 15 decimals")
    var power = 1.0
    for _ in 0..<decimals { power *= 10 }
    let product = x * power
    guard product.magnitude < 9_007_199_254_740_992 else { return x }
    let dropped = (-product).addingProduct(x, power)
    var whole = product.rounded(.toNearestOrEven)
    if (product - whole).magnitude == 0.5, dropped != 0 {
        whole = dropped > 0 ? product.rounded(.up) : product.rounded(.down)
    }
    return whole / power
}
