package import Domain

/// Does the agent earn what it says? Out-of-sample R^2 of its forecasts against saying nothing, forgetting.
///
/// In units of the horizon's volatility known at the decision, with z the realized and f the expected return:
///
///     S = sum of w (2 z f - f^2) / sum of w z^2
///
/// which is 1 - sum w (z - f)^2 / sum w z^2, the share of the squared return that the forecast explains (Campbell and
/// Thompson 2008, eq. 1, with the zero forecast as the benchmark). It is proper: an agent raises its expectation of S
/// only by saying what it believes, and an honest one has E[2 z f - f^2] = E[f^2] >= 0. z is cut at +-5, for this score
/// only, so that one crash does not decide; f is not cut.
///
/// w halves every `halfLifeSignals` *independent* signals: an outcome advances the clock, and weighs, by one over the
/// number of signals the agent had open with it.
package struct ForecastSkill: Equatable, Sendable {
    private var gain = 0.0
    private var squares = 0.0
    private var weight = 0.0

    package init() {}

    /// Independent signals behind it, after forgetting.
    package var effectiveSignals: Double { weight }

    package mutating func take(realizedSigmas z: Double, expectedSigmas f: Double, overlapCount: Int, halfLife: Double,
        winsorizedAt bound: Double
    ) {
        take(
            realizedSigmas: z, expectedSigmas: f, Step(overlapCount: overlapCount, halfLife: halfLife),
            winsorizedAt: bound)
    }

    /// How far an outcome moves the clock, and what then is left of those before it.
    struct Step: Sendable {
        var share: Double
        var kept: Double

        init(overlapCount: Int, halfLife: Double) {
            share = 1 / Double(overlapCount)
            kept = PowerOfHalf.value(share / halfLife)
        }
    }

    @inline(__always)
    mutating func take(realizedSigmas z: Double, expectedSigmas f: Double, _ step: Step, winsorizedAt bound: Double) {
        let (share, kept) = (step.share, step.kept)
        let cut = max(-bound, min(bound, z))
        gain = gain * kept + share * (2 * cut * f - f * f)
        squares = squares * kept + share * cut * cut
        weight = weight * kept + share
    }

    /// `nil` while nothing moved.
    package var skill: Double? { squares > 0 ? gain / squares : nil }

    /// What a new version inherits: the old version's skill as a prior of at most `signals` independent signals.
    package func inherited(signals: Double) -> ForecastSkill {
        guard weight > signals else { return self }
        var prior = self
        let share = signals / weight
        prior.gain *= share
        prior.squares *= share
        prior.weight = signals
        return prior
    }

    /// The multiplier in [floor, ceiling]: 1 + gain * S near 1, bending towards the bounds and never reaching them, so
    /// that two agents near a bound still differ.
    ///
    /// The bend is x / sqrt(1 + x^2) with x = gain * S over the room on that side (ours; only a square root, so that
    /// its bits are the same everywhere). 1.0 is "no better and no worse than saying nothing".
    package func multiplier(_ policy: ConfidencePolicy) -> ConfidenceMultiplier {
        guard weight >= policy.minimalSignals, let skill else {
            let needed = Int(policy.minimalSignals.rounded(.up))
            let count = Int(weight.rounded(.down))
            return ConfidenceMultiplier(
                value: 1, skill: .insufficient(count: count, needed: needed), effectiveSignals: weight)
        }
        let room = skill >= 0 ? policy.ceiling - 1 : 1 - policy.floor
        var value = 1.0
        if room > 0 {
            let argument = policy.gain * skill / room
            value += room * argument / (1 + argument * argument).squareRoot()
        }
        return ConfidenceMultiplier(
            value: max(policy.floor, min(policy.ceiling, value)), skill: .known(skill), effectiveSignals: weight)
    }
}

extension ForecastSkill: SnapshotVisitable {
    package mutating func visit(_ coder: inout SnapshotCoder) throws(SnapshotCoder.Failure) {
        try coder.visit(&gain)
        try coder.visit(&squares)
        try coder.visit(&weight)
    }
}
