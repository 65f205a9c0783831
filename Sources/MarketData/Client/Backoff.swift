package import Domain

/// Waits between attempts: exponential with full jitter, so that many who failed together do not return together.
///
/// Wait n is uniform on [0, min(maximal, base 2^(n-1))] (Brooker 2015, "Exponential Backoff and Jitter", AWS
/// Architecture Blog: full jitter makes the fewest calls of the variants compared).
package struct Backoff: Equatable, Sendable {
    package let base: Span
    package let maximal: Span
    private var generator: JitterGenerator

    package init(base: Span, maximal: Span, seed: UInt64) {
        precondition(base > .zero && maximal >= base, "Invariant: a wait is positive and bounded")
        self.base = base
        self.maximal = maximal
        generator = JitterGenerator(state: seed)
    }

    /// The longest that `wait` may be after the failure of that attempt, counted from 1.
    package func ceiling(afterAttempt attempt: Int) -> Span {
        precondition(attempt >= 1, "Invariant: attempts are counted from 1")
        var ceiling = base
        for _ in 1..<attempt where ceiling < maximal { ceiling = ceiling + ceiling }
        return min(ceiling, maximal)
    }

    package mutating func wait(afterAttempt attempt: Int) -> Span {
        let ceiling = ceiling(afterAttempt: attempt).milliseconds
        return Span(milliseconds: Int64(generator.next(upperBound: UInt64(ceiling) + 1)))
    }
}

/// SplitMix64 (Steele, Lea & Flood 2014): jitter needs no better, and an edge has no business with statistics.
private struct JitterGenerator: RandomNumberGenerator, Equatable, Sendable {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
