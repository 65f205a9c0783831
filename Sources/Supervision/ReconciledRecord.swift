package import Domain
internal import Reconciliation
internal import Scoring

/// Why rows cannot be judged by themselves.
package struct ReconciledFailure: Error, Equatable, Sendable, CustomStringConvertible {
    package var description: String
}

/// Confidence, statistics and strategy attribution from a file of rows that another system reconciled, without a
/// ledger: what the fold says of the same rows taken in as outcomes where nothing else is known, to the last bit.
///
/// The fold takes the rows that closed between two grid points together, ordered by close, agent and symbol, and counts
/// the overlap of each among them. So rows are held here until their step is over: once a row *began* at a grid point
/// or after it, no row that closed by that point can follow in a file that is ordered by beginnings, nor in one that is
/// ordered by closes. A row that comes after its step is over is in no number, and counted as out of order: it may be
/// the repetition of a row that was counted, and no bounded memory could tell. Rows held at once are bounded, and with
/// them the memory, whatever the size of the file.
///
/// Every row is worked on once, one after the other, in an order that depends on nothing but the file: neither on how
/// it was cut into batches nor on who read them.
package struct ReconciledRecord: Sendable {
    package let policy: Policy
    /// The last grid point to look at; `nil` for all rows.
    private let limit: Timestamp?
    /// Rows of other horizons are left out; `nil` for none.
    private let horizon: Span?
    private let now: Timestamp
    private let every: Span
    private let heldRowsMax: Int

    package private(set) var lines = ReconciledLineCounts()
    private var horizons: [ReconciledReport.HorizonCount] = []
    private static let doneCountMax = 1 << 13
    /// Rows whose step is not over.
    private var held: [ReconciledRow] = []
    /// How many at the beginning of `held` are worked on; they are moved out once they are many.
    private var doneCount = 0
    /// Whether each of them closes later than the one before it.
    private var isHeldInOrder = true
    /// Rows whose step is over, in order; empty between calls, kept for its room.
    private var due: [ReconciledRow] = []
    /// The step of every row that closed by this grid point is over.
    private var overThrough = Timestamp(milliseconds: .min)
    /// A row that begins here or later ends the next step.
    private var nextEnd = Timestamp(milliseconds: .min)
    private var workedThrough = Timestamp(milliseconds: .min)
    /// The grid point of the newest row that counts.
    var newestStep: Timestamp?

    var names = ReconciledNames()
    var members: [ReconciledMember] = []
    var strategies = ReconciledStrategies()
    private(set) var scores: RowScores
    private var order = ReconciledOrder()

    /// - Parameters:
    ///   - asOf: the moment asked about; `nil` for the end of the rows.
    ///   - now: rows that close later than this, and the grace, are refused, as the ledger does.
    ///   - heldRowsMax: how many rows may be open at once.
    package init(
        policy: Policy, asOf: Timestamp?, now: Timestamp, horizon: Horizon? = nil, heldRowsMax: Int = 1 << 20
    ) {
        self.policy = policy
        self.now = now
        self.horizon = horizon?.span
        self.heldRowsMax = heldRowsMax
        every = policy.decisionEvery
        limit = asOf?.floored(to: policy.decisionEvery)
        scores = RowScores(policy)
    }

    /// Takes the lines that follow those taken before.
    ///
    /// - Parameter identity: what tells the row at a byte of the file from others. Asked for rows that share close,
    ///   agent and symbol alone.
    package mutating func take(
        _ batch: ReconciledBatch, identity: (_ byteOffset: Int64) throws -> FactIdentity
    ) throws {
        let firstLine = lines.all + 1
        names = batch.names
        lines.blank += batch.blankCount
        for refusal in batch.refusals { lines.refuse(line: firstLine + refusal.lineIndex, reason: refusal.reason) }
        hold(batch.rows, firstLine: firstLine)
        lines.all += batch.lineCount
        guard held.count - doneCount <= heldRowsMax else {
            throw ReconciledFailure(
                description: "more than \(DecimalText.grouped(heldRowsMax)) rows are open at once near line "
                    + "\(DecimalText.grouped(lines.all)): too many to be held. Take them into a ledger "
                    + "(`ingest reconciled FILE --as-history`), or read one horizon at a time (--horizon-hours)")
        }
        try work(through: overThrough, identity)
    }

    /// Works on what is still held; call after the last batch.
    package mutating func finish(identity: (_ byteOffset: Int64) throws -> FactIdentity) throws {
        try work(through: Timestamp(milliseconds: .max), identity)
        precondition(lines.addsUp, "Invariant: every line is accounted for")
    }

    private mutating func hold(_ rows: [ReconciledRow], firstLine: Int) {
        let latest = (now + policy.grace).milliseconds
        // Rows that are to be held come in long runs, and are taken over together.
        var runStart = 0
        var newestClose = held.last?.closesAt.milliseconds ?? .min
        for index in rows.indices {
            let row = rows[index]
            let closesAt = row.closesAt.milliseconds
            if let horizon, closesAt - row.generatedAt.milliseconds != horizon.milliseconds {
                lines.otherHorizon += 1
            } else if closesAt > latest {
                lines.refuse(
                    line: firstLine + Int(row.lineIndex),
                    reason: "the outcome closes at \(row.closesAt), after now (\(now))")
            } else if let limit, closesAt > limit.milliseconds {
                lines.notYetClosed += 1
            } else if closesAt <= overThrough.milliseconds {
                lines.outOfOrder += 1
                if lines.firstOutOfOrder == nil { lines.firstOutOfOrder = firstLine + Int(row.lineIndex) }
            } else {
                if closesAt <= newestClose { isHeldInOrder = false }
                newestClose = closesAt
                if row.generatedAt.milliseconds >= nextEnd.milliseconds {
                    overThrough = row.generatedAt.floored(to: every)
                    nextEnd = overThrough + every
                }
                continue
            }
            held += rows[runStart..<index]
            runStart = index + 1
        }
        held += rows[runStart...]
    }

    /// The grid point at which a row that closes at `time` is known.
    private func gridPoint(of time: Timestamp) -> Timestamp {
        let floor = time.floored(to: every)
        return floor == time ? floor : floor + every
    }
}

