extension LedgerMigration {
    /// The bytes of snapshots move out of the ledger into files beside it (`SnapshotFiles`): a state of a thousand
    /// agents is tens of megabytes every day, and a database writes each of them twice and waits for the disk. What
    /// stands here is which snapshots there are, so that a late fact still drops those it precedes in its own
    /// transaction.
    ///
    /// Those that an earlier release kept are dropped: they are of another method.
    static let snapshotFilesSchema = """
        DROP TABLE snapshot;
        CREATE TABLE snapshot (
            gridPoint INTEGER NOT NULL,
            fingerprint TEXT NOT NULL,
            methodVersion INTEGER NOT NULL,
            length INTEGER NOT NULL CHECK (length >= 0),
            checksum TEXT NOT NULL CHECK (checksum <> ''),
            PRIMARY KEY (gridPoint, fingerprint, methodVersion)
        ) STRICT, WITHOUT ROWID;

        """
}
