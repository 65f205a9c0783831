import GRDB

/// One step of the ledger's schema. A shipped step is never edited: ledgers in somebody's hands have taken it already.
package struct LedgerMigration: Sendable {
    /// Names the step for ever, in the ledger's own list of migrations and in the name of the backup made before it.
    package var name: String
    package var sql: String

    package init(name: String, sql: String) {
        self.name = name
        self.sql = sql
    }

    /// The schema version is the number of steps taken: `PRAGMA user_version`.
    package static let all = [
        LedgerMigration(name: "v1-facts", sql: factsSchema),
        LedgerMigration(name: "v2-daemon", sql: daemonSchema),
        LedgerMigration(name: "v3-clustered", sql: clusteredSchema),
        LedgerMigration(name: "v4-snapshot-files", sql: snapshotFilesSchema),
    ]

    /// Marks the file as ours: `MSup` in `PRAGMA application_id`.
    static let applicationID = 0x4D53_7570

    static func migrator(_ migrations: [LedgerMigration]) -> DatabaseMigrator {
        var migrator = DatabaseMigrator()
        for (index, migration) in migrations.enumerated() {
            migrator.registerMigration(migration.name) { database in
                try database.execute(sql: migration.sql)
                try database.execute(sql: "PRAGMA application_id = \(applicationID)")
                try database.execute(sql: "PRAGMA user_version = \(index + 1)")
            }
        }
        return migrator
    }
}
