package import Domain
import GRDB
import Glibc

/// How many facts of a kind the ledger holds, and from when until when they became known.
package struct FactSummary: Equatable, Sendable {
    package var kind: FactKind
    package var count: Int
    package var firstKnownAt: Timestamp?
    package var lastKnownAt: Timestamp?

    package init(kind: FactKind, count: Int, firstKnownAt: Timestamp?, lastKnownAt: Timestamp?) {
        self.kind = kind
        self.count = count
        self.firstKnownAt = firstKnownAt
        self.lastKnownAt = lastKnownAt
    }
}

/// A stretch of time in which a symbol has no bar.
package struct BarGap: Equatable, Sendable {
    /// The close of the last bar before.
    package var from: Timestamp
    /// The opening of the next.
    package var through: Timestamp
    /// How many bars as long as the next one would have fit; at least 1.
    package var missingCount: Int64

    package init(from: Timestamp, through: Timestamp, missingCount: Int64) {
        self.from = from
        self.through = through
        self.missingCount = missingCount
    }
}

/// What the ledger holds of a symbol's prices.
package struct BarCoverage: Equatable, Sendable {
    package var symbol: Symbol
    /// Different bars; revisions of one are not counted.
    package var barCount: Int
    package var firstOpenAt: Timestamp
    package var lastCloseAt: Timestamp
    package var gapCount: Int
    /// The newest gaps, in ascending order: as many as were asked for.
    package var gaps: [BarGap]

    package init(
        symbol: Symbol, barCount: Int, firstOpenAt: Timestamp, lastCloseAt: Timestamp, gapCount: Int, gaps: [BarGap]
    ) {
        self.symbol = symbol
        self.barCount = barCount
        self.firstOpenAt = firstOpenAt
        self.lastCloseAt = lastCloseAt
        self.gapCount = gapCount
        self.gaps = gaps
    }
}

/// When an agent last said something.
package struct AgentActivity: Equatable, Sendable {
    package var agent: AgentID
    /// Versions of one signal are counted once each.
    package var signalCount: Int
    package var lastGeneratedAt: Timestamp

    package init(agent: AgentID, signalCount: Int, lastGeneratedAt: Timestamp) {
        self.agent = agent
        self.signalCount = signalCount
        self.lastGeneratedAt = lastGeneratedAt
    }
}

extension LedgerFile {
    /// Every kind, in the order of the fold.
    package func factSummaries() throws -> [FactSummary] {
        try read { database in
            try FactKind.allCases.compactMap { kind in
                // Three questions, each of which SQLite answers by itself without a look at every row: it counts pages
                // at a time, and both ends are the ends of a tree.
                let table = kind.table
                let statement = try RawStatement(
                    database,
                    """
                    SELECT (SELECT count(*) FROM \(table)), (SELECT min(knownAt) FROM \(table)),
                        (SELECT max(knownAt) FROM \(table))
                    """)
                return try statement.first {
                    FactSummary(
                        kind: kind, count: Int($0.integer(0)), firstKnownAt: $0.optionalTime(1),
                        lastKnownAt: $0.optionalTime(2))
                }
            }
        }
    }

    /// What SQLite finds wrong with the file, and rows that point nowhere; empty for a sound ledger.
    package func integrityProblems() throws -> [String] {
        try read { database in
            var problems = try RawStatement(database, "PRAGMA quick_check(20)").all { $0.text(0) }
            if problems == ["ok"] { problems = [] }
            let orphans = try RawStatement(database, "PRAGMA foreign_key_check").all {
                "a row of \($0.text(0)) refers to a missing row of \($0.text(2))"
            }
            return problems + orphans.prefix(20)
        }
    }

    /// How a commit reaches the disk: 2 is FULL, flushed before it is reported.
    package func writerSynchronousLevel() throws -> Int {
        try translatingErrors {
            try pool.writeWithoutTransaction { try Int.fetchOne($0, sql: "PRAGMA synchronous") ?? 0 }
        }
    }

