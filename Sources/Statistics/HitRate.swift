/// The share of outcomes that were right, with what is known about its error.
///
/// `rate = hits / count`, no unit. What counts as a hit is decided by the caller (above 0 after costs, usually).
/// 11 of 20 right is 0.55 with a standard error of 0.11: no evidence at all against a coin.
package struct HitRate: Sendable, Equatable {
    package let hitCount: Int
    package let count: Int

    /// `nil` when nothing was counted: a hit rate of nothing is not 0.
    package init?(hitCount: Int, count: Int) {
        precondition(hitCount >= 0 && hitCount <= count, "Invariant: hits are among the counted")
        guard count > 0 else { return nil }
        self.hitCount = hitCount
        self.count = count
    }

    /// The share of hits, 0 to 1.
    package var rate: Double { Double(hitCount) / Double(count) }

    /// `sqrt(p (1 - p) / n)`. It is 0 when all or none were hits, which overstates what is known: show the
    /// interval there.
    package var standardError: Double { (rate * (1 - rate) / Double(count)).squareRoot() }

    /// The score interval of Wilson 1927: the rates that so many hits do not contradict. Inside 0...1 and honest for
    /// small counts, also when all or none were hits.
    ///
    /// `center = (p + z^2/2n) / (1 + z^2/n)`, half width `z sqrt(p(1-p)/n + z^2/4n^2) / (1 + z^2/n)`, where z is the
    /// normal quantile of `(1 + level) / 2`.
    ///
    /// - Precondition: `0 < level < 1`.
    /// - Complexity: O(1).
    package func wilsonInterval(level: Double = 0.95) -> ClosedRange<Double> {
        precondition(level > 0 && level < 1, "Invariant: a level lies between 0 and 1")
        let z = normalQuantile((1 + level) / 2)
        let n = Double(count)
        let shrink = 1 + z * z / n
        let center = (rate + z * z / (2 * n)) / shrink
        let halfWidth = z * (rate * (1 - rate) / n + z * z / (4 * n * n)).squareRoot() / shrink
        let lower = hitCount == 0 ? 0 : max(0, center - halfWidth)
        let upper = hitCount == count ? 1 : min(1, center + halfWidth)
        return lower...upper
    }
}
