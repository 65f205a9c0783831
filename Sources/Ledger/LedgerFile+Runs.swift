package import Domain
package import Operation
import GRDB

extension LedgerFile {
    private static let runColumns = """
        runID, command, asOf, startedAt, durationMilliseconds, host, programVersion, methodVersion, policyFingerprint,
        factsDigest, reportDigest, outcome, \(IngestCounts.columns)
        """

    package func append(_ record: RunRecord) throws {
        try write { database in
            let places = (1...22).map { "?\($0)" }.joined(separator: ", ")
            let statement = try RawStatement(
                database, "INSERT INTO run (\(LedgerFile.runColumns)) VALUES (\(places))")
            statement.bind(record.runID, at: 1)
            statement.bind(record.command, at: 2)
            statement.bind(record.asOf, at: 3)
            statement.bind(record.startedAt, at: 4)
            statement.bind(record.durationMilliseconds, at: 5)
            statement.bind(record.host, at: 6)
            statement.bind(record.programVersion, at: 7)
            statement.bind(Int64(record.methodVersion), at: 8)
            statement.bind(record.policyFingerprint, at: 9)
            statement.bind(record.factsDigest, at: 10)
            statement.bind(record.reportDigest, at: 11)
            statement.bind(record.outcome, at: 12)
            record.counts.bind(to: statement, at: 13)
            try statement.run()
        }
    }

    /// The newest first.
    package func runs(limit: Int) throws -> [RunRecord] {
        try read { database in
            let statement = try RawStatement(
                database, "SELECT \(LedgerFile.runColumns) FROM run ORDER BY id DESC LIMIT ?1")
            statement.bind(Int64(max(0, limit)), at: 1)
            return try statement.all { row in
                RunRecord(
                    runID: row.text(0), command: row.text(1), asOf: row.time(2), startedAt: row.time(3),
                    durationMilliseconds: row.integer(4), host: row.text(5), programVersion: row.text(6),
                    methodVersion: Int(row.integer(7)), policyFingerprint: row.text(8), factsDigest: row.text(9),
                    reportDigest: row.text(10), counts: IngestCounts(row, at: 12), outcome: row.text(11))
            }
        }
    }

    /// Replaces the snapshot of the same grid point, policy schedule and method version.
    package func save(_ snapshot: StoredSnapshot) throws {
        let checksum = WordDigest.of(snapshot.bytes[...]).description
        try write { database in
            let name = SnapshotFiles.name(gridPoint: snapshot.gridPoint, checksum: checksum)
            try snapshotFiles.save(snapshot.bytes, as: name)
            let statement = try RawStatement(
                database,
                """
                INSERT INTO snapshot (gridPoint, fingerprint, methodVersion, length, checksum)
                VALUES (?1, ?2, ?3, ?4, ?5)
                ON CONFLICT (gridPoint, fingerprint, methodVersion) DO UPDATE SET length = ?4, checksum = ?5
                """)
            statement.bind(snapshot.gridPoint, at: 1)
            statement.bind(snapshot.fingerprint, at: 2)
            statement.bind(Int64(snapshot.methodVersion), at: 3)
            statement.bind(Int64(snapshot.bytes.count), at: 4)
            statement.bind(checksum, at: 5)
            try statement.run()
            try removeStraySnapshots(database)
        }
    }

    private var snapshotFiles: SnapshotFiles { SnapshotFiles(ledgerPath: path) }

    /// Files whose rows are gone: pruned, replaced, or dropped by a fact that they did not know.
    private func removeStraySnapshots(_ database: Database) throws {
        let names = try RawStatement(database, "SELECT gridPoint, checksum FROM snapshot").all {
            SnapshotFiles.name(gridPoint: $0.time(0), checksum: $0.text(1))
        }
        snapshotFiles.keepOnly(Set(names))
    }

    /// The newest usable snapshot at or before a time; one whose bytes are not those that were saved is passed over.
    package func newestSnapshot(
        atOrBefore time: Timestamp, fingerprint: String, methodVersion: Int
    ) throws -> StoredSnapshot? {
        try read { database in
            let statement = try RawStatement(
                database,
                """
                SELECT gridPoint, length, checksum FROM snapshot
                WHERE gridPoint <= ?1 AND fingerprint = ?2 AND methodVersion = ?3 ORDER BY gridPoint DESC
                """)
            statement.bind(time, at: 1)
            statement.bind(fingerprint, at: 2)
            statement.bind(Int64(methodVersion), at: 3)
            while try statement.next() {
                let (gridPoint, checksum) = (statement.time(0), statement.text(2))
                let name = SnapshotFiles.name(gridPoint: gridPoint, checksum: checksum)
                guard let bytes = snapshotFiles.bytes(name, length: Int(statement.integer(1))),
                    WordDigest.of(bytes[...]).description == checksum
                else { continue }
                return StoredSnapshot(
                    gridPoint: gridPoint, fingerprint: fingerprint, methodVersion: methodVersion, bytes: bytes)
            }
            return nil
        }
    }

    package func deleteSnapshots(at gridPoints: [Timestamp]) throws {
        guard !gridPoints.isEmpty else { return }
        try write { database in
            let statement = try RawStatement(database, "DELETE FROM snapshot WHERE gridPoint = ?1")
            for gridPoint in gridPoints {
                statement.bind(gridPoint, at: 1)
                try statement.run()
            }
            try removeStraySnapshots(database)
        }
    }

    /// In ascending order, each once.
    package func snapshotGridPoints() throws -> [Timestamp] {
        try read { database in
            try RawStatement(database, "SELECT DISTINCT gridPoint FROM snapshot ORDER BY gridPoint").all { $0.time(0) }
        }
    }

    /// A snapshot at `g` was made of the facts known by `g`: a fact known at or before `g` that comes later makes it
    /// wrong.
    func dropSnapshots(from knownAt: Timestamp, in database: Database) throws {
        let statement = try RawStatement(database, "DELETE FROM snapshot WHERE gridPoint >= ?1")
        statement.bind(knownAt, at: 1)
        try statement.run()
    }

    package func publication(of path: String) throws -> Publication? {
        try read { database in
            let statement = try RawStatement(
                database, "SELECT length, digest, recordCount, through FROM publication WHERE path = ?1")
            statement.bind(path, at: 1)
            return try statement.first { row in
                Publication(
                    path: path, length: row.integer(0), digest: try digest(row.text(1)), recordCount: row.integer(2),
                    through: row.optionalTime(3))
            }
        }
    }

    package func save(_ publications: [Publication]) throws {
        try write { database in
            let statement = try RawStatement(
                database,
                """
                INSERT INTO publication (path, length, digest, recordCount, through) VALUES (?1, ?2, ?3, ?4, ?5)
                ON CONFLICT (path) DO UPDATE SET length = ?2, digest = ?3, recordCount = ?4, through = ?5
                """)
            for publication in publications {
                statement.bind(publication.path, at: 1)
                statement.bind(publication.length, at: 2)
                statement.bind(publication.digest.description, at: 3)
                statement.bind(publication.recordCount, at: 4)
                statement.bind(publication.through?.milliseconds, at: 5)
                try statement.run()
            }
        }
    }
}
