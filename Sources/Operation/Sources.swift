package import Domain

/// What the lines of a source are.
package enum SourceKind: String, Sendable, CaseIterable {
    case signals
    case prices
    case telemetry
    case reconciled
}

/// A file or stream to read, and how.
package struct SourceDescription: Equatable, Hashable, Sendable {
    /// What it is known by in the ledger: a path relative to the root where it lies below it, else an absolute path,
    /// `-` for standard input.
    package var name: String
    /// Where to open it; `nil` for standard input.
    package var path: String?
    package var kind: SourceKind
    /// The name of the mapping file its lines are read through; `nil` for the drop-in field names.
    package var mappingPath: String?
    /// For prices whose lines name none.
    package var symbol: String?
    package var barLength: Span?
    /// Whether it will grow: tailed by offset. A file given to `ingest` by hand is read once.
    package var isWatched: Bool

    package init(
        name: String, path: String?, kind: SourceKind, mappingPath: String? = nil, symbol: String? = nil,
        barLength: Span? = nil, isWatched: Bool
    ) {
        self.name = name
        self.path = path
        self.kind = kind
        self.mappingPath = mappingPath
        self.symbol = symbol
        self.barLength = barLength
        self.isWatched = isWatched
    }
}

/// How far a source has been read, and how to recognize it again.
package struct SourcePosition: Equatable, Sendable {
    package var name: String
    package var device: UInt64
    package var inode: UInt64
    /// Bytes committed: the end of the last complete line taken.
    package var offset: Int64
    /// Lines committed since the file began.
    package var lineCount: Int64
    /// Digest of the first `min(offset, 4096)` bytes: another file in the same place is another file.
    package var headDigest: StableHash
    /// When we last looked, whether or not anything was new.
    package var lookedAt: Timestamp
    /// CSV: the header line, so that a tail can be read without its head. Empty for none.
    package var header: String
    /// How often the file was replaced or cut since the ledger met it.
    package var generation: Int64

    package init(
        name: String, device: UInt64, inode: UInt64, offset: Int64, lineCount: Int64, headDigest: StableHash,
        lookedAt: Timestamp, header: String, generation: Int64
    ) {
        self.name = name
        self.device = device
        self.inode = inode
        self.offset = offset
        self.lineCount = lineCount
        self.headDigest = headDigest
        self.lookedAt = lookedAt
        self.header = header
        self.generation = generation
    }
}

/// Some complete lines of a source.
package struct SourceChunk: Sendable {
    package var lines: [SourceLine]
    /// Lines that hold an imported outcome, where they do not stand among `lines`.
    package var outcomes = OutcomeLines()
    /// Where the source stands once these lines are committed; `lookedAt` is filled in by the use case.
    package var position: SourcePosition
    /// The file's own time of last modification; `nil` for a stream or a missing file.
    package var modifiedAt: Timestamp?
    /// What a user should know: `rotated`, `cut`, `last line incomplete, left for later`.
    package var remarks: [String]
    /// For progress: bytes read so far and in all (compressed size where compressed), where known.
    package var bytesRead: Int64
    package var bytesTotal: Int64?
    /// The bytes of a line of this chunk (the first 64 KiB of a longer one), by its place in `lines`: for the
    /// quarantine.
    package var bytesOfLine: @Sendable (Int) -> [UInt8]
    /// The same of a line of `outcomes`.
    package var bytesOfOutcome: @Sendable (Int) -> [UInt8] = { _ in [] }

    package var isEmpty: Bool { lines.isEmpty && outcomes.isEmpty }

    package init(
        lines: [SourceLine], position: SourcePosition, modifiedAt: Timestamp?, remarks: [String], bytesRead: Int64,
        bytesTotal: Int64?, bytesOfLine: @escaping @Sendable (Int) -> [UInt8] = { _ in [] }
    ) {
        self.bytesOfLine = bytesOfLine
        self.lines = lines
        self.position = position
        self.modifiedAt = modifiedAt
        self.remarks = remarks
        self.bytesRead = bytesRead
        self.bytesTotal = bytesTotal
    }
}

package struct SourceLine: Sendable {
    /// From 1, in the file as a person would count.
    package var number: Int64
    package var content: ParsedLine

    package init(number: Int64, content: ParsedLine) {
        self.number = number
        self.content = content
    }
}

package enum ParsedLine: Sendable {
    case blank
    case header
    /// A line that the mapping says carries no fact (`hold`).
    case ignored
    case fact(IncomingFact)
    /// Why, and the line's bytes (the first 64 KiB of a longer one).
    case rejected(reason: String, bytes: [UInt8])
}

