package import Domain

/// Reads sources and stores what they hold: every line ends as a fact, a duplicate, a blank, or in the quarantine.
package struct Ingest: Sendable {
    package var clock: Clock
    package var log: FactLog
    package var input: InputFiles
    package var grace: Span

    package init(clock: Clock, log: FactLog, input: InputFiles, grace: Span) {
        self.clock = clock
        self.log = log
        self.input = input
        self.grace = grace
    }

    /// What one source gave.
    package struct Summary: Equatable, Sendable {
        package var source: SourceDescription
        package var counts: IngestCounts
        package var remarks: [String]
        /// Why the rest of the source could not be read; what was committed before stays.
        package var failure: String?

        package init(source: SourceDescription, counts: IngestCounts, remarks: [String]) {
            self.source = source
            self.counts = counts
            self.remarks = remarks
        }
    }

    /// Bytes read of a source, for a progress bar.
    package struct Progress: Sendable {
        package var source: String
        package var bytesRead: Int64
        package var bytesTotal: Int64?

        package init(source: String, bytesRead: Int64, bytesTotal: Int64?) {
            self.source = source
            self.bytesRead = bytesRead
            self.bytesTotal = bytesTotal
        }
    }

    /// Reads what is new in `source`, chunk by chunk, each chunk and the new position in one transaction.
    ///
    /// That we have looked is recorded only once everything there is stored. Were it recorded with the first chunk, a
    /// process that dies then would leave lines behind that the next one takes for written since: history for late.
    /// What is appended while we read was not there when we looked, so the look is dated by its beginning.
    package func read(
        _ source: SourceDescription, asHistory: Bool, progress: (Progress) -> Void = { _ in }
    ) throws -> Summary {
        var summary = Summary(source: source, counts: IngestCounts(), remarks: [])
        let before = try log.position(source.name)
        let lookBegan = try recordingTime()
        var unfinished: SourcePosition?
        try input.read(source, before) { chunk in
            let isStream = chunk.modifiedAt == nil
            let stamping = Stamping(
                recordedAt: try recordingTime(), modifiedAt: chunk.modifiedAt,
                lookedAt: isStream ? nil : before.flatMap(Ingest.lookedAt), isHistory: asHistory, grace: grace,
                isStream: isStream)
            var batch = Ingest.batch(chunk, of: source, stamping: stamping)
            var position = chunk.position
            position.lookedAt = chunk.isEmpty ? lookBegan : before?.lookedAt ?? Ingest.notYetLooked
            batch.position = position
            unfinished = chunk.isEmpty ? nil : position
            let counts = try log.append(batch)
            precondition(counts.addsUp, "Invariant: every line of \(source.name) is accounted for")
            summary.counts += counts
            for remark in chunk.remarks where !summary.remarks.contains(remark) { summary.remarks.append(remark) }
            progress(Progress(source: source.name, bytesRead: chunk.bytesRead, bytesTotal: chunk.bytesTotal))
        }
        if var position = unfinished {
            position.lookedAt = lookBegan
            let recordedAt = try recordingTime()
            _ = try log.append(IngestBatch(source: source, facts: [], position: position, recordedAt: recordedAt))
        }
        if before != nil, !asHistory, source.isWatched, source.kind == .signals, summary.counts.unattested > 0 {
            summary.remarks.append(
                "\(summary.counts.unattested) signals were found too late to know when they were written: they count "
                    + "as history and promote nobody. Look within the grace, every minute or so")
        }
        return summary
    }

    /// The look of a position whose source was never read to its end: everything in it was there before we watched.
    private static let notYetLooked = Timestamp(milliseconds: 0)

    private static func lookedAt(_ position: SourcePosition) -> Timestamp? {
        position.lookedAt == notYetLooked ? nil : position.lookedAt
    }

    /// When a transaction that begins now records.
    package func recordingTime() throws -> Timestamp { try log.recordingTime(clock) }

    /// Sorts lines into facts with their times, quarantined lines and counts.
    package static func batch(
        _ chunk: SourceChunk, of source: SourceDescription, stamping: Stamping
    ) -> IngestBatch {
        var batch = IngestBatch(source: source, facts: [], recordedAt: stamping.recordedAt)
        batch.facts.reserveCapacity(chunk.lines.count)
        for (index, line) in chunk.lines.enumerated() {
            switch line.content {
            case .blank: batch.blankCount += 1
            case .header: batch.headerCount += 1
            case .ignored: batch.ignoredCount += 1
            case .rejected(let reason, let bytes):
                batch.quarantined.append(quarantined(line, reason, bytes, source, stamping))
            case .fact(let fact):
                switch stamping.stamp(fact) {
                case .known(let knownAt, let attestation):
                    batch.facts.append(
                        StampedFact(fact: fact, knownAt: knownAt, attestation: attestation, lineNumber: line.number))
                case .refused(let reason):
                    batch.quarantined.append(quarantined(line, reason, chunk.bytesOfLine(index), source, stamping))
                }
            }
        }
        take(chunk, of: source, stamping: stamping, into: &batch)
        return batch
    }

    /// Outcomes of numbers: stamped already, but for those that would close in the future.
    private static func take(
        _ chunk: SourceChunk, of source: SourceDescription, stamping: Stamping, into batch: inout IngestBatch
    ) {
        let outcomes = chunk.outcomes
        batch.outcomes = outcomes
        guard outcomes.series.rows.contains(where: { stamping.isTooEarly($0.closesAt) }) else { return }
        batch.outcomes = outcomes.filtered { !stamping.isTooEarly(outcomes.series.rows[$0].closesAt) }
        for index in 0..<outcomes.count {
            let fact = outcomes.fact(index)
            guard case .refused(let reason) = stamping.stamp(fact.fact) else { continue }
            let line = SourceLine(number: fact.lineNumber, content: .fact(fact.fact))
            batch.quarantined.append(quarantined(line, reason, chunk.bytesOfOutcome(index), source, stamping))
        }
        batch.quarantined.sort { $0.lineNumber < $1.lineNumber }
    }

    private static func quarantined(
        _ line: SourceLine, _ reason: String, _ bytes: [UInt8], _ source: SourceDescription, _ stamping: Stamping
    ) -> QuarantinedLine {
        QuarantinedLine(
            id: 0, source: source, lineNumber: line.number, reason: reason, bytes: bytes,
            quarantinedAt: stamping.recordedAt, isResolved: false)
    }

    /// Tries the quarantined lines again, after a mapping was mended or a bar was finished. What parses now is stored
    /// as history (when it was written is long unknown) and leaves the quarantine in the same transaction.
    package func retry(_ store: QuarantineStore) throws -> (tried: Int, resolved: Int, counts: IngestCounts) {
        let lines = try store.list(false)
        var resolved = 0
        var counts = IngestCounts()
        for line in lines {
            guard case .fact(let fact) = input.parse(line.bytes, line.source) else { continue }
            let recordedAt = try recordingTime()
            let stamping = Stamping(
                recordedAt: recordedAt, modifiedAt: nil, lookedAt: nil, isHistory: true, grace: grace)
            guard case .known(let knownAt, let attestation) = stamping.stamp(fact) else { continue }
            let stamped = StampedFact(
                fact: fact, knownAt: knownAt, attestation: attestation, lineNumber: line.lineNumber)
            let batch = IngestBatch(source: line.source, facts: [stamped], recordedAt: recordedAt)
            counts += try store.resolve([line.id], batch)
            resolved += 1
        }
        return (lines.count, resolved, counts)
    }
}