    /// Bytes on disk, the write-ahead log included.
    package func sizeInBytes() -> Int64 {
        ["", "-wal"].reduce(0) { total, ending in
            var status = stat()
            return stat(path + ending, &status) == 0 ? total + Int64(status.st_size) : total
        }
    }

    /// The symbols in the order of their names. A gap is any stretch between two bars that no bar covers; whether the
    /// market was open then is for the reader to know.
    package func barCoverage(maximalGapCount: Int = 20) throws -> [BarCoverage] {
        try read { database in
            let names = try LedgerNames(database, path: path)
            let statement = try RawStatement(
                database, "SELECT symbol, openAt, closeAt FROM bar WHERE version = 0 ORDER BY symbol, openAt, closeAt")
            var coverages: [BarCoverage] = []
            var current: Int64 = 0
            while try statement.next() {
                let openAt = statement.time(1)
                let closeAt = statement.time(2)
                if statement.integer(0) != current {
                    current = statement.integer(0)
                    coverages.append(
                        BarCoverage(
                            symbol: try names.symbol(current), barCount: 1, firstOpenAt: openAt, lastCloseAt: closeAt,
                            gapCount: 0, gaps: []))
                    continue
                }
                coverages[coverages.count - 1].extend(openAt, closeAt, maximalGapCount: maximalGapCount)
            }
            return coverages.sorted { $0.symbol < $1.symbol }
        }
    }

    /// The agents in the order of their names.
    package func agentActivity() throws -> [AgentActivity] {
        try read { database in
            let names = try LedgerNames(database, path: path)
            let statement = try RawStatement(
                database, "SELECT agent, count(*), max(generatedAt) FROM signal GROUP BY agent")
            return try statement.all {
                AgentActivity(
                    agent: try names.agent($0.integer(0)), signalCount: Int($0.integer(1)), lastGeneratedAt: $0.time(2))
            }.sorted { $0.agent < $1.agent }
        }
    }

    /// Human decisions, as they became known.
    package func decisions() throws -> [Dated<HumanDecision>] { try all(.decision).decisions }

    package func renames() throws -> [Dated<AgentRename>] { try all(.rename).renames }

    /// The policy schedule, as it became known.
    package func policyChanges() throws -> [Dated<PolicyChange>] { try all(.policyChange).policyChanges }

    /// The latest policy change in force and known at `time`; `nil` if there is none.
    package func policyChange(inForceAt time: Timestamp) throws -> PolicyChange? {
        try policyChanges().filter { $0.knownAt <= time && $0.value.at <= time }
            .max { ($0.value.at, $0.knownAt) < ($1.value.at, $1.knownAt) }?.value
    }

    /// All facts of a kind that people make by hand, in one batch, by `knownAt`.
    private func all(_ kind: FactKind) throws -> FactBatch {
        try read { database in
            let statement = try RawStatement(database, kind.selection + " ORDER BY fact.knownAt, fact.at, fact.id")
            var collector = FactCollector(names: try LedgerNames(database, path: path), path: path)
            while try statement.next() { try collector.take(kind, from: statement) }
            return collector.takeBatch()
        }
    }
}

extension BarCoverage {
    fileprivate mutating func extend(_ openAt: Timestamp, _ closeAt: Timestamp, maximalGapCount: Int) {
        barCount += 1
        if openAt > lastCloseAt {
            gapCount += 1
            let length = max(1, (closeAt - openAt).milliseconds)
            let missingCount = max(1, (openAt - lastCloseAt).milliseconds / length)
            gaps.append(BarGap(from: lastCloseAt, through: openAt, missingCount: missingCount))
            if gaps.count > max(0, maximalGapCount) { gaps.removeFirst() }
        }
        lastCloseAt = max(lastCloseAt, closeAt)
    }
}
