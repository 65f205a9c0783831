package import Domain
package import Reporting
package import Supervision

/// A replay of a spoiled history, beside the real one: is the result look-ahead, or luck?
package struct ReplayExperiment: Sendable {
    package var runner: ReplayRunner
    package var start: Timestamp
    package var end: Timestamp
    /// Folds of one pass over the ledger: each holds the state of a whole fleet.
    package var foldsAtOnceMax = 8

    package init(runner: ReplayRunner, start: Timestamp, end: Timestamp) {
        self.runner = runner
        self.start = start
        self.end = end
    }

    /// Every signal one bar of its symbol later.
    ///
    /// - Parameter real: the records of the policies on the history as it is.
    package func shift(
        _ real: [ReplayRecord], progress: (Timestamp) -> Void = { _ in }
    ) throws -> ReplayPlaceboResult {
        let survey = try runner.survey(through: end, looksAtSignals: false)
        let folds = try runner.run(
            real.map { ReplayRunner.Seat(policy: $0.policy, placebo: .shifted(survey)) }, from: start, through: end,
            progress: progress)
        let rows = zip(real, folds.map(\.record)).map { record, shifted in
            let difference = ReplayDifference(record, less: shifted)
            return row(
                record, [shifted],
                difference: ReplayPolicy.Difference(
                    other: "one bar later", dailyBps: difference.dailyBps, sharpe: difference.sharpe))
        }
        return ReplayPlaceboResult(kind: .shift, rows: rows, importedCount: survey.importedCount)
    }

    /// The directions of each agent dealt anew, `draws` times.
    ///
    /// - Parameter progress: told how many drawings are done.
    package func shuffle(
        _ real: [ReplayRecord], draws: Int, seed: UInt64, progress: (Int) -> Void = { _ in }
    ) throws -> ReplayPlaceboResult {
        precondition(draws >= 1 && !real.isEmpty, "Invariant: something is drawn")
        let survey = try runner.survey(through: end, looksAtSignals: true)
        let atOnce = max(1, foldsAtOnceMax / real.count)
        var shuffled = [[ReplayRecord]](repeating: [], count: real.count)
        for first in stride(from: 0, to: draws, by: atOnce) {
            let drawings = first..<min(draws, first + atOnce)
            let seats = drawings.flatMap { draw in
                let shuffle = ReplayShuffle(survey, seed: seed, draw: draw)
                return real.map { ReplayRunner.Seat(policy: $0.policy, placebo: .shuffled(shuffle)) }
            }
            let folds = try runner.run(seats, from: start, through: end)
            for (index, fold) in folds.enumerated() { shuffled[index % real.count].append(fold.record) }
            progress(drawings.upperBound)
        }
        return ReplayPlaceboResult(
            kind: .shuffle(draws: draws, seed: seed),
            rows: zip(real, shuffled).map { row($0, $1, difference: nil) }, importedCount: survey.importedCount)
    }

    private func row(
        _ real: ReplayRecord, _ spoiled: [ReplayRecord], difference: ReplayPolicy.Difference?
    ) -> ReplayPlaceboResult.Row {
        let statistics = ReplayStatistics(real)
        let others = spoiled.map { ReplayStatistics($0) }
        return ReplayPlaceboResult.Row(
            policy: real.policy.name,
            realSharpe: statistics?.sharpeRatio ?? .insufficient(count: 0, needed: ReplayStatistics.minimalDays),
            realNetReturn: statistics?.netReturn ?? 0,
            sharpeRatios: others.compactMap { $0?.sharpeRatio.value?.value },
            netReturns: others.map { $0?.netReturn ?? 0 }, difference: difference)
    }
}
