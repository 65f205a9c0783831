import Domain
import GRDB
import Glibc
import Ledger
import Operation
import Testing

struct LedgerFileTests {
    /// A second connection, as another program would hold one.
    private func foreignConnection(_ folder: TemporaryFolder) throws -> DatabaseQueue {
        try DatabaseQueue(path: folder.ledger)
    }

    private func failure(_ body: () throws -> Void) -> LedgerError? {
        do {
            try body()
            return nil
        } catch { return error as? LedgerError }
    }

    @Test func `Stored facts can be neither changed nor deleted, by any connection`() throws {
        let folder = try TemporaryFolder()
        let ledger = try opened(folder)
        _ = try ledger.append(
            batch([
                try bar("BTC", openHour: 0), try signal("ann", hour: 2), try outcome("bob", hour: 4, run: nil),
                try telemetry("bob", hour: 5), try decision("ann", hour: 6), try rename("ann", to: "eve", hour: 7),
                policyChange("{}", hour: 8), try withdrawal("BTC", openHour: 0),
            ]))
        let other = try foreignConnection(folder)
        let columns = [
            "bar": "close", "signal": "score", "outcome": "realizedReturnBps", "telemetry": "errors",
            "decision": "reason", "rename": "at", "policy_change": "policyText", "bar_withdrawal": "reason",
            "ingest_batch": "recordedAt",
            "agent": "name", "symbol": "name", "strategy": "name", "source": "name",
        ]
        for (table, column) in columns {
            for sql in ["UPDATE \(table) SET \(column) = \(column)", "DELETE FROM \(table)"] {
                #expect(throws: DatabaseError.self, "\(sql)") { try other.write { try $0.execute(sql: sql) } }
            }
        }
        #expect(throws: DatabaseError.self) {
            try other.write { try $0.execute(sql: "UPDATE recorded_time SET at = at - 1") }
        }
        #expect(try everything(ledger).count == 8)
    }

    @Test func `The schema itself refuses a second row under one key and version`() throws {
        let folder = try TemporaryFolder()
        let ledger = try opened(folder)
        _ = try ledger.append(
            batch([
                try bar("BTC", openHour: 0), try signal("ann", hour: 2), try outcome("bob", hour: 4, run: nil),
                try outcome("bob", hour: 4, run: "r"),
            ]))
        let other = try foreignConnection(folder)
        for (table, columns) in [
            ("outcome", "knownAt, attestation, batch, line, version, agent, hasRun, runID, symbol, generatedAt, "
                + "horizon, direction, realizedReturnBps, expectedReturnBps"),
            ("bar", "knownAt, attestation, batch, line, version, symbol, openAt, closeAt, open, high, low, close"),
            ("signal", "knownAt, attestation, batch, line, version, agent, symbol, generatedAt, horizon, direction, "
                + "unknownFields"),
        ] {
            #expect(throws: DatabaseError.self) {
                try other.write {
                    try $0.execute(sql: "INSERT INTO \(table) (\(columns)) SELECT \(columns) FROM \(table)")
                }
            }
        }
    }

    @Test func `The views show times and names as a person reads them`() throws {
        let folder = try TemporaryFolder()
        let ledger = try opened(folder)
        _ = try ledger.append(
            batch([
                try bar("BTC", openHour: 0), try signal("ann", hour: 2), try outcome("bob", hour: 4, run: nil),
                try telemetry("bob", hour: 5), try decision("ann", hour: 6), try rename("ann", to: "eve", hour: 7),
                policyChange("{}", hour: 8), try withdrawal("BTC", openHour: 0),
            ]))
        let other = try foreignConnection(folder)
        try other.read { database in
            for kind in FactKind.allCases {
                let names = [FactKind.policyChange: "policy_change", .barWithdrawal: "bar_withdrawal"]
                let view = names[kind] ?? "\(kind)"
                let row = try #require(try Row.fetchOne(database, sql: "SELECT * FROM \(view)_view"), "\(view)")
                let source: String? = row["source"]
                let attestation: String? = row["attestation"]
                #expect(source == watched.name)
                #expect(attestation == "unattested")
            }
            let row = try #require(try Row.fetchOne(database, sql: "SELECT * FROM signal_view"))
            let words: [String] = [row["agent"], row["direction"], row["generatedAt"]]
            #expect(words == ["ann", "LONG", "2025-01-01T02:00:00.000Z"])
            let hours: Double = row["horizonHours"]
            #expect(hours == 24)
            #expect(try Int.fetchOne(database, sql: "SELECT count(*) FROM quarantine_view") == 0)
            #expect(try Int.fetchOne(database, sql: "SELECT count(*) FROM run_view") == 0)
        }
    }

    @Test func `A ledger written by a later release is refused with both versions, and left as it was`() throws {
        let folder = try TemporaryFolder()
        let later = LedgerMigration.all + [LedgerMigration(name: "v2-later", sql: "CREATE TABLE later (id INTEGER)")]
        try LedgerFile.open(at: folder.ledger, mode: .readWrite, migrations: later).close()
        for mode in [LedgerMode.readWrite, .readOnly] {
            let error = failure { _ = try opened(folder, mode) }
            #expect(
                error
                    == .newer(
                        path: folder.ledger, ledgerVersion: later.count, programVersion: LedgerMigration.all.count))
        }
    }

    @Test func `A file that is no database is called damaged, and a database of others is left alone`() throws {
        let folder = try TemporaryFolder()
        try opened(folder).close()
        unlink(folder.ledger + "-wal")
        let descriptor = open(folder.ledger, O_WRONLY | O_TRUNC)
        let text = Array(String(repeating: "no database at all\n", count: 400).utf8)
        #expect(write(descriptor, text, text.count) == text.count)
        close(descriptor)
        guard case .corrupt(let path, _)? = failure({ _ = try opened(folder) }) else {
            Issue.record("a damaged file was opened")
            return
        }
        #expect(path == folder.ledger)

        let other = try TemporaryFolder()
        mkdir(other.file("state"), 0o755)
        let foreign = try DatabaseQueue(path: other.ledger)
        try foreign.write { try $0.execute(sql: "CREATE TABLE theirs (id INTEGER)") }
        try foreign.close()
        #expect(failure { _ = try opened(other) } == .foreign(path: other.ledger))
    }

    @Test func `Pages overwritten in the middle of the file are found by the integrity check`() throws {
        let folder = try TemporaryFolder()
        let ledger = try opened(folder)
        _ = try ledger.append(batch(try (0..<500).map { try telemetry("ann", hour: $0) }))
        #expect(try ledger.integrityProblems() == [])
        #expect(ledger.sizeInBytes() > 50_000)
        try ledger.close()
        unlink(folder.ledger + "-wal")
        let descriptor = open(folder.ledger, O_WRONLY)
        let noise = [UInt8](repeating: 0xA5, count: 4_096)
        var status = stat()
        fstat(descriptor, &status)
        let pageCount = Int(status.st_size) / 4_096
        try #require(pageCount > 20)
        for page in (pageCount / 2)..<(pageCount - 2) { pwrite(descriptor, noise, 4_096, page * 4_096) }
        close(descriptor)
        let problems: [String]
        // Where the damage lies decides whether the ledger opens at all.
        do { problems = try opened(folder).integrityProblems() } catch { problems = ["\(error)"] }
        #expect(!problems.isEmpty)
    }

    @Test func `A missing ledger is not created by a reader, and the error says what to do`() throws {
        let folder = try TemporaryFolder()
        let error = failure { _ = try opened(folder, .readOnly) }
        #expect(error == .missing(path: folder.ledger))
        #expect(error?.description.contains("meta-supervisor init") == true)
        #expect(access(folder.ledger, F_OK) != 0)
    }

    @Test(.enabled(if: getuid() != 0, "root may write anywhere"))
    func `A folder without write permission is named before anything is written`() throws {
        let folder = try TemporaryFolder()
        try opened(folder).close()
        chmod(folder.file("state"), 0o555)
        defer { chmod(folder.file("state"), 0o755) }
        guard case .notWritable(let path, _)? = failure({ _ = try opened(folder) }) else {
            Issue.record("a read-only folder was accepted")
            return
        }
        #expect(path == folder.ledger)
    }

    @Test func `A ledger whose folder cannot be made is an error with its name`() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("no/such/folder/ledger.sqlite")
        guard case .cannotOpen(path, _)? = failure({ _ = try LedgerFile.open(at: path, mode: .readWrite) }) else {
            Issue.record("a ledger was opened in a missing folder")
            return
        }
    }

    @Test func `A reader cannot write`() throws {
        let folder = try TemporaryFolder()
        try opened(folder).close()
        let reader = try opened(folder, .readOnly)
        guard case .notWritable? = failure({ _ = try reader.append(batch([])) }) else {
            Issue.record("a reader wrote")
            return
        }
    }

    @Test func `A full disk is a clear error, and nothing of the batch is stored`() throws {
        let folder = try TemporaryFolder()
        try opened(folder).close()
        let ledger = try opened(folder) { $0.maximalBytes = 400_000 }
        _ = try ledger.append(batch([try telemetry("ann", hour: 0)]))
        let many = try (1..<20_000).map { try telemetry("ann", hour: $0) }
        #expect(failure { _ = try ledger.append(batch(many)) } == .full(path: folder.ledger))
        #expect(try everything(ledger).count == 1)
        #expect(try ledger.append(batch([try telemetry("ann", hour: 1)])).accepted == 1)
    }

    @Test func `While another program writes, appending fails after the timeout and reading works`() throws {
        let folder = try TemporaryFolder()
        let ledger = try opened(folder) { $0.busyTimeout = 0.05 }
        _ = try ledger.append(batch([try telemetry("ann", hour: 0)]))
        let other = try foreignConnection(folder)
        try other.inDatabase { database in
            try database.execute(sql: "BEGIN IMMEDIATE")
            let error = failure { _ = try ledger.append(batch([try telemetry("ann", hour: 1)])) }
            #expect(error == .busy(path: folder.ledger, seconds: 0.05))
            #expect(error?.description.contains("Nothing was stored") == true)
            #expect(try everything(ledger).count == 1)
            try database.execute(sql: "ROLLBACK")
        }
        #expect(try ledger.append(batch([try telemetry("ann", hour: 1)])).accepted == 1)
    }

    @Test func `A commit is flushed to the disk before it is reported`() throws {
        let folder = try TemporaryFolder()
        #expect(try opened(folder).writerSynchronousLevel() == 2)
    }

    @Test func `Doctor's questions have answers: summaries, gaps, activity, decisions, the policy in force`() throws {
        let folder = try TemporaryFolder()
        let ledger = try opened(folder)
        let hours = [0, 1, 2, 6, 7, 20]
        _ = try ledger.append(batch(try hours.map { try bar("BTC", openHour: $0) }))
        _ = try ledger.append(
            batch([
                try bar("ADA", openHour: 3), try bar("BTC", openHour: 1, close: 105), try signal("bob", hour: 2),
                try signal("ann", hour: 9), try signal("ann", hour: 4), try decision("ann", hour: 6),
                try rename("ann", to: "eve", hour: 7), policyChange("one", hour: 1), policyChange("two", hour: 5),
            ]))
        let coverage = try ledger.barCoverage(maximalGapCount: 1)
        let lastGap = BarGap(from: hour(8), through: hour(20), missingCount: 12)
        #expect(
            coverage == [
                BarCoverage(
                    symbol: try #require(Symbol("ADA")), barCount: 1, firstOpenAt: hour(3), lastCloseAt: hour(4),
                    gapCount: 0, gaps: []),
                BarCoverage(
                    symbol: try #require(Symbol("BTC")), barCount: 6, firstOpenAt: hour(0), lastCloseAt: hour(21),
                    gapCount: 2, gaps: [lastGap]),
            ])
        let activity = try ledger.agentActivity()
        #expect(activity.map(\.agent.name) == ["ann", "bob"] && activity.map(\.signalCount) == [2, 1])
        #expect(activity.map(\.lastGeneratedAt) == [hour(9), hour(2)])
        let bars = try #require(try ledger.factSummaries().first { $0.kind == .bar })
        #expect(bars == FactSummary(kind: .bar, count: 8, firstKnownAt: hour(1), lastKnownAt: hour(21)))
        #expect(try ledger.decisions().map(\.value.reason) == ["losses"])
        #expect(try ledger.renames().map(\.value.new.name) == ["eve"])
        #expect(try ledger.policyChanges().map(\.value.policyText) == ["one", "two"])
        #expect(try ledger.policyChange(inForceAt: hour(4))?.policyText == "one")
        #expect(try ledger.policyChange(inForceAt: hour(5))?.policyText == "two")
        #expect(try ledger.policyChange(inForceAt: hour(0)) == nil)
    }
}
