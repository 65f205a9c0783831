/// The scale by which returns are judged before they are known: the greatest of three measures of risk.
///
/// 1. the exponentially forgetting root mean square of the returns (half-life 60 marks): risk now;
/// 2. the root mean square of all returns: a calm spell does not make an agent safe;
/// 3. a tenth of the worst loss so far: whoever once lost much stays measured by it.
///
/// In the unit of the returns, positive. Means are taken about 0, not about the mean: a return that repeats itself is
/// not without risk. `nil` before ten marks, and while all returns were 0; until then nothing is staked. Ask for the
/// scale *before* taking in the mark that it judges.
///
/// Every field is state for a snapshot.
package struct VolatilityScale: Sendable, Equatable {
    /// Squares of returns under exponential forgetting.
    package var recentSquares: ExponentialMoments
    /// The sum of all squares.
    package var squareSum: CompensatedSum
    package var count: Int
    /// The worst return so far as a positive number; 0 while there was no loss.
    package var worstLoss: Double

    /// How many marks it takes before there is a scale.
    package static let minimumCount = 10

    package init(halfLife: Double = 60) {
        recentSquares = ExponentialMoments(decay: decayFactor(halfLife: halfLife))
        squareSum = CompensatedSum()
        count = 0
        worstLoss = 0
    }

    /// Takes in the return of one mark. - Complexity: O(1).
    package mutating func update(_ value: Double) {
        precondition(value.isFinite, "Invariant: a return is finite")
        let square = value * value
        recentSquares.update(square)
        squareSum.add(square)
        count += 1
        worstLoss = max(worstLoss, -value)
    }

    /// The scale for the next mark; `nil` where there is none yet.
    package var scale: Double? {
        guard count >= Self.minimumCount, let recent = recentSquares.mean else { return nil }
        let overall = squareSum.value / Double(count)
        let scale = max(recent.squareRoot(), overall.squareRoot(), worstLoss / 10)
        return scale > 0 ? scale : nil
    }
}
