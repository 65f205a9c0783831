package import Domain

/// How much may be asked of a venue now: weight that refills steadily up to a burst.
///
/// Whoever asks takes his weight at once, into debt if need be, and is told how long to wait until the debt is his no
/// more. So callers are served in the order in which they asked, none is asked to come again, and no more than
/// `burst + weightPerSecond * t` is spent in any time t, up to the millisecond that waits are rounded to. Time is a
/// stopwatch's: a corrected clock refills nothing.
package struct TokenBucket: Equatable, Sendable {
    package let weightPerSecond: Double
    package let burst: Double

    /// Below zero: promised to callers who wait.
    private var available: Double
    private var countedAt: Span
    /// In (0, 1]: how much of its speed the refilling has left after what the venue said of our use.
    private var speed = 1.0

    package init(weightPerSecond: Double, burst: Int, at elapsed: Span) {
        precondition(
            weightPerSecond.isFinite && weightPerSecond > 0 && burst > 0, "Invariant: a venue lets something through")
        self.weightPerSecond = weightPerSecond
        self.burst = Double(burst)
        available = Double(burst)
        countedAt = elapsed
    }

    /// Takes `weight` and says how long to wait before spending it; a weight above the burst waits for what it exceeds.
    package mutating func take(_ weight: Int, at elapsed: Span) -> Span {
        precondition(weight >= 0, "Invariant: a request weighs something")
        refill(at: elapsed)
        available -= Double(weight)
        return waitForDebt
    }

    /// How long `take` would tell to wait, taking nothing.
    package func wait(for weight: Int, at elapsed: Span) -> Span {
        var copy = self
        return copy.take(weight, at: elapsed)
    }

    /// Weight that was taken and not spent.
    package mutating func giveBack(_ weight: Int) { available = min(burst, available + Double(weight)) }

    /// What the venue's own count says, which knows of other programs on this address: beyond half of its limit we
    /// slow down in proportion to what is left, to a twentieth at the limit. Ours: the venues publish a limit and a
    /// count, not a speed.
    package mutating func learn(usedShare: Double, at elapsed: Span) {
        guard usedShare.isFinite else { return }
        refill(at: elapsed)
        let left = 1 - min(1, max(0, usedShare))
        speed = max(0.05, min(1, left / 0.5))
        available = min(available, burst * left)
    }

    private mutating func refill(at elapsed: Span) {
        // A stopwatch does not run backward; if one does, nothing is refilled for it.
        let seconds = Double(max(0, (elapsed - countedAt).milliseconds)) / 1_000
        available = min(burst, available + seconds * weightPerSecond * speed)
        countedAt = max(countedAt, elapsed)
    }

    private var waitForDebt: Span {
        guard available < 0 else { return .zero }
        // Rounded up: a millisecond early is a request too many; the last bits of a sum are no millisecond. A day is
        // longer than anybody waits.
        let milliseconds = (-available / (weightPerSecond * speed) * 1_000 - 1e-6).rounded(.up)
        return Span(milliseconds: Int64(min(max(0, milliseconds), 86_400_000)))
    }
}
