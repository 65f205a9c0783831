package import Domain
package import Supervision

/// Takes one pass over the ledger and feeds several folds with it, one for all policies that keep the same state: what
/// each policy would have decided at every step, knowing what was known then.
package struct ReplayRunner: Sendable {
    package var log: FactLog
    /// Does something to each of the folds, in any order or at the same time: they share nothing.
    package var onEach: @Sendable (_ folds: inout [ReplayFold], _ body: @Sendable (inout ReplayFold) -> Void) -> Void

    package init(
        log: FactLog,
        onEach: @escaping @Sendable (
            _ folds: inout [ReplayFold], _ body: @Sendable (inout ReplayFold) -> Void
        ) -> Void = { folds, body in for index in folds.indices { body(&folds[index]) } }
    ) {
        self.log = log
        self.onEach = onEach
    }

    /// - Parameters:
    ///   - seats: for each fold its policy, and what is done to the facts before it sees them.
    ///   - progress: told the moment reached.
    package func run(
        _ seats: [Seat], from start: Timestamp, through end: Timestamp, progress: (Timestamp) -> Void = { _ in }
    ) throws -> [ReplayFold] {
        let benches = ReplayRunner.benches(seats)
        var folds = benches.map { bench in
            ReplayFold(
                policy: seats[bench[0]].policy, beside: bench.dropFirst().map { seats[$0].policy }, from: start,
                through: end)
        }
        try log.read(nil, end) { batch in
            guard let latest = batch.latestKnownAt else { return }
            for (index, bench) in benches.enumerated() {
                folds[index].apply(seats[bench[0]].placebo.map { $0.spoiled(batch) } ?? batch)
            }
            // Facts of the batch's last moment may still follow: only what lies before it is complete. A placebo moves
            // facts to later moments, never to earlier ones.
            let complete = latest - Span(milliseconds: 1)
            onEach(&folds) { $0.advance(to: complete) }
            progress(complete)
        }
        onEach(&folds) {
            $0.advance(to: end)
            $0.finish()
        }
        let separated = zip(benches, folds).flatMap { bench, fold in zip(bench, fold.separated()) }
        return separated.sorted { $0.0 < $1.0 }.map(\.1)
    }

    /// The seats, by number, that see the same facts and keep the same state: one fold does for each group.
    private static func benches(_ seats: [Seat]) -> [[Int]] {
        var benches: [[Int]] = []
        for number in seats.indices {
            let bench = benches.firstIndex { bench in
                let first = seats[bench[0]]
                return first.placebo == seats[number].placebo && Fold.keepsAlike(first.policy, seats[number].policy)
            }
            if let bench { benches[bench].append(number) } else { benches.append([number]) }
        }
        return benches
    }

    /// One fold of a pass.
    package struct Seat: Sendable {
        package var policy: Policy
        package var placebo: ReplayPlacebo?

        package init(policy: Policy, placebo: ReplayPlacebo? = nil) {
            self.policy = policy
            self.placebo = placebo
        }
    }

    /// What a placebo has to know of the history up to `end`.
    package func survey(through end: Timestamp, looksAtSignals: Bool) throws -> ReplaySurvey {
        var survey = ReplaySurvey(looksAtSignals: looksAtSignals)
        try log.read(nil, end) { survey.take($0) }
        return survey
    }
}
