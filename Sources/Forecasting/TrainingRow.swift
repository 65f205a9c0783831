package import Domain

/// One outcome as the regression sees it: what was known when the signal became known, and what came of it.
///
/// Only outcomes at the 24-hour horizon belong here; that is the horizon the model speaks of.
package struct TrainingRow: Equatable, Sendable {
    /// When the signal became known. The row is predicted, for the choice of the model, only by fits made by then:
    /// a fit of the day before the outcome may have seen half of the very move that it would be asked for.
    package var signalAt: Timestamp
    /// In the order of `FeatureVector.names`.
    package var features: [Double]
    /// The realized return, net of costs, bps.
    package var target: Double
    /// For the score-linear fallback.
    package var score: Double?
    /// 1 / (signals the agent had open): an agent that repeats itself hourly on six coins holds 144 views of nearly
    /// the same day, and they count together as about one. In (0, 1].
    package var weight: Double

    package init(signalAt: Timestamp, features: [Double], target: Double, score: Double?, overlapCount: Int) {
        precondition(features.count == FeatureVector.count, "Invariant: one value a feature")
        precondition(overlapCount >= 1, "Invariant: a signal overlaps at least itself")
        precondition(target.isFinite && (score ?? 0).isFinite, "Invariant: finite target and score")
        self.signalAt = signalAt
        self.features = features
        self.target = target
        self.score = score
        weight = 1 / Double(overlapCount)
    }

    /// The rows in an order that depends on their content alone, so that neither the order in which outcomes became
    /// known nor the names of agents reach a sum. Rows that compare equal are equal, hence interchangeable.
    static func canonicalOrder(_ rows: [TrainingRow]) -> [TrainingRow] {
        rows.map { (row: $0, key: $0.key) }
            .sorted { $0.key.lexicographicallyPrecedes($1.key) }
            .map(\.row)
    }

    private var key: [UInt64] {
        [UInt64(bitPattern: signalAt.milliseconds), TrainingRow.ordered(target), TrainingRow.ordered(weight)]
            + [score == nil ? 0 : 1, TrainingRow.ordered(score ?? 0)] + features.map(TrainingRow.ordered)
    }

    /// A total order of numbers, -0 before 0.
    private static func ordered(_ number: Double) -> UInt64 {
        let bits = number.bitPattern
        return bits >> 63 == 1 ? ~bits : bits | 1 << 63
    }
}
