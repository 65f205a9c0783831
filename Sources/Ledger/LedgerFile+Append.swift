package import Domain
import GRDB
package import Operation

extension LedgerFile {
    /// Stores a batch in one transaction, see `FactLog.append`.
    package func append(_ batch: IngestBatch) throws -> IngestCounts {
        try write { try append(batch, in: $0) }
    }

    /// The part of a transaction that stores a batch.
    func append(_ batch: IngestBatch, in database: Database) throws -> IngestCounts {
        let recordedAt = try advanceRecordedTime(to: batch.recordedAt, in: database)
        var counts = IngestCounts()
        counts.blank = batch.blankCount
        counts.header = batch.headerCount
        counts.ignored = batch.ignoredCount
        let source = try batch.source.map { try NameTable(database, table: "source").number(of: $0.name) }
        if !batch.facts.isEmpty || !batch.outcomes.isEmpty {
            try store(batch, source: source, recordedAt: recordedAt, counts: &counts, in: database)
        }
        let generation = batch.position?.generation ?? 0
        try quarantine(batch.quarantined, generation: generation, at: recordedAt, counts: &counts, in: database)
        counts.lines =
            counts.blank + counts.header + counts.ignored + counts.accepted + counts.duplicates + counts.quarantined
        if let position = batch.position { try save(position, in: database) }
        if let source { try add(counts, to: source, in: database) }
        return counts
    }

    private func store(
        _ batch: IngestBatch, source: Int64?, recordedAt: Timestamp, counts: inout IngestCounts, in database: Database
    ) throws {
        let number = try nextBatchNumber(database)
        let record = try RawStatement(
            database, "INSERT INTO ingest_batch (id, recordedAt, source) VALUES (?1, ?2, ?3)")
        record.bind(number, at: 1)
        record.bind(recordedAt, at: 2)
        record.bind(source, at: 3)
        try record.run()

        let writer = try FactWriter(database, batch: number)
        var tally = StorageTally()
        if batch.facts.isEmpty {
            let outcomes = try OutcomeWriter(database, batch.outcomes, batch: number, names: writer)
            try store(batch, outcomes, writer, &tally)
        } else {
            try store(batch, facts: batch.everyFact, recordedAt: recordedAt, writer, &tally)
        }
        try writer.finish()
        if let earliest = tally.earliest { try dropSnapshots(from: earliest, in: database) }
        counts += tally.counts
    }

    private func store(
        _ batch: IngestBatch, facts: [StampedFact], recordedAt: Timestamp, _ writer: FactWriter,
        _ tally: inout StorageTally
    ) throws {
        func known(_ index: Int) -> Timestamp {
            knownAt(
                facts[index].knownAt, facts[index].attestation, claimedAt: batch.recordedAt, recordedAt: recordedAt)
        }
        let order = orderOfStorage(facts)
        for start in stride(from: 0, to: order.count, by: FactWriter.groupCount) {
            let group = order[start..<min(start + FactWriter.groupCount, order.count)]
            let isStored = try writer.storeTogether(facts, group, knownAt: known)
            for index in group {
                let storedAs =
                    isStored ? StoredAs.new : try storeAlone(facts[index], knownAt: known(index), writer, of: batch)
                tally.count(storedAs, facts[index].attestation, knownAt: known(index))
            }
        }
    }

    /// Outcomes by number. They are history: known when they close, whenever that is recorded.
    private func store(
        _ batch: IngestBatch, _ outcomes: OutcomeWriter, _ writer: FactWriter, _ tally: inout StorageTally
    ) throws {
        let order = outcomes.orderOfStorage()
        for start in stride(from: 0, to: order.count, by: FactWriter.groupCount) {
            let group = order[start..<min(start + FactWriter.groupCount, order.count)]
            let isStored = try outcomes.storeTogether(group, writer)
            for index in group {
                let place = Int(index)
                let (knownAt, attestation) = outcomes.stamp(place)
                let storedAs =
                    isStored
                    ? StoredAs.new
                    : try storeAlone(batch.outcomes.fact(place), knownAt: knownAt, writer, of: batch)
                tally.count(storedAs, attestation, knownAt: knownAt)
            }
        }
    }

    private func storeAlone(
        _ fact: StampedFact, knownAt: Timestamp, _ writer: FactWriter, of batch: IngestBatch
    ) throws -> StoredAs {
        do {
            return try writer.store(fact, knownAt: knownAt)
        } catch let error as DatabaseError where error.resultCode == .SQLITE_CONSTRAINT {
            throw LedgerError.refusedFact(
                path: path, source: batch.source?.name ?? "a command", lineNumber: fact.lineNumber,
                detail: "\(fact.fact.identity.kind.noun): \(error.message ?? "constraint")")
        }
    }

