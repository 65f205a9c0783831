package import Operation
import GRDB

/// What became of the lines of one source since the ledger met it.
package struct SourceCounts: Equatable, Sendable {
    package var source: String
    package var counts: IngestCounts

    package init(source: String, counts: IngestCounts) {
        self.source = source
        self.counts = counts
    }
}

extension IngestCounts {
    static let columns = "lines, blank, header, ignored, accepted, late, revised, unattested, duplicates, quarantined"

    /// From ten columns in the order of `columns`.
    init(_ row: RawStatement, at start: Int32) {
        self.init()
        let fields: [WritableKeyPath<IngestCounts, Int>] = IngestCounts.fields
        for (index, field) in fields.enumerated() { self[keyPath: field] = Int(row.integer(start + Int32(index))) }
    }

    func bind(to statement: RawStatement, at start: Int32) {
        for (index, field) in IngestCounts.fields.enumerated() {
            statement.bind(Int64(self[keyPath: field]), at: start + Int32(index))
        }
    }

    private static var fields: [WritableKeyPath<IngestCounts, Int>] {
        [
            \.lines, \.blank, \.header, \.ignored, \.accepted, \.late, \.revised, \.unattested, \.duplicates,
            \.quarantined,
        ]
    }
}

extension LedgerFile {
    func add(_ counts: IngestCounts, to source: Int64, in database: Database) throws {
        let columns = IngestCounts.columns.split(separator: ", ")
        let sums = columns.map { "\($0) = \($0) + excluded.\($0)" }.joined(separator: ", ")
        let statement = try RawStatement(
            database,
            """
            INSERT INTO ingest_count (source, \(IngestCounts.columns))
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
            ON CONFLICT (source) DO UPDATE SET \(sums)
            """)
        statement.bind(source, at: 1)
        counts.bind(to: statement, at: 2)
        try statement.run()
    }

    /// The totals of every source, in the order of their names. They add up like the counts of one batch: a line that
    /// left the quarantine as a fact counts as accepted and no longer as quarantined.
    package func sourceCounts() throws -> [SourceCounts] {
        try read { database in
            let statement = try RawStatement(
                database,
                """
                SELECT source.name, \(IngestCounts.columns) FROM ingest_count
                JOIN source ON source.id = ingest_count.source ORDER BY source.name
                """)
            return try statement.all { SourceCounts(source: $0.text(0), counts: IngestCounts($0, at: 1)) }
        }
    }
}
