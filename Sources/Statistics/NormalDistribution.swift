internal import RealModule

/// The standard normal distribution function: the probability that a standard normal number is at most x.
///
/// `erfc(-x / sqrt 2) / 2`, accurate to the last digits in both tails. `normalCDF(1.6449)` is about 0.95.
///
/// - Complexity: O(1).
package func normalCDF(_ x: Double) -> Double {
    precondition(x.isFinite, "Invariant: the argument is finite")
    return Double.erfc(-x * 0.5.squareRoot()) / 2
}

/// The standard normal quantile: the number that a standard normal stays below with probability p.
///
/// The inverse of `normalCDF`, relative accuracy about 1e-15 (Wichura 1988, algorithm AS 241, PPND16).
/// `normalQuantile(0.975)` is 1.959963984540054.
///
/// - Precondition: `0 < p < 1`; there is no such number at 0 and 1.
/// - Complexity: O(1).
package func normalQuantile(_ p: Double) -> Double {
    precondition(p > 0 && p < 1, "Invariant: a probability strictly between 0 and 1")
    let q = p - 0.5
    if q.magnitude <= 0.425 {
        return q * ratio(0.180625 - q * q, WichuraTables.center)
    }
    let r = (-Double.log(q < 0 ? p : 1 - p)).squareRoot()
    let tail = r <= 5 ? ratio(r - 1.6, WichuraTables.shoulder) : ratio(r - 5, WichuraTables.farTail)
    return q < 0 ? -tail : tail
}

/// A quotient of two polynomials of degree seven by Horner's rule.
private func ratio(_ x: Double, _ table: (numerator: [Double], denominator: [Double])) -> Double {
    var above = 0.0
    var below = 0.0
    for coefficient in table.numerator { above = above * x + coefficient }
    for coefficient in table.denominator { below = below * x + coefficient }
    return above / below
}

/// Wichura 1988, the coefficients of PPND16, highest power first.
private enum WichuraTables {
    static let center: (numerator: [Double], denominator: [Double]) = (
        [
            2.5090809287301226727e+3, 3.3430575583588128105e+4, 6.7265770927008700853e+4, 4.5921953931549871457e+4,
            1.3731693765509461125e+4, 1.9715909503065514427e+3, 1.3314166789178437745e+2, 3.3871328727963666080e+0,
        ],
        [
            5.2264952788528545610e+3, 2.8729085735721942674e+4, 3.9307895800092710610e+4, 2.1213794301586595867e+4,
            5.3941960214247511077e+3, 6.8718700749205790830e+2, 4.2313330701600911252e+1, 1.0,
        ]
    )

    static let shoulder: (numerator: [Double], denominator: [Double]) = (
        [
            7.74545014278341407640e-4, 2.27238449892691845833e-2, 2.41780725177450611770e-1,
            1.27045825245236838258e+0, 3.64784832476320460504e+0, 5.76949722146069140550e+0,
            4.63033784615654529590e+0, 1.42343711074968357734e+0,
        ],
        [
            1.05075007164441684324e-9, 5.47593808499534494600e-4, 1.51986665636164571966e-2,
            1.48103976427480074590e-1, 6.89767334985100004550e-1, 1.67638483018380384940e+0,
            2.05319162663775882187e+0, 1.0,
        ]
    )

    static let farTail: (numerator: [Double], denominator: [Double]) = (
        [
            2.01033439929228813265e-7, 2.71155556874348757815e-5, 1.24266094738807843860e-3,
            2.65321895265761230930e-2, 2.96560571828504891230e-1, 1.78482653991729133580e+0,
            5.46378491116411436990e+0, 6.65790464350110377720e+0,
        ],
        [
            2.04426310338993978564e-15, 1.42151175831644588870e-7, 1.84631831751005468180e-5,
            7.86869131145613259100e-4, 1.48753612908506148525e-2, 1.36929880922735805310e-1,
            5.99832206555887937690e-1, 1.0,
        ]
    )
}