    /// Facts are stored by when they became known, attested ones first, so that of two copies within a batch the same
    /// one stays whatever the order of the lines.
    private func orderOfStorage(_ facts: [StampedFact]) -> [Int] {
        // Fields are compared where they lie: handing facts to a closure would copy them, texts and all.
        func precedes(_ left: Int, _ right: Int) -> Bool {
            let (leftKnownAt, rightKnownAt) = (facts[left].knownAt, facts[right].knownAt)
            if leftKnownAt != rightKnownAt { return leftKnownAt < rightKnownAt }
            return facts[left].attestation.rawValue < facts[right].attestation.rawValue
        }
        let isSorted = !facts.indices.dropFirst().contains { precedes($0, $0 - 1) }
        guard !isSorted else { return Array(facts.indices) }
        return facts.indices.sorted { precedes($0, $1) || (!precedes($1, $0) && $0 < $1) }
    }

    /// `knownAt` is no earlier than the moment of recording, but for history. Where another program's transaction came
    /// between the reading of the clock and ours, or the clock was set back, that moment is later than claimed.
    private func knownAt(
        _ stampedAt: Timestamp, _ attestation: Attestation, claimedAt: Timestamp, recordedAt: Timestamp
    ) -> Timestamp {
        guard recordedAt > claimedAt else { return stampedAt }
        switch attestation {
        case .unattested: return stampedAt
        case .attested, .late: return max(stampedAt, recordedAt)
        }
    }

    private func nextBatchNumber(_ database: Database) throws -> Int64 {
        let statement = try RawStatement(database, "SELECT ifnull(max(id), 0) + 1 FROM ingest_batch")
        return try statement.first { $0.integer(0) } ?? 1
    }

    /// Recorded time never runs backwards: the later of the last one and `time`.
    func advanceRecordedTime(to time: Timestamp, in database: Database) throws -> Timestamp {
        let statement = try RawStatement(
            database,
            """
            INSERT INTO recorded_time (id, at) VALUES (1, ?1)
            ON CONFLICT (id) DO UPDATE SET at = max(at, excluded.at) RETURNING at
            """)
        statement.bind(time, at: 1)
        var recordedAt = time
        while try statement.next() { recordedAt = statement.time(0) }
        return recordedAt
    }

    package func lastRecordedAt() throws -> Timestamp? {
        try read { try RawStatement($0, "SELECT at FROM recorded_time").first { $0.time(0) } }
    }

    private func save(_ position: SourcePosition, in database: Database) throws {
        let statement = try RawStatement(
            database,
            """
            INSERT INTO source_position
                (name, device, inode, offset, lineCount, headDigest, lookedAt, header, generation)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
            ON CONFLICT (name) DO UPDATE SET device = ?2, inode = ?3, offset = ?4, lineCount = ?5, headDigest = ?6,
                lookedAt = ?7, header = ?8, generation = ?9
            """)
        statement.bind(position.name, at: 1)
        statement.bind(Int64(bitPattern: position.device), at: 2)
        statement.bind(Int64(bitPattern: position.inode), at: 3)
        statement.bind(position.offset, at: 4)
        statement.bind(position.lineCount, at: 5)
        statement.bind(position.headDigest.description, at: 6)
        statement.bind(position.lookedAt, at: 7)
        statement.bind(position.header, at: 8)
        statement.bind(position.generation, at: 9)
        try statement.run()
    }

    package func position(of source: String) throws -> SourcePosition? {
        try read { database in
            let statement = try RawStatement(database, LedgerFile.positionColumns + " WHERE name = ?1")
            statement.bind(source, at: 1)
            return try statement.first(decodePosition)
        }
    }

    /// Every source the ledger has met, in the order of their names.
    package func positions() throws -> [SourcePosition] {
        try read { try RawStatement($0, LedgerFile.positionColumns + " ORDER BY name").all(decodePosition) }
    }

    private static let positionColumns = """
        SELECT name, device, inode, offset, lineCount, headDigest, lookedAt, header, generation FROM source_position
        """

    private func decodePosition(_ row: RawStatement) throws -> SourcePosition {
        SourcePosition(
            name: row.text(0), device: UInt64(bitPattern: row.integer(1)), inode: UInt64(bitPattern: row.integer(2)),
            offset: row.integer(3), lineCount: row.integer(4), headDigest: try digest(row.text(5)),
            lookedAt: row.time(6), header: row.text(7), generation: row.integer(8))
    }

    /// A digest from its 32 hexadecimal digits.
    func digest(_ text: String) throws -> StableHash {
        guard text.utf8.count == 32, let high = UInt64(text.prefix(16), radix: 16),
            let low = UInt64(text.suffix(16), radix: 16)
        else { throw LedgerError.corrupt(path: path, detail: "\(text) is no digest") }
        return StableHash(high: high, low: low)
    }
}

/// What became of the facts of a batch.
private struct StorageTally {
    var counts = IngestCounts()
    var earliest: Timestamp?

    mutating func count(_ storedAs: StoredAs, _ attestation: Attestation, knownAt: Timestamp) {
        switch storedAs {
        case .duplicate:
            counts.duplicates += 1
            return
        case .revision: counts.revised += 1
        case .new: break
        }
        counts.accepted += 1
        switch attestation {
        case .attested: break
        case .unattested: counts.unattested += 1
        case .late: counts.late += 1
        }
        if earliest.map({ knownAt < $0 }) ?? true { earliest = knownAt }
    }
}
