package import Domain
internal import Reporting
package import Supervision

/// One whole cycle: facts in, fold to a moment, documents out, record of the run.
package struct Cycle: Sendable {
    package var clock: Clock
    package var runner: FoldRunner
    package var publisher: Publisher
    package var runs: RunLog

    package init(clock: Clock, runner: FoldRunner, publisher: Publisher, runs: RunLog) {
        self.clock = clock
        self.runner = runner
        self.publisher = publisher
        self.runs = runs
    }

    /// What a cycle did.
    package struct Result: Sendable {
        package var report: Report
        /// Of the report as JSON.
        package var reportDigest: StableHash
        package var decisions: [HumanDecision]
        package var newOutcomeCount: Int
        package var written: [String]
        /// The grid point whose snapshot the fold went on from; `nil` for a fold from the first fact.
        package var restoredFrom: Timestamp?
        package var rewroteOutcomes: Bool

        package init(
            report: Report, reportDigest: StableHash, decisions: [HumanDecision], newOutcomeCount: Int,
            written: [String], restoredFrom: Timestamp?, rewroteOutcomes: Bool
        ) {
            self.report = report
            self.reportDigest = reportDigest
            self.decisions = decisions
            self.newOutcomeCount = newOutcomeCount
            self.written = written
            self.restoredFrom = restoredFrom
            self.rewroteOutcomes = rewroteOutcomes
        }
    }

    /// A report at `asOf` under `mode`, without writing anything but snapshots of the mode itself: what-if, explain,
    /// replay, audit.
    package func look(
        _ mode: Fold.PolicyMode, asOf: Timestamp, savesSnapshots: Bool = false,
        progress: (FoldRunner.Progress) -> Void = { _ in }
    ) throws -> (report: Report, decisions: [HumanDecision]) {
        var fold = try runner.start(mode, asOf: asOf)
        try runner.run(&fold, asOf: asOf, savesSnapshots: savesSnapshots, progress: progress)
        return (fold.report(asOf: asOf), fold.decisions(knownAt: asOf))
    }

    /// Every outcome up to `asOf`, from the first fact on, in its order.
    package func outcomes(
        _ mode: Fold.PolicyMode, asOf: Timestamp, _ body: ([Outcome]) throws -> Void
    ) throws {
        var fold = Fold(mode: mode)
        try runner.run(&fold, asOf: asOf, savesSnapshots: false, keepsOutcomes: true) { outcomes, _ in
            try body(outcomes)
        }
    }

    /// Folds to `asOf` and publishes. Every file is written so that a process killed anywhere leaves either the old or
    /// the new one, and the next run goes on from what the ledger knows.
    package func run(
        _ mode: Fold.PolicyMode, asOf: Timestamp, progress: (FoldRunner.Progress) -> Void = { _ in }
    ) throws -> Result {
        var fold = try runner.start(mode, asOf: asOf)
        let restoredFrom = fold.position
        var newCount: Int
        var rewrote = false
        do {
            newCount = try publishOutcomes(&fold, asOf: asOf, rewrites: false, progress)
        } catch is OutcomePublisher.HistoryChanged {
            fold = Fold(mode: mode)
            newCount = try publishOutcomes(&fold, asOf: asOf, rewrites: true, progress)
            rewrote = true
        }
        let report = fold.report(asOf: asOf)
        let decisions = fold.decisions(knownAt: asOf)
        if fold.position != restoredFrom { try runner.keepDecision(report, of: fold) }
        try publisher.appendAllocation(report)
        // Megabytes for a large fleet: made once.
        let json = JSONReport.bytes(report)
        let written = try publisher.replace(DropIn.documents(for: report, json: json, decisions: decisions))
        return Result(
            report: report, reportDigest: WordDigest.of(json[...]), decisions: decisions, newOutcomeCount: newCount,
            written: written, restoredFrom: restoredFrom, rewroteOutcomes: rewrote)
    }

    private func publishOutcomes(
        _ fold: inout Fold, asOf: Timestamp, rewrites: Bool, _ progress: (FoldRunner.Progress) -> Void
    ) throws -> Int {
        var outcomes = try OutcomePublisher(publisher, startingAt: fold.outcomeChain, rewrites: rewrites)
        try runner.run(
            &fold, asOf: asOf, savesSnapshots: true, progress: progress, keepsOutcomes: true,
            outcomes: { fresh, chain in try outcomes.take(fresh, chain: chain) })
        return try outcomes.finish(through: fold.position)
    }
}
