package import Operation
import Domain
import GRDB

extension LedgerFile {
    /// Keeps lines that could not be read as facts. A line that is there already, at its place in its source, is a
    /// duplicate: reading a file again does not double it.
    func quarantine(
        _ lines: [QuarantinedLine], generation: Int64, at time: Timestamp, counts: inout IngestCounts,
        in database: Database
    ) throws {
        guard !lines.isEmpty else { return }
        let sources = try NameTable(database, table: "source")
        let insert = try RawStatement(
            database,
            """
            INSERT INTO quarantine (source, sourceKind, sourcePath, mappingPath, symbolText, barLength, isWatched,
                generation, line, bytes, digest, reason, quarantinedAt)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
            ON CONFLICT (source, generation, line, digest) DO NOTHING
            """)
        for line in lines {
            insert.bind(try sources.number(of: line.source.name), at: 1)
            insert.bind(line.source.kind.rawValue, at: 2)
            insert.bind(line.source.path, at: 3)
            insert.bind(line.source.mappingPath, at: 4)
            insert.bind(line.source.symbol, at: 5)
            insert.bind(line.source.barLength?.milliseconds, at: 6)
            insert.bind(Int64(line.source.isWatched ? 1 : 0), at: 7)
            insert.bind(generation, at: 8)
            insert.bind(line.lineNumber, at: 9)
            insert.bind(line.bytes, at: 10)
            insert.bind(BytesDigest.of(line.bytes).description, at: 11)
            insert.bind(line.reason, at: 12)
            insert.bind(time, at: 13)
            if try insert.run() > 0 { counts.quarantined += 1 } else { counts.duplicates += 1 }
        }
    }

    /// The quarantined lines, in the order in which they came.
    package func quarantinedLines(includingResolved: Bool) throws -> [QuarantinedLine] {
        try read { database in
            let statement = try RawStatement(
                database,
                """
                SELECT quarantine.id, source.name, sourceKind, sourcePath, mappingPath, symbolText, barLength,
                    isWatched, line, reason, bytes, quarantinedAt, resolvedAt
                FROM quarantine JOIN source ON source.id = quarantine.source
                \(includingResolved ? "" : "WHERE resolvedAt IS NULL") ORDER BY quarantine.id
                """)
            return try statement.all(decodeQuarantinedLine)
        }
    }

    /// Of those not resolved.
    package func quarantinedLineCount() throws -> Int {
        try read { try Int.fetchOne($0, sql: "SELECT count(*) FROM quarantine WHERE resolvedAt IS NULL") ?? 0 }
    }

    private func decodeQuarantinedLine(_ row: RawStatement) throws -> QuarantinedLine {
        guard let kind = SourceKind(rawValue: row.text(2)) else {
            throw LedgerError.corrupt(path: path, detail: "\(row.text(2)) is no kind of source")
        }
        let source = SourceDescription(
            name: row.text(1), path: row.optionalText(3), kind: kind, mappingPath: row.optionalText(4),
            symbol: row.optionalText(5), barLength: row.optionalInteger(6).map { Span(milliseconds: $0) },
            isWatched: row.integer(7) != 0)
        return QuarantinedLine(
            id: row.integer(0), source: source, lineNumber: row.integer(8), reason: row.text(9), bytes: row.bytes(10),
            quarantinedAt: row.time(11), isResolved: !row.isNull(12))
    }

    /// Marks lines as resolved and stores the facts they turned out to be, in one transaction.
    ///
    /// The totals of their sources keep adding up: a resolved line is taken from the quarantined ones, and counts again
    /// as what it became.
    package func resolve(_ lines: [Int64], storing batch: IngestBatch) throws -> IngestCounts {
        try write { database in
            let counts = try append(batch, in: database)
            let recordedAt = try advanceRecordedTime(to: batch.recordedAt, in: database)
            let find = try RawStatement(database, "SELECT source, resolvedAt FROM quarantine WHERE id = ?1")
            let mark = try RawStatement(database, "UPDATE quarantine SET resolvedAt = ?2 WHERE id = ?1")
            let settle = try RawStatement(
                database,
                """
                UPDATE ingest_count SET quarantined = quarantined - 1, lines = lines - 1
                WHERE source = ?1 AND quarantined > 0
                """)
            for id in lines {
                find.bind(id, at: 1)
                guard let (source, isResolved) = try find.first({ ($0.integer(0), !$0.isNull(1)) }) else {
                    throw LedgerError.unknownQuarantinedLine(path: path, id: id)
                }
                if isResolved { continue }
                mark.bind(id, at: 1)
                mark.bind(recordedAt, at: 2)
                try mark.run()
                settle.bind(source, at: 1)
                try settle.run()
            }
            return counts
        }
    }
}
