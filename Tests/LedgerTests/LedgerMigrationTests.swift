import Domain
import GRDB
import Glibc
import Ledger
import Operation
import Testing

struct LedgerMigrationTests {
    /// The schemas as shipped, in order. Adding a migration adds an entry here; no entry ever changes.
    static let shipped: [(version: Int, schema: String)] = [(1, frozenSchemaV1)]

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
        let before = try LedgerFile.open(at: folder.ledger, mode: .readWrite, migrations: old)
        _ = try before.append(
            batch([try bar("BTC", openHour: 0), try signal("ann", hour: 2), policyChange("{}", hour: 3)]))
        let facts = try everything(before)
        try before.close()

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
        let copy = try LedgerFile.open(at: backup, mode: .readWrite, migrations: old)
        #expect(try everything(copy) == facts)
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
