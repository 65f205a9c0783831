package import Domain

/// What the expected-return model is told of a signal at the moment it becomes known: eight numbers, all bounded.
///
/// The target is the return in the direction of the signal, so everything that has a side is turned to that side: a
/// momentum of +1 means that the price has been moving the way the agent now bets. Bounds keep one absurd score from
/// bending the regression; a missing field takes the value that says nothing about it, never a sentinel far out.
///
/// | name | meaning | unit and bounds | missing |
/// |---|---|---|---|
/// | `score` | the agent's own conviction | its own unit, cut at ±10 | 0 |
/// | `confidence` | stated confidence above even | -0.5 … 0.5 | 0 |
/// | `probability_edge` | `prob_up` turned to the side of the bet, `sign * (2 p - 1)` | -1 … 1 | 0 |
/// | `direction` | +1 long, -1 short: carries the market's drift | ±1 | never |
/// | `momentum_24h` | return over the last 24 h, to the side of the bet | sigmas, cut at ±5 | 0 |
/// | `momentum_7d` | the same over 7 days, over sigma times the root of 7 | sigmas, cut at ±5 | 0 |
/// | `sigma_percent` | volatility over 24 h known at the decision | per cent, cut at 50 | 2 |
/// | `score_sigma` | score times sigma: conviction is worth more where more moves | per cent, to ±500 | of both |
///
/// The score is cut where the default score-linear fallback is (250 bps at 25 bps a point). The 2 % stands for an
/// ordinary coin (the median absolute 24-hour move is 1.8 %); the cuts and the choice of features are ours.
package enum FeatureVector {
    package static let names = [
        "score", "confidence", "probability_edge", "direction", "momentum_24h", "momentum_7d", "sigma_percent",
        "score_sigma",
    ]

    package static var count: Int { names.count }

    /// The values in the order of `names`, all finite.
    ///
    /// - Parameters:
    ///   - sigmaBps: The volatility over 24 hours known at the decision; `nil` or 0 leaves momentum unknown.
    ///   - return24hBps: The price's return over the last 24 hours up to the decision, whatever the signal's side.
    ///   - return7dBps: The same over the last 7 days.
    /// - Complexity: O(1).
    package static func values(
        direction: Direction, score: Double?, confidence: Double?, probabilityUp: Double?, sigmaBps: Double?,
        return24hBps: Double?, return7dBps: Double?
    ) -> [Double] {
        let sign = direction.sign
        let boundedScore = cut(score ?? 0, at: 10)
        let usableSigma = sigmaBps.flatMap { $0 > 0 ? $0 : nil }
        let sigmaPercent = usableSigma.map { cut($0 / 100, at: 50) } ?? 2
        // A random walk spreads with the root of time.
        let rootOfSeven = 7.0.squareRoot()
        return [
            boundedScore,
            confidence.map { cut($0 - 0.5, at: 0.5) } ?? 0,
            probabilityUp.map { sign * cut(2 * $0 - 1, at: 1) } ?? 0,
            sign,
            momentum(return24hBps, sigmaBps: usableSigma, sign: sign),
            momentum(return7dBps, sigmaBps: usableSigma.map { $0 * rootOfSeven }, sign: sign),
            sigmaPercent,
            boundedScore * sigmaPercent,
        ]
    }

    private static func momentum(_ returnBps: Double?, sigmaBps: Double?, sign: Double) -> Double {
        guard let returnBps, let sigmaBps else { return 0 }
        return sign * cut(returnBps / sigmaBps, at: 5)
    }

    private static func cut(_ value: Double, at bound: Double) -> Double {
        precondition(!value.isNaN, "Invariant: features are numbers")
        return max(-bound, min(bound, value))
    }
}
