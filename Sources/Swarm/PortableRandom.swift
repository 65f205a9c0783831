package import Statistics

internal import Domain

/// Random draws made of additions, multiplications, divisions and square roots only.
///
/// IEEE 754 fixes the last bit of those and of nothing else: a logarithm of the C library may differ between two
/// machines, and a simulated market feeds every bar into the next. The demonstration promises the same bytes
/// everywhere, hence these and not the draws of `Statistics`.
extension Xoshiro256 {
    /// An independent stream for every name under one seed, so that adding an agent changes no other agent.
    package init(seed: UInt64, stream: String) {
        var hash = StableHash()
        hash.combine(seed)
        hash.combine(stream)
        hash.finish()
        self.init(seed: hash.low)
    }

    /// A standard normal number: Marsaglia's polar method (Marsaglia & Bray 1964). Draws until a point falls into the
    /// unit disc, 1.27 pairs on average.
    package mutating func portableNormal() -> Double {
        while true {
            let x = 2 * uniform() - 1
            let y = 2 * uniform() - 1
            let square = x * x + y * y
            if square < 1 && square > 0 { return x * (-2 * portableLog(square) / square).squareRoot() }
        }
    }

    /// A number of Student's t distribution scaled to variance 1: a normal number over the root of an independent mean
    /// of squares (Student 1908).
    ///
    /// The sum of two squares of normal numbers is -2 ln u, u uniform, so that one logarithm makes all pairs.
    package mutating func portableUnitStudentT(degreesOfFreedom freedom: Int) -> Double {
        precondition((3...30).contains(freedom), "Invariant: a variance to scale to 1, and a product that is not 0")
        let numerator = portableNormal()
        var product = 1.0
        for _ in 0..<freedom / 2 { product *= uniform() }
        var squares = -2 * portableLog(product)
        if freedom % 2 == 1 {
            let draw = portableNormal()
            squares += draw * draw
        }
        return numerator * (Double(freedom - 2) / squares).squareRoot()
    }
}

/// The natural logarithm of a positive number, the same bits on every machine; relative error below 1e-14.
///
/// The argument is m 2^e with m within a factor sqrt 2 of 1; ln m = 2 artanh((m - 1) / (m + 1)) by its power series.
func portableLog(_ x: Double) -> Double {
    precondition(x > 0 && x.isFinite, "Invariant: only positive numbers have a logarithm")
    var exponent = Double(x.exponent)
    var mantissa = x.significand
    if mantissa > 1.414_213_562_373_095_1 {
        mantissa /= 2
        exponent += 1
    }
    let ratio = (mantissa - 1) / (mantissa + 1)
    let square = ratio * ratio
    // |ratio| < 0.1716, so that the first term left out, ratio^25 / 25, is below 1e-20.
    var series = 0.0
    var odd = 23.0
    while odd > 0 {
        series = series * square + 1 / odd
        odd -= 2
    }
    return exponent * 0.693_147_180_559_945_3 + 2 * ratio * series
}

extension Double {
    /// Rounded to four decimals, the precision of every score and probability the swarm writes.
    var roundedToFourDecimals: Double { (self * 10_000).rounded() / 10_000 }
}