/// A fact as read, before it is known when it was written.
package enum IncomingFact: Sendable {
    /// `recordedAt`: what the line itself claims (`recorded_at`); kept as a claim, never believed.
    case signal(Signal)
    case bar(Symbol, Bar)
    case telemetry(TelemetryRecord)
    case outcome(ImportedOutcome)
    case decision(HumanDecision)
    case rename(AgentRename)
    case policyChange(PolicyChange)
    case barWithdrawal(BarWithdrawal)

    /// What the fact is about.
    package var eventAt: Timestamp {
        switch self {
        case .signal(let signal): signal.generatedAt
        case .bar(_, let bar): bar.closeAt
        case .telemetry(let record): record.at
        case .outcome(let outcome): outcome.closesAt
        case .decision(let decision): decision.at
        case .rename(let rename): rename.at
        case .policyChange(let change): change.at
        case .barWithdrawal(let withdrawal): withdrawal.at
        }
    }

    package var identity: FactIdentity {
        switch self {
        case .signal(let signal): signal.identity
        case .bar(let symbol, let bar): bar.identity(of: symbol)
        case .telemetry(let record): record.identity
        case .outcome(let outcome): outcome.identity
        case .decision(let decision): decision.identity
        case .rename(let rename): rename.identity
        case .policyChange(let change): change.identity
        case .barWithdrawal(let withdrawal): withdrawal.identity
        }
    }
}

/// A fact with the moment it became known, ready to be stored.
package struct StampedFact: Sendable {
    package var fact: IncomingFact
    package var knownAt: Timestamp
    package var attestation: Attestation
    /// 0 for a fact that came from no line.
    package var lineNumber: Int64

    package init(fact: IncomingFact, knownAt: Timestamp, attestation: Attestation, lineNumber: Int64) {
        self.fact = fact
        self.knownAt = knownAt
        self.attestation = attestation
        self.lineNumber = lineNumber
    }
}

package struct QuarantinedLine: Equatable, Sendable {
    /// 0 until stored.
    package var id: Int64
    package var source: SourceDescription
    package var lineNumber: Int64
    package var reason: String
    package var bytes: [UInt8]
    package var quarantinedAt: Timestamp
    package var isResolved: Bool

    package init(
        id: Int64, source: SourceDescription, lineNumber: Int64, reason: String, bytes: [UInt8],
        quarantinedAt: Timestamp, isResolved: Bool
    ) {
        self.id = id
        self.source = source
        self.lineNumber = lineNumber
        self.reason = reason
        self.bytes = bytes
        self.quarantinedAt = quarantinedAt
        self.isResolved = isResolved
    }
}

/// What one transaction stores.
package struct IngestBatch: Sendable {
    /// `nil` for facts that come from a command, not from a source.
    package var source: SourceDescription?
    package var facts: [StampedFact]
    /// More facts, in the form in which they come by the million.
    package var outcomes = OutcomeLines()
    package var quarantined: [QuarantinedLine]
    package var blankCount: Int
    package var headerCount: Int
    package var ignoredCount: Int
    package var position: SourcePosition?
    package var recordedAt: Timestamp

    package init(
        source: SourceDescription?, facts: [StampedFact], quarantined: [QuarantinedLine] = [], blankCount: Int = 0,
        headerCount: Int = 0, ignoredCount: Int = 0, position: SourcePosition? = nil, recordedAt: Timestamp
    ) {
        self.source = source
        self.facts = facts
        self.quarantined = quarantined
        self.blankCount = blankCount
        self.headerCount = headerCount
        self.ignoredCount = ignoredCount
        self.position = position
        self.recordedAt = recordedAt
    }
}

/// What became of the lines of a source: lines = blank + header + ignored + accepted + duplicates + quarantined,
/// always.
package struct IngestCounts: Equatable, Sendable {
    package var lines = 0
    package var blank = 0
    package var header = 0
    /// Lines that the mapping says carry no fact.
    package var ignored = 0
    package var accepted = 0
    /// Of the accepted: appended later than their own time plus the grace.
    package var late = 0
    /// Of the accepted: another version of a fact already there.
    package var revised = 0
    /// Of the accepted: history, not seen as it was written.
    package var unattested = 0
    package var duplicates = 0
    package var quarantined = 0

    package init() {}

    package var addsUp: Bool { lines == blank + header + ignored + accepted + duplicates + quarantined }

    package static func += (total: inout IngestCounts, more: IngestCounts) {
        total.lines += more.lines
        total.blank += more.blank
        total.header += more.header
        total.ignored += more.ignored
        total.accepted += more.accepted
        total.late += more.late
        total.revised += more.revised
        total.unattested += more.unattested
        total.duplicates += more.duplicates
        total.quarantined += more.quarantined
    }
}

/// The record of a run: what was done, when, where, by which program.
package struct RunRecord: Equatable, Sendable {
    package var runID: String
    package var command: String
    package var asOf: Timestamp
    package var startedAt: Timestamp
    package var durationMilliseconds: Int64
    package var host: String
    package var programVersion: String
    package var methodVersion: Int
    package var policyFingerprint: String
    package var factsDigest: String
    package var reportDigest: String
    package var counts: IngestCounts
    /// `done`, or what went wrong.
    package var outcome: String

    package init(
        runID: String, command: String, asOf: Timestamp, startedAt: Timestamp, durationMilliseconds: Int64,
        host: String, programVersion: String, methodVersion: Int, policyFingerprint: String, factsDigest: String,
        reportDigest: String, counts: IngestCounts, outcome: String
    ) {
        self.runID = runID
        self.command = command
        self.asOf = asOf
        self.startedAt = startedAt
        self.durationMilliseconds = durationMilliseconds
        self.host = host
        self.programVersion = programVersion
        self.methodVersion = methodVersion
        self.policyFingerprint = policyFingerprint
        self.factsDigest = factsDigest
        self.reportDigest = reportDigest
        self.counts = counts
        self.outcome = outcome
    }
}