// MARK: Work

extension ReconciledRecord {
    private mutating func work(
        through end: Timestamp, _ identity: (_ byteOffset: Int64) throws -> FactIdentity
    ) throws {
        guard end > workedThrough else { return }
        workedThrough = end
        meetAgents()
        var rows: [ReconciledRow] = []
        if isHeldInOrder {
            // Nearly always: what is due comes first, each row with a close of its own, and is worked on where it is.
            swap(&rows, &held)
            let dueEnd = rows[doneCount...].firstIndex { $0.closesAt.milliseconds > end.milliseconds } ?? rows.count
            workSteps(rows[doneCount..<dueEnd])
            doneCount = dueEnd
            if doneCount > max(rows.count / 2, ReconciledRecord.doneCountMax) {
                rows.removeFirst(doneCount)
                doneCount = 0
            }
            swap(&rows, &held)
            return
        }
        held.removeFirst(doneCount)
        doneCount = 0
        swap(&rows, &due)
        rows.removeAll(keepingCapacity: true)
        takeDue(through: end, into: &rows)
        isHeldInOrder = ReconciledOrder.isStrictlyAscending(held)
        lines.duplicates += try order.sort(&rows, names, identity: identity)
        workSteps(rows[...])
        swap(&rows, &due)
    }

    private mutating func workSteps(_ rows: ArraySlice<ReconciledRow>) {
        lines.counted += rows.count
        rows.withUnsafeBufferPointer { rows in
            var start = 0
            while start < rows.count {
                let step = gridPoint(of: rows[start].closesAt)
                var stop = start
                while stop < rows.count, rows[stop].closesAt.milliseconds <= step.milliseconds { stop += 1 }
                workStep(UnsafeBufferPointer(rebasing: rows[start..<stop]), at: step)
                newestStep = step
                start = stop
            }
        }
    }

    /// Moves the rows that closed by `end` out of those held; what stays keeps its order.
    private mutating func takeDue(through end: Timestamp, into rows: inout [ReconciledRow]) {
        var kept: [ReconciledRow] = []
        for row in held {
            if row.closesAt.milliseconds <= end.milliseconds { rows.append(row) } else { kept.append(row) }
        }
        held = kept
    }

