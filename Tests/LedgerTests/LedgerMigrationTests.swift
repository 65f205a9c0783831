import Domain
import GRDB
import Glibc
import Ledger
import Operation
import Testing

struct LedgerMigrationTests {
    /// The schemas as shipped, in order. Adding a migration adds an entry here; no entry ever changes.
    static let shipped: [(version: Int, schema: String)] = [
        (1, frozenSchemaV1), (2, frozenSchemaV2), (3, frozenSchemaV3), (4, frozenSchemaV4),
    ]

    private func schema(_ path: String) throws -> String {
        let queue = try DatabaseQueue(path: path)
        return try queue.read { database in
            let rows = try String.fetchAll(
                database,
                sql: """
                    SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'grdb%' ORDER BY type, name
                    """)
            return rows.map { $0.split(whereSeparator: \.isWhitespace).joined(separator: " ") }
                .joined(separator: "\n") + "\n"
        }
    }

    @Test func `Every shipped schema is frozen to the letter`() throws {
        #expect(LedgerMigrationTests.shipped.count == LedgerMigration.all.count)
        for (version, frozen) in LedgerMigrationTests.shipped {
            let folder = try TemporaryFolder()
            let migrations = Array(LedgerMigration.all.prefix(version))
            try LedgerFile.open(at: folder.ledger, mode: .readWrite, migrations: migrations).close()
            #expect(try schema(folder.ledger) == frozen, "schema version \(version)")
        }
    }

