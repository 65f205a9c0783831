internal import RealModule

/// The generator SplitMix64 (Steele, Lea & Flood 2014): 64 bits of state, any seed is good.
///
/// For seeds of other generators and for tests. The same seed gives the same numbers on every machine, for ever.
package struct SplitMix64: RandomNumberGenerator, Sendable, Equatable {
    package var state: UInt64

    package init(seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

/// The generator xoshiro256** 1.0 (Blackman & Vigna 2021), seeded through SplitMix64 as its authors advise.
///
/// For simulated markets and agents. Nothing that decides about money draws a random number.
package struct Xoshiro256: RandomNumberGenerator, Sendable, Equatable {
    package var a: UInt64
    package var b: UInt64
    package var c: UInt64
    package var d: UInt64

    package init(seed: UInt64) {
        var seeds = SplitMix64(seed: seed)
        a = seeds.next()
        b = seeds.next()
        c = seeds.next()
        d = seeds.next()
    }

    package mutating func next() -> UInt64 {
        let scrambled = b &* 5
        let result = ((scrambled << 7) | (scrambled >> 57)) &* 9
        let shifted = b << 17
        c ^= a
        d ^= b
        b ^= c
        a ^= d
        c ^= shifted
        d = (d << 45) | (d >> 19)
        return result
    }

    /// A number strictly between 0 and 1, one of 2^52 equally spaced. One draw.
    package mutating func uniform() -> Double {
        // A half is added so that neither end can occur: 52 bits, since 53 and a half would round up to 1.
        (Double(next() >> 12) + 0.5) * 0x1p-52
    }

    /// A standard normal number by inversion. One draw, so that a stream of them can be skipped by counting.
    package mutating func normal() -> Double { normalQuantile(uniform()) }

    /// A number of Student's t distribution: heavy tails, variance `freedom / (freedom - 2)` above 2. Two draws.
    package mutating func studentT(degreesOfFreedom freedom: Double) -> Double {
        precondition(freedom > 0 && freedom.isFinite, "Invariant: degrees of freedom are positive")
        // Bailey 1994: the Box-Muller transform of the t distribution.
        let radius = (freedom * Double.expMinusOne(-2 / freedom * Double.log(uniform()))).squareRoot()
        return radius * Double.cos(2 * .pi * uniform())
    }
}