    private mutating func meetAgents() {
        while members.count < names.agents.count {
            let mapped = policy.strategies[names.agents[members.count].name]
            members.append(
                ReconciledMember(
                    strategy: strategies.index(of: AgentState.unclassified),
                    mappedStrategy: mapped.map { strategies.index(of: $0) }))
        }
        strategies.meet(names.strategyClasses)
        scores.meet(agentCount: members.count, strategyCount: strategies.names.count)
    }

    /// The rows of one grid step, in order: all of them are noted before any is counted, as in the fold.
    private mutating func workStep(_ rows: UnsafeBufferPointer<ReconciledRow>, at step: Timestamp) {
        let before = step - every
        // Rows of one horizon come in long runs.
        var run = (milliseconds: Int64.min, count: 0)
        for row in rows {
            let milliseconds = row.closesAt.milliseconds - row.generatedAt.milliseconds
            if milliseconds != run.milliseconds {
                countHorizon(run.milliseconds, run.count)
                run = (milliseconds, 0)
            }
            run.count += 1
            lines.withoutSigma += row.expectedSigmaBps > 0 ? 0 : 1
        }
        countHorizon(run.milliseconds, run.count)
        scores.take(
            [ScoredRow](unsafeUninitializedCapacity: rows.count) { scored, count in
                count = rows.count
                // What is counted at once holds unless a row comes that began no later than one before it.
                if !note(rows, scored, stepBegan: before) { countAgain(rows, scored) }
            })
    }

    /// Notes rows and says what they are to the scores; false where some were not the latest of their agent.
    private mutating func note(
        _ rows: UnsafeBufferPointer<ReconciledRow>, _ scored: UnsafeMutableBufferPointer<ScoredRow>,
        stepBegan: Timestamp
    ) -> Bool {
        var isInOrder = true
        // One for all: making another module's value is a call.
        var entry = ScoredRow(agent: 0, strategy: 0, overlapCount: 1, realizedBps: 0, expectedBps: 0, sigmaBps: 0)
        members.withUnsafeMutableBufferPointer { members in
            for (place, row) in rows.enumerated() {
                let agent = Int(row.agent)
                let count = members[agent].note(from: row.generatedAt, to: row.closesAt, stepBegan: stepBegan)
                if count == nil { isInOrder = false }
                let strategy = members[agent].strategy(
                    named: row.strategyClass < 0 ? nil : strategies.index(ofName: Int(row.strategyClass)))
                if members[agent].isNew(in: strategy) { strategies.countAgent(in: strategy) }
                entry.agent = row.agent
                entry.strategy = Int32(truncatingIfNeeded: strategy)
                entry.overlapCount = count ?? 1
                entry.realizedBps = row.realizedReturnBps
                entry.expectedBps = row.expectedReturnBps
                entry.sigmaBps = row.expectedSigmaBps
                scored.initializeElement(at: place, to: entry)
            }
        }
        return isInOrder
    }

    private mutating func countAgain(
        _ rows: UnsafeBufferPointer<ReconciledRow>, _ scored: UnsafeMutableBufferPointer<ScoredRow>
    ) {
        for (place, row) in rows.enumerated() {
            scored[place].overlapCount = members[Int(row.agent)].overlapCount(at: row.generatedAt)
        }
    }

    private mutating func countHorizon(_ milliseconds: Int64, _ count: Int) {
        guard count > 0 else { return }
        if let index = horizons.firstIndex(where: { $0.horizon.milliseconds == milliseconds }) {
            horizons[index].count += count
        } else {
            horizons.append(ReconciledReport.HorizonCount(horizon: Span(milliseconds: milliseconds), count: count))
        }
    }

    /// Rows that count by horizon, the shortest first.
    var horizonCounts: [ReconciledReport.HorizonCount] { horizons.sorted { $0.horizon < $1.horizon } }

    /// What the report is dated: the moment asked about, or the grid point at which the newest row is known.
    var reportedAt: Timestamp? { newestStep.map { limit ?? $0 } }
}
