package import Domain
internal import Statistics

/// Learns what a score is worth, day by day, and says honestly when that is nothing.
///
/// **Training.** At each training point (00:00 UTC of every day) it is fed the outcomes that became known since the
/// one before. They enter as moments, a block a day; a fit is the merge of the blocks of the last `trainingWindowDays`,
/// always in order of time and always from the first, so that the bits do not depend on when a process ran, and old
/// days leave cleanly. The penalty is `penalty * (sum of weights)` on standardized features: its meaning does not
/// change as outcomes accumulate.
///
/// **Walk-forward** (prequential: Dawid 1984). Before a day's outcomes enter the moments, every candidate predicts
/// them: zero, the score-linear fallback, ridge at each penalty. The fit used is the newest one that existed when the
/// signal became known, so that no overlap of holding periods leaks into the comparison. Squared errors are kept by day
/// and candidate, within the same window.
///
/// **Choice**, once a week (the first training point of a week that begins on Monday, 00:00 UTC): the penalty with the
/// lowest mean squared error out of sample, and whether it goes into force at all; see `ModelChoice`. In between, the
/// coefficients are refitted daily at the penalty in force.
///
/// All state is visited by snapshots; a training restored from one continues to the bit.
package struct ForecasterTraining: Equatable, Sendable {
    package internal(set) var policy: ForecastingPolicy
    /// What a signal that becomes known from now on is predicted with.
    package internal(set) var inForce: Forecaster
    /// Oldest first; only days that brought an outcome.
    var days: [TrainingDay] = []
    /// Oldest first, of the last days.
    var fits: [CandidateFits] = []
    var lastPoint: Timestamp?
    var choice = ModelChoice()

    /// How long fits are kept for the signals made under them. A 24-hour signal is answered within about two days,
    /// with daily bars and a delayed fill within five; what is answered later is trained on and not tested.
    static let fitsKept = Span.days(8)

    package init() { self.init(policy: ForecastingPolicy()) }

    package init(policy: ForecastingPolicy) {
        self.policy = policy
        inForce = ForecasterTraining.fallbackForecaster(policy)
    }

    /// Takes another policy into force. Moments stay. Where other candidates are to be compared (penalties, fallback,
    /// bounds), what was measured of the old ones means nothing: the comparison begins anew, the fallback in force.
    package mutating func adopt(_ policy: ForecastingPolicy) {
        guard policy != self.policy else { return }
        let old = self.policy
        self.policy = policy
        let comparesTheSame =
            old.penalties == policy.penalties && old.bpsPerScore == policy.bpsPerScore
            && old.maximalExpectedBps == policy.maximalExpectedBps && old.usesRidge == policy.usesRidge
        guard !comparesTheSame else { return }
        for index in days.indices {
            days[index].testedCount = 0
            days[index].testedWeight = 0
            days[index].squaredErrors = []
        }
        fits = []
        choice = ModelChoice()
        inForce = ForecasterTraining.fallbackForecaster(policy)
    }

    /// Moves on to a training point with the outcomes that became known since the last one, in any order.
    ///
    /// - Parameter rows: 24-hour outcomes known at or before `gridPoint` and given to no earlier call.
    /// - Complexity: O(rows * penalties * features + days in the window * features^2).
    package mutating func advance(to gridPoint: Timestamp, rows: [TrainingRow]) {
        precondition(lastPoint.map { $0 < gridPoint } ?? true, "Invariant: training points follow one another")
        let previous = lastPoint
        lastPoint = gridPoint
        let window = Span.hoursRounded(policy.trainingWindowDays * 24)
        days.removeAll { $0.at <= gridPoint - window }
        fits.removeAll { $0.at <= gridPoint - ForecasterTraining.fitsKept }
        if !rows.isEmpty { days.append(tested(TrainingRow.canonicalOrder(rows), at: gridPoint)) }
        guard policy.usesRidge else { return }
        let moments = windowMoments
        let models = fitted(moments)
        if !models.isEmpty { fits.append(CandidateFits(at: gridPoint, models: models.map { LinearForecast($0) })) }
        if ForecasterTraining.beginsWeek(gridPoint, after: previous) {
            choice = ModelChoice(at: gridPoint, days: days, outcomeCount: moments.count, policy: policy)
        }
        inForce = forecaster(models, moments, at: gridPoint)
    }

    /// What is in force and why, as of the last weekly choice.
    package var report: ForecasterReport { report(of: choice) }

    /// What would be said if the choice were made now: for `train`, which shows and changes nothing.
    package var reportIfChosenNow: ForecasterReport {
        guard policy.usesRidge, let lastPoint else { return report }
        var probe = self
        let moments = windowMoments
        probe.choice = ModelChoice(at: lastPoint, days: days, outcomeCount: moments.count, policy: policy)
        probe.inForce = probe.forecaster(fitted(moments), moments, at: lastPoint)
        return probe.report
    }
}

extension ForecasterTraining {
    private var windowMoments: RegressionMoments {
        var moments = RegressionMoments(featureCount: FeatureVector.count)
        for day in days { moments.merge(day.moments) }
        return moments
    }

