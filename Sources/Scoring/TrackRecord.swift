package import Domain
internal import Statistics
internal import StatisticsState

/// Everything scored about one version of one agent, except its book.
package struct TrackRecord: Sendable {
    package private(set) var all = OutcomeStatistics()
    /// Of signals that we saw as they were written: the only ones an automatic promotion looks at.
    package private(set) var attested = OutcomeStatistics()
    package private(set) var skill = ForecastSkill()
    package private(set) var saturatingError = SaturatingError()
    private var diagnostics = Horizon.diagnostic.map { _ in OutcomeStatistics() }
    /// Newest expected and realized returns in sigmas, oldest first.
    private var expected = RecentValues()
    private var realized = RecentValues()
    private var brier = CompensatedMoments()
    private var brierCount = 0
    package private(set) var forecasterVersion: String?

    package init() {}

    /// The track of a new version: its own record, the old one's skill as a weak prior.
    package static func successor(of old: TrackRecord, policy: ConfidencePolicy) -> TrackRecord {
        var track = TrackRecord()
        track.skill = old.skill.inherited(signals: policy.minimalSignals)
        track.saturatingError = old.saturatingError
        return track
    }

    /// `fleetNumber`: which outcome of the fleet this is, counted from 1; for the seed's rule.
    package mutating func take(_ outcome: Outcome, fleetNumber: Int, policy: Policy) {
        guard outcome.isPrimary else {
            if let index = Horizon.diagnostic.firstIndex(of: outcome.horizon) { diagnostics[index].take(outcome) }
            return
        }
        all.take(outcome)
        if outcome.attestation == .attested && !outcome.isImported { attested.take(outcome) }
        forecasterVersion = outcome.forecasterVersion
        if policy.confidence.rule == .saturatingError, outcome.horizon == .standard {
            saturatingError.take(
                SaturatingError.Row(
                    absoluteErrorBps: outcome.forecastErrorBps.magnitude, realizedBps: outcome.realizedReturnBps,
                    fleetNumber: fleetNumber))
        }
        if let probability = outcome.probabilityUp {
            let rose = outcome.grossReturnBps * outcome.direction.sign > 0 ? 1.0 : 0.0
            brier.take((probability - rose) * (probability - rose))
            brierCount += 1
        }
        guard let sigma = outcome.sigmaBps, sigma > 0 else { return }
        let z = outcome.realizedReturnBps / sigma
        let f = outcome.expectedReturnBps / sigma
        skill.take(
            realizedSigmas: z, expectedSigmas: f, overlapCount: outcome.overlapCount,
            halfLife: policy.confidence.halfLifeSignals, winsorizedAt: policy.confidence.winsorizedAtSigmas)
        expected.append(f, capacity: policy.window)
        realized.append(z, capacity: policy.window)
    }

    package mutating func updateSaturatingError(fleetCount: Int, policy: ConfidencePolicy) {
        saturatingError.update(fleetCount: fleetCount, policy: policy)
    }

    package func multiplier(_ policy: ConfidencePolicy) -> ConfidenceMultiplier {
        switch policy.rule {
        case .skill: skill.multiplier(policy)
        case .saturatingError: saturatingError.confidence
        }
    }

    package var informationCoefficient: Evidence<Estimate> {
        guard expected.count >= OutcomeStatistics.minimalCount,
            let correlation = spearmanCorrelation(expected.values, realized.values)
        else { return .insufficient(count: expected.count, needed: OutcomeStatistics.minimalCount) }
        // Overlapping outcomes are not independent: the error of as many as are.
        let share = all.count > 0 ? all.independentCount / Double(all.count) : 1
        let independent = max(Double(correlation.count) * share, 2)
        return .known(
            Estimate(
                value: correlation.coefficient, standardError: 1 / (independent - 1).squareRoot(),
                count: correlation.count))
    }

    package var brierScore: Evidence<Estimate> {
        guard brierCount >= OutcomeStatistics.minimalCount else {
            return .insufficient(count: brierCount, needed: OutcomeStatistics.minimalCount)
        }
        let share = all.count > 0 ? all.independentCount / Double(all.count) : 1
        let error = brier.sampleVariance.map { ($0 / max(Double(brierCount) * share, 1)).squareRoot() }
        return .known(Estimate(value: brier.mean, standardError: error, count: brierCount))
    }

    package var diagnosticSummaries: [Scorecard.Diagnostic] {
        zip(Horizon.diagnostic, diagnostics).map { horizon, statistics in
            Scorecard.Diagnostic(
                horizon: horizon, hitRate: statistics.hitRate, averageReturnBps: statistics.averageReturnBps)
        }
    }
}

extension TrackRecord: SnapshotVisitable {
    package mutating func visit(_ coder: inout SnapshotCoder) throws(SnapshotCoder.Failure) {
        try all.visit(&coder)
        try attested.visit(&coder)
        try skill.visit(&coder)
        try saturatingError.visit(&coder)
        try coder.visit(&diagnostics)
        guard diagnostics.count == Horizon.diagnostic.count else { throw .malformed }
        try expected.visit(&coder)
        try realized.visit(&coder)
        try brier.visit(&coder)
        try coder.visit(&brierCount)
        try coder.visit(&forecasterVersion)
    }
}
