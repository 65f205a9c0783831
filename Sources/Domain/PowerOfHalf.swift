/// 2^(-x) without a library function, so that what is decayed has the same bits on every machine.
package enum PowerOfHalf {
    /// The argument is halved until the (3, 3) Padé approximant of exp(-x) is exact to 1e-14, then squared back; the
    /// relative error stays below 1e-12 for exponents up to 2 and grows with them. 0 beyond 1,000.
    ///
    /// - Precondition: `exponent` is not negative.
    package static func value(_ exponent: Double) -> Double {
        precondition(exponent >= 0, "Invariant: time runs forwards")
        guard exponent < 1_000 else { return 0 }
        var halvings = 0
        var argument = exponent * 0.693_147_180_559_945_3
        while argument > 0.05 {
            argument /= 2
            halvings += 1
        }
        let square = argument * argument
        let even = 1 + square / 10
        let odd = argument / 2 + square * argument / 120
        var value = (even - odd) / (even + odd)
        for _ in 0..<halvings { value *= value }
        return value
    }
}
