package import Domain
package import Supervision

/// Brings the fold to a moment: from the nearest snapshot and the facts since, or from the first fact.
package struct FoldRunner: Sendable {
    package var log: FactLog
    package var snapshots: SnapshotStore

    /// How many states are kept at most, the newest ones.
    package var snapshotCount: Int

    /// Called before every grid point: a fold that is to stop throws there. One batch of facts may hold years of them,
    /// and a clock that leaps adds as many without any fact.
    package var checkpoint: @Sendable () throws -> Void

    package init(
        log: FactLog, snapshots: SnapshotStore, snapshotCount: Int = 16,
        checkpoint: @escaping @Sendable () throws -> Void = {}
    ) {
        precondition(snapshotCount >= 1, "Invariant: the newest state is kept")
        self.log = log
        self.snapshots = snapshots
        self.snapshotCount = snapshotCount
        self.checkpoint = checkpoint
    }

    /// Facts taken in so far and the time reached, for a progress bar.
    package struct Progress: Sendable {
        package var reached: Timestamp?
        package var asOf: Timestamp

        package init(reached: Timestamp?, asOf: Timestamp) {
            self.reached = reached
            self.asOf = asOf
        }
    }

    /// The newest usable state at or before `asOf`, or an empty one.
    package func start(_ mode: Fold.PolicyMode, asOf: Timestamp) throws -> Fold {
        // An unreadable snapshot costs a rebuild, nothing else; the next one saved takes its place.
        guard let stored = try snapshots.newest(asOf, mode.fingerprint, Report.methodVersion) else {
            return Fold(mode: mode)
        }
        return Fold(snapshot: stored.bytes, mode: mode) ?? Fold(mode: mode)
    }

    /// Takes in everything known by `asOf` and visits every grid point up to it.
    ///
    /// - Parameters:
    ///   - savesSnapshots: keeps states at 1, 2, 4, 8, … grid points back from the last one, and the last one itself.
    ///   - keepsOutcomes: whether `outcomes` is to be called: nobody else needs them one by one.
    ///   - outcomes: called with the outcomes that became final, in their order, and the chain after them.
    package func run(
        _ fold: inout Fold, asOf: Timestamp, savesSnapshots: Bool, progress: (Progress) -> Void = { _ in },
        keepsOutcomes: Bool = false, outcomes: ([Outcome], OutcomeChain) throws -> Void = { _, _ in }
    ) throws {
        var keeper = SnapshotKeeper(asOf: asOf)
        let start = fold.position
        fold.keepsNewOutcomes = keepsOutcomes
        try log.read(start, asOf) { batch in
            guard let latest = batch.latestKnownAt else { return }
            fold.apply(batch)
            // Facts of the batch's last moment may still follow: only what lies before it is complete.
            try step(&fold, through: latest - Span(milliseconds: 1), savesSnapshots, &keeper, outcomes)
            progress(Progress(reached: fold.position, asOf: asOf))
        }
        try step(&fold, through: asOf, savesSnapshots, &keeper, outcomes)
        if savesSnapshots, let position = fold.position, position != start {
            try save(fold, at: position)
            try prune(newest: position, every: fold.policy.decisionEvery)
        }
    }

    private func step(
        _ fold: inout Fold, through time: Timestamp, _ savesSnapshots: Bool, _ keeper: inout SnapshotKeeper,
        _ outcomes: ([Outcome], OutcomeChain) throws -> Void
    ) throws {
        while let next = fold.nextGridPoint, next <= time {
            try checkpoint()
            fold.advance(to: next)
            if !fold.newOutcomes.isEmpty {
                try outcomes(fold.newOutcomes, fold.outcomeChain)
                fold.newOutcomes.removeAll(keepingCapacity: true)
            }
            if savesSnapshots, keeper.isWanted(next, every: fold.policy.decisionEvery) { try save(fold, at: next) }
        }
    }

    /// Keeps what the last decision says of each agent beside its state; goes with it when older facts come in.
    package func keepDecision(_ report: Report, of fold: Fold) throws {
        guard let position = fold.position, let bytes = DecidedReport.bytes(report, of: fold) else { return }
        try snapshots.save(
            StoredSnapshot(
                gridPoint: position, fingerprint: DecidedReport.fingerprint(of: fold.mode),
                methodVersion: Report.methodVersion, bytes: bytes))
    }

    /// What is said of an agent at `asOf`, from the decision that was kept and the facts since; `nil` where the fold
    /// has to be asked.
    package func explanation(of agent: AgentID, _ mode: Fold.PolicyMode, asOf: Timestamp) throws -> Explanation? {
        let fingerprint = DecidedReport.fingerprint(of: mode)
        guard let stored = try snapshots.newest(asOf, fingerprint, Report.methodVersion),
            DecidedReport.isInForce(stored.bytes, at: asOf)
        else { return nil }
        var since = FactBatch()
        try log.read(stored.gridPoint, asOf) { since.append($0) }
        return DecidedReport.explanation(of: agent, in: stored.bytes, under: mode, asOf: asOf, since: since)
    }

    private func save(_ fold: Fold, at position: Timestamp) throws {
        try snapshots.save(
            StoredSnapshot(
                gridPoint: position, fingerprint: fold.mode.fingerprint, methodVersion: Report.methodVersion,
                bytes: fold.snapshot()))
    }

    /// Thins out what is kept: the newest at or before each of 1, 2, 4, 8, … grid points back.
    private func prune(newest: Timestamp, every: Span) throws {
        let all = try snapshots.gridPoints().sorted()
        var kept: Set<Timestamp> = [newest]
        var back = every
        while let first = all.first, newest - back >= first {
            let nearest = all.last { $0 <= newest - back }
            if kept.count < snapshotCount, let nearest { kept.insert(nearest) }
            back = back * 2
        }
        let surplus = all.filter { !kept.contains($0) }
        if !surplus.isEmpty { try snapshots.delete(surplus) }
    }
}

/// During a long rebuild, which states on the way are worth keeping: those a power of two of grid points before the
/// end.
private struct SnapshotKeeper {
    let asOf: Timestamp

    func isWanted(_ gridPoint: Timestamp, every: Span) -> Bool {
        let last = asOf.floored(to: every)
        let back = (last - gridPoint).milliseconds / every.milliseconds
        return back > 0 && back & (back - 1) == 0
    }
}
