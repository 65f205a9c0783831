/// The loss in one mark that a gambler reckons with before the mark, from the marks before it.
///
/// The greatest of
/// 1. a floor that the user sets, such as a tenth of the book;
/// 2. eight times the scale (`VolatilityScale`): for whoever moves much;
/// 3. the worst loss so far: what happened may happen again;
/// 4. a hundred days of the mean gain, less its standard error: for whoever earns as evenly as premiums come in.
///
/// The last is what tells an insurance from a skill. A seller of insurance whose mean is 0 earns g on most days and
/// loses `g (1 - p) / p` on a share p of them; before its first loss it looks safer than any skill can be, and every
/// scale is deceived. A hundred days of gains cover p down to 1 %, whatever the scale of returns. The standard error is
/// subtracted because an honest record shows its scatter: at a true Sharpe ratio of 2 or 3 the rule hardly binds.
///
/// In the unit of the returns, positive. `nil` before ten marks, and while all returns were 0; until then nothing is
/// staked. Ask for the bound *before* taking in the mark that it judges. Eight and a hundred are ours; what they reach
/// and where they end is measured in docs/METHODS.md.
///
/// Every field is state for a snapshot.
package struct ReckonedLoss: Sendable, Equatable {
    package var scale: VolatilityScale
    package var sum: CompensatedSum

    static let scales = 8.0
    static let daysOfGains = 100.0

    package init() {
        scale = VolatilityScale()
        sum = CompensatedSum()
    }

    /// Takes in the return of one mark. - Complexity: O(1).
    package mutating func update(_ value: Double) {
        scale.update(value)
        sum.add(value)
    }

    /// The loss reckoned with on the next mark; `nil` where there is none yet.
    ///
    /// - Parameter floor: A loss that is always reckoned with, positive.
    package func bound(atLeast floor: Double) -> Double? {
        precondition(floor > 0 && floor.isFinite, "Invariant: the least loss reckoned with is positive")
        guard let scale = self.scale.scale else { return nil }
        return max(floor, ReckonedLoss.scales * scale, self.scale.worstLoss, ReckonedLoss.daysOfGains * plausibleGain)
    }

    /// The mean less its standard error; below 0 where the record is compatible with no gain.
    private var plausibleGain: Double {
        let count = Double(scale.count)
        let mean = sum.value / count
        let variance = max(0, scale.squareSum.value / count - mean * mean)
        return mean - (variance / count).squareRoot()
    }
}