    /// From every shipped schema to one step beyond the latest, with facts in the ledger.
    @Test(arguments: shipped.map(\.version))
    func `A ledger of every shipped version migrates, keeps its facts, and leaves a backup`(version: Int) throws {
        let folder = try TemporaryFolder()
        let old = Array(LedgerMigration.all.prefix(version))
        try LedgerFile.open(at: folder.ledger, mode: .readWrite, migrations: old).close()
        try storeByHand(folder)
        let facts = try storedByHand().map { digest($0) }.sorted()

        let next = LedgerMigration.all + [LedgerMigration(name: "next-step", sql: "CREATE TABLE later (id INTEGER)")]
        do {
            _ = try LedgerFile.open(at: folder.ledger, mode: .readOnly, migrations: next)
            Issue.record("a reader opened an older ledger")
        } catch LedgerError.older(_, let ledgerVersion, let programVersion, _) {
            #expect(ledgerVersion == version && programVersion == next.count)
        }
        let lock = try ProcessLock.acquire(path: folder.file("state/lock"), description: "a daemon", at: nil)
        do {
            _ = try LedgerFile.open(at: folder.ledger, mode: .readWrite, migrations: next)
            Issue.record("migrated beside a running daemon")
        } catch let error as LedgerError { #expect(error.description.contains("a daemon")) }

        let after = try LedgerFile.open(at: folder.ledger, mode: .readWrite, lock: lock, migrations: next)
        #expect(try everything(after) == facts)
        try after.close()
        #expect(try schema(folder.ledger).contains("CREATE TABLE later"))

        let firstStep = next[version].name
        let backup = folder.ledger + ".before-" + firstStep
        #expect(access(backup, F_OK) == 0 && access(backup + ".partial", F_OK) != 0)
        var counts: [FactKind: Int] = [.bar: 1, .signal: 3, .policyChange: 1, .rename: 0, .outcome: 0, .telemetry: 0]
        counts[.decision] = 0
        if version >= 2 { counts[.barWithdrawal] = 0 }
        try LedgerFile.verify(
            backup: backup,
            against: LedgerContents(schemaVersion: version, factCounts: counts, lastRecordedAt: wellAfter))
    }

    /// What `storeByHand` stores, as the program would read it.
    private func storedByHand() throws -> [StampedFact] {
        let flat = Signal(
            agent: try #require(AgentID("ann")), symbol: try #require(Symbol("ETH")), direction: .flat,
            generatedAt: hour(1))
        var plain = flat
        plain.symbol = try #require(Symbol("BTC"))
        plain.direction = .long
        plain.generatedAt = hour(2)
        var longer = plain
        longer.horizon = .hours(72)
        longer.direction = .short
        longer.generatedAt = hour(1)
        return [
            known(try bar("BTC", openHour: 1)), known(.signal(flat)), known(.signal(plain)), known(.signal(longer)),
            known(policyChange("{}", hour: 3)),
        ]
    }

    /// As a program of the first schema stored facts: written down here, since no program of today can.
    private func storeByHand(_ folder: TemporaryFolder) throws {
        let queue = try DatabaseQueue(path: folder.ledger)
        func at(_ count: Int) -> Int64 { hour(count).milliseconds }
        let day: Int64 = 86_400_000
        try queue.write { database in
            try database.execute(
                sql: """
                    INSERT INTO agent VALUES (1, 'ann');
                    INSERT INTO symbol VALUES (1, 'BTC'), (2, 'ETH');
                    INSERT INTO source VALUES (1, 'alpha/events.jsonl');
                    INSERT INTO ingest_batch VALUES (1, \(wellAfter.milliseconds), 1);
                    INSERT INTO recorded_time VALUES (1, \(wellAfter.milliseconds));
                    INSERT INTO bar VALUES (1, \(at(2)), 1, 1, 1, 0, 1, \(at(1)), \(at(2)), 100, 110, 90, 101, 12.5);
                    INSERT INTO signal
                        (knownAt, attestation, batch, line, version, agent, symbol, generatedAt, horizon, direction,
                        unknownFields)
                    VALUES (\(at(1)), 1, 1, 1, 0, 1, 2, \(at(1)), \(day), 0, ''),
                        (\(at(2)), 1, 1, 1, 0, 1, 1, \(at(2)), \(day), 1, ''),
                        (\(at(1)), 1, 1, 1, 0, 1, 1, \(at(1)), \(3 * day), -1, '');
                    INSERT INTO policy_change VALUES (1, \(at(3)), 1, 1, 1, 0, \(at(3)), '{}', 'first');
                    """)
        }
        try queue.close()
    }

    /// Outcomes that came in two batches, the second reaching back into the first: revisions, equal times, a run, an
    /// empty run and none; a signal and a record of telemetry whose keys are sorted anew.
    @Test(arguments: [1, 2])
    func `Outcomes lie in the order of their knowledge after the migration, every one as it was`(version: Int) throws {
        let folder = try TemporaryFolder()
        let old = Array(LedgerMigration.all.prefix(version))
        try LedgerFile.open(at: folder.ledger, mode: .readWrite, migrations: old).close()
        let queue = try DatabaseQueue(path: folder.ledger)
        let runs: [String?] = [nil, "", "r1"]
        var facts: [StampedFact] = []
        try queue.write { database in
            try database.execute(
                sql: """
                    INSERT INTO agent VALUES (1, 'ann'), (2, 'bob');
                    INSERT INTO symbol VALUES (1, 'ETH');
                    INSERT INTO strategy VALUES (1, 'carry');
                    INSERT INTO source VALUES (1, 'alpha/events.jsonl');
                    INSERT INTO ingest_batch VALUES (1, \(hour(900).milliseconds), 1),
                        (2, \(hour(901).milliseconds), 1);
                    """)
            for (batch, hours) in [(1, [3, 3, 9, 40]), (2, [1, 3, 9, 39, 41])] {
                for (line, count) in hours.enumerated() {
                    for (place, run) in runs.enumerated() {
                        let agent = (line + place) % 2 + 1
                        // Of the second batch, what lies under a key of the first is its revision.
                        let realized = Double(batch * 100 + line * 10 + place)
                        let fact = try outcome(agent == 1 ? "ann" : "bob", hour: count, run: run, realized: realized)
                        let version = facts.count { $0.fact.identity.key == fact.identity.key }
                        facts.append(known(fact, line: Int64(line)))
                        let at = hour(count).milliseconds
                        try database.execute(
                            sql: """
                                INSERT INTO outcome (knownAt, attestation, batch, line, version, agent, runID, symbol,
                                    generatedAt, horizon, direction, realizedReturnBps, expectedReturnBps,
                                    expectedSigmaBps, entryPrice, exitPrice, score, confidence, strategy, regime,
                                    forecasterVersion)
                                VALUES (?, 1, ?, ?, ?, ?, ?, 1, ?, 14400000, -1, ?, 2, 80, NULL, 3000.5, NULL, 0.75, 1,
                                    NULL, 'ridge-7')
                                """,
                            arguments: [at + 14_400_000, batch, line, version, agent, run, at, realized])
                    }
                }
            }
        }
        try queue.close()
        let ledger = try opened(folder)
        #expect(try everything(ledger) == facts.map { digest($0) }.sorted())
        #expect(try ledger.integrityProblems() == [])
        var times: [Timestamp] = []
        try ledger.factLog.read(nil, wellAfter) { times += $0.outcomes.map(\.knownAt) }
        #expect(times == times.sorted())
        // What comes again is known, what differs is the next version.
        let again = try ledger.append(batch(facts.map(\.fact)))
        #expect(again.duplicates == facts.count && again.accepted == 0)
        let revision = try outcome("bob", hour: 3, run: nil, realized: 7)
        #expect(try ledger.append(batch([revision])).revised == 1)
    }

    @Test func `Migrating to the daemon's schema finds out which symbols need prices, from the signals there are`()
        throws
    {
        let folder = try TemporaryFolder()
        try LedgerFile.open(at: folder.ledger, mode: .readWrite, migrations: Array(LedgerMigration.all.prefix(1)))
            .close()
        try storeByHand(folder)
        let ledger = try opened(folder)
        let need = PriceNeed(
            symbol: try #require(Symbol("BTC")), firstSignalAt: hour(1), lastCloseAt: hour(1) + .days(3))
        #expect(try ledger.priceLog.needs() == [need])
        // A fact that came later finds the earlier ones' sum, and goes on from there.
        _ = try ledger.append(batch([try signal("bob", hour: 0), try signal("bob", hour: 90)]))
        #expect(
            try ledger.priceLog.needs()
                == [PriceNeed(symbol: need.symbol, firstSignalAt: hour(0), lastCloseAt: hour(90) + .days(1))])
    }

    @Test func `A migration that fails leaves the ledger at its version, with its facts`() throws {
        let folder = try TemporaryFolder()
        let ledger = try opened(folder)
        _ = try ledger.append(batch([try signal("ann", hour: 2)]))
        try ledger.close()
        let broken = LedgerMigration.all + [
            LedgerMigration(name: "broken", sql: "CREATE TABLE half (id INTEGER); CREATE TABLE half (id INTEGER)")
        ]
        #expect(throws: LedgerError.self) {
            _ = try LedgerFile.open(at: folder.ledger, mode: .readWrite, migrations: broken)
        }
        #expect(try !schema(folder.ledger).contains("half"))
        #expect(try everything(opened(folder)).count == 1)
        #expect(try ProcessLock.holder(path: folder.file("state/lock")) == nil)
    }

    @Test func `A fresh ledger gets no backup`() throws {
        let folder = try TemporaryFolder()
        try opened(folder).close()
        #expect(access(folder.ledger + ".before-" + LedgerMigration.all[0].name, F_OK) != 0)
    }
}
