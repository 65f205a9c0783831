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
        rows.indices.sorted { precedes(rows[$0], rows[$1]) }.map { rows[$0] }
    }

    /// By one number after the other, the first that differs: most often the moment or the target.
    private static func precedes(_ left: TrainingRow, _ right: TrainingRow) -> Bool {
        let (one, two) = (left.signalAt.milliseconds, right.signalAt.milliseconds)
        if one != two { return UInt64(bitPattern: one) < UInt64(bitPattern: two) }
        if let precedes = precedes(left.target, right.target) ?? precedes(left.weight, right.weight) { return precedes }
        if (left.score == nil) != (right.score == nil) { return left.score == nil }
        if let precedes = precedes(left.score ?? 0, right.score ?? 0) { return precedes }
        for index in left.features.indices {
            if let precedes = precedes(left.features[index], right.features[index]) { return precedes }
        }
        return false
    }

    /// `nil` where they are one number, bit for bit.
    private static func precedes(_ left: Double, _ right: Double) -> Bool? {
        let (one, two) = (ordered(left), ordered(right))
        return one == two ? nil : one < two
    }

    /// A total order of numbers, -0 before 0.
    private static func ordered(_ number: Double) -> UInt64 {
        let bits = number.bitPattern
        return bits >> 63 == 1 ? ~bits : bits | 1 << 63
    }
}
