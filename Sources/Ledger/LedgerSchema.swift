import GRDB

/// The version of an opened ledger against that of this program.
struct LedgerSchema {
    let ledger: LedgerFile
    let migrations: [LedgerMigration]

    private var migrator: DatabaseMigrator { LedgerMigration.migrator(migrations) }

    /// A later release's ledger is never touched: what this program does not know, it would not keep.
    func refuseWhatIsNotOurs() throws {
        try ledger.pool.read { database in
            if try isUnborn(database) { return }
            let applicationID = try Int.fetchOne(database, sql: "PRAGMA application_id")
            guard applicationID == LedgerMigration.applicationID else { throw LedgerError.foreign(path: ledger.path) }
            let version = try version(database)
            if try version > migrations.count || migrator.hasBeenSuperseded(database) {
                throw LedgerError.newer(
                    path: ledger.path, ledgerVersion: version, programVersion: migrations.count)
            }
        }
    }

    /// Nothing is in it yet, but perhaps the list of migrations, empty: whoever made the file died before the first of
    /// them was done.
    private func isUnborn(_ database: Database) throws -> Bool {
        let names = try String.fetchAll(
            database, sql: "SELECT name FROM sqlite_master WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'")
        if names.isEmpty { return true }
        guard names == ["grdb_migrations"] else { return false }
        return try Int.fetchOne(database, sql: "SELECT count(*) FROM grdb_migrations") == 0
    }

    func refuseOlder(because reason: String) throws {
        try ledger.pool.read { database in
            let version = try version(database)
            guard version < migrations.count else { return }
            throw LedgerError.older(
                path: ledger.path, ledgerVersion: version, programVersion: migrations.count, reason: reason)
        }
    }

    func bringUpToDate(lock: ProcessLock?) throws {
        guard try pendingMigration() != nil else { return }
        let taken = try lock ?? takeLock()
        defer { if lock == nil { taken.release() } }
        // Another program may have done it while we waited for the lock.
        guard let pending = try pendingMigration() else { return }
        if try ledger.pool.read(version) > 0 { try ledger.backUp(to: ledger.path + ".before-" + pending) }
        try migrator.migrate(ledger.pool)
    }

    private func takeLock() throws -> ProcessLock {
        let path = ProcessLock.path(besideLedger: ledger.path)
        do {
            return try ProcessLock.acquire(path: path, description: "migration of the ledger", at: nil)
        } catch LockError.held(_, let holder) {
            throw LedgerError.older(
                path: ledger.path, ledgerVersion: try ledger.pool.read(version), programVersion: migrations.count,
                reason: "another program holds its lock (\(holder))")
        }
    }

    private func version(_ database: Database) throws -> Int {
        try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
    }

    private func pendingMigration() throws -> String? {
        let taken = try ledger.pool.read { try migrator.appliedIdentifiers($0) }
        return migrations.first { !taken.contains($0.name) }?.name
    }
}