    /// One fit for each penalty; none before there are enough outcomes.
    private func fitted(_ moments: RegressionMoments) -> [RidgeFit] {
        guard policy.usesRidge, moments.count >= policy.minimalOutcomes else { return [] }
        let models = policy.penalties.compactMap { ridgeFit(moments, penalty: $0 * moments.totalWeight) }
        return models.count == policy.penalties.count ? models : []
    }

    /// The day's block, after every candidate has predicted its rows.
    private func tested(_ rows: [TrainingRow], at gridPoint: Timestamp) -> TrainingDay {
        var day = TrainingDay()
        day.at = gridPoint
        let fallback = ForecasterTraining.scoreLinear(policy)
        var errors = [CompensatedSum](repeating: CompensatedSum(), count: 2 + policy.penalties.count)
        for row in rows {
            if let fit = fits.lastIndex(where: { $0.at <= row.signalAt }) {
                day.testedCount += 1
                day.testedWeight += row.weight
                func note(_ prediction: Double, of candidate: Int) {
                    let error = row.target - prediction
                    errors[candidate].add(row.weight * error * error)
                }
                note(0, of: 0)
                note(fallback.expectedReturnBps(score: row.score), of: 1)
                for index in fits[fit].models.indices {
                    note(
                        fits[fit].models[index].expectedReturnBps(
                            row.features, maximalBps: policy.maximalExpectedBps), of: 2 + index)
                }
            }
            day.moments.add(row: row.features, target: row.target, weight: row.weight)
        }
        if day.testedCount > 0 { day.squaredErrors = errors.map(\.value) }
        return day
    }

    /// Whether `point` is the first training point of its week, which begins on Monday 00:00 UTC.
    static func beginsWeek(_ point: Timestamp, after previous: Timestamp?) -> Bool {
        guard let previous else { return false }
        return week(of: point) > week(of: previous)
    }

    private static func week(of time: Timestamp) -> Int64 {
        // 1970-01-01 was a Thursday, three days after a Monday.
        (time + .days(3)).floored(to: .days(7)).milliseconds / Span.days(7).milliseconds
    }

    private func forecaster(_ models: [RidgeFit], _ moments: RegressionMoments, at gridPoint: Timestamp) -> Forecaster {
        guard let index = choice.penaltyIndex, index < models.count, let first = days.first?.at else {
            return ForecasterTraining.fallbackForecaster(policy)
        }
        let fit = models[index]
        let model = LinearForecast(fit)
        let ridge = RidgeModel(
            intercept: model.intercept,
            features: FeatureVector.names.indices.map {
                RidgeModel.Feature(
                    name: FeatureVector.names[$0], mean: model.means[$0], scale: model.scales[$0],
                    coefficient: model.coefficients[$0])
            },
            l2Penalty: fit.penalty, maximalBps: policy.maximalExpectedBps, outcomeCount: fit.count, trainedFrom: first,
            trainedThrough: days.last?.at ?? first, fittedAt: gridPoint, dataDigest: moments.digest)
        return Forecaster(
            version: "ridge_h24-" + gridPoint.day + "-" + String(ridge.weightsDigest.prefix(8)),
            fallback: ForecasterTraining.scoreLinear(policy), ridge: ridge)
    }

    private func report(of choice: ModelChoice) -> ForecasterReport {
        let outcomeCount = days.reduce(0) { $0 + $1.moments.count }
        return ForecasterReport(
            inForce: inForce, outcomeCount: outcomeCount, outOfSampleCount: choice.testedCount,
            candidates: zip(ModelChoice.candidateNames(policy), choice.meanSquaredErrors)
                .map { ForecasterReport.Candidate(name: $0, meanSquaredErrorBps: $1) },
            reason: reason(outcomeCount: outcomeCount))
    }

    private func reason(outcomeCount: Int) -> String {
        guard policy.usesRidge else {
            return "score-linear: the policy sets forecasting.usesRidge = false"
        }
        let counts = DecimalText.grouped(outcomeCount) + " of the "
            + DecimalText.grouped(policy.minimalOutcomes) + " outcomes"
        guard choice.at != nil else {
            return "score-linear: the first choice of a model is made on a Monday, 00:00 UTC; " + counts
                + " that a ridge model takes are known"
        }
        if choice.penaltyIndex != nil && inForce.ridge == nil {
            return "score-linear: ridge had been chosen, but the training window now holds only " + counts
                + " that it takes"
        }
        return choice.reason
    }

    private static func scoreLinear(_ policy: ForecastingPolicy) -> ScoreLinear {
        ScoreLinear(bpsPerScore: policy.bpsPerScore, maximalBps: policy.maximalExpectedBps)
    }

    private static func fallbackForecaster(_ policy: ForecastingPolicy) -> Forecaster {
        Forecaster(
            version: "score-linear-" + NumberText.shortest(policy.bpsPerScore) + "x"
                + NumberText.shortest(policy.maximalExpectedBps),
            fallback: scoreLinear(policy), ridge: nil)
    }
}
