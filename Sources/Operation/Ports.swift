package import Domain

// What the use cases need of the world: small structs of closures, made by the edges, replaced in tests.

/// The time of day, injected so that nothing else reads a clock.
package struct Clock: Sendable {
    package var now: @Sendable () -> Timestamp

    package init(now: @escaping @Sendable () -> Timestamp) { self.now = now }
}

/// The ledger's facts: appended, never changed.
package struct FactLog: Sendable {
    /// Stores a batch in one transaction: facts, quarantined lines, the source's position and its counts; drops every
    /// snapshot that a fact of the batch precedes. All or nothing. Returns what became of each fact.
    package var append: @Sendable (_ batch: IngestBatch) throws -> IngestCounts
    /// Yields all facts with `after < knownAt <= through` in ascending `knownAt`, cut into batches of bounded size
    /// (facts of one `knownAt` may be split between batches).
    package var read:
        @Sendable (_ after: Timestamp?, _ through: Timestamp, _ body: (FactBatch) throws -> Void) throws -> Void
    /// How far a source has been read; `nil` if the ledger never met it.
    package var position: @Sendable (_ source: String) throws -> SourcePosition?
    /// The latest `recordedAt` in the ledger: recorded time never runs backwards.
    package var lastRecordedAt: @Sendable () throws -> Timestamp?

    package init(
        append: @escaping @Sendable (_ batch: IngestBatch) throws -> IngestCounts,
        read: @escaping @Sendable (
            _ after: Timestamp?, _ through: Timestamp, _ body: (FactBatch) throws -> Void
        ) throws -> Void,
        position: @escaping @Sendable (_ source: String) throws -> SourcePosition?,
        lastRecordedAt: @escaping @Sendable () throws -> Timestamp?
    ) {
        self.append = append
        self.read = read
        self.position = position
        self.lastRecordedAt = lastRecordedAt
    }
}

extension FactLog {
    /// Now, never before what is recorded already: recorded time does not run backwards with the clock.
    package func recordingTime(_ clock: Clock) throws -> Timestamp {
        max(clock.now(), try lastRecordedAt() ?? Timestamp(milliseconds: 0))
    }
}

/// Lines that could not be read as facts, kept whole until somebody looks at them.
package struct QuarantineStore: Sendable {
    package var list: @Sendable (_ includesResolved: Bool) throws -> [QuarantinedLine]
    /// Marks lines as resolved, in the transaction that stores the facts they turned out to be.
    package var resolve: @Sendable (_ lines: [Int64], _ batch: IngestBatch) throws -> IngestCounts

    package init(
        list: @escaping @Sendable (_ includesResolved: Bool) throws -> [QuarantinedLine],
        resolve: @escaping @Sendable (_ lines: [Int64], _ batch: IngestBatch) throws -> IngestCounts
    ) {
        self.list = list
        self.resolve = resolve
    }
}

/// Records of runs: never evidence.
package struct RunLog: Sendable {
    package var append: @Sendable (_ record: RunRecord) throws -> Void
    /// The newest first.
    package var list: @Sendable (_ limit: Int) throws -> [RunRecord]

    package init(
        append: @escaping @Sendable (_ record: RunRecord) throws -> Void,
        list: @escaping @Sendable (_ limit: Int) throws -> [RunRecord]
    ) {
        self.append = append
        self.list = list
    }
}

/// States of the fold at past grid points; losing one costs time, nothing else.
package struct SnapshotStore: Sendable {
    package var save: @Sendable (_ snapshot: StoredSnapshot) throws -> Void
    /// The newest at or before a time, for exactly this policy schedule and method version.
    package var newest:
        @Sendable (_ atOrBefore: Timestamp, _ fingerprint: String, _ methodVersion: Int) throws -> StoredSnapshot?
    /// Deletes the snapshots at these grid points.
    package var delete: @Sendable (_ gridPoints: [Timestamp]) throws -> Void
    package var gridPoints: @Sendable () throws -> [Timestamp]

    package init(
        save: @escaping @Sendable (_ snapshot: StoredSnapshot) throws -> Void,
        newest: @escaping @Sendable (
            _ atOrBefore: Timestamp, _ fingerprint: String, _ methodVersion: Int
        ) throws -> StoredSnapshot?,
        delete: @escaping @Sendable (_ gridPoints: [Timestamp]) throws -> Void,
        gridPoints: @escaping @Sendable () throws -> [Timestamp]
    ) {
        self.save = save
        self.newest = newest
        self.delete = delete
        self.gridPoints = gridPoints
    }
}

package struct StoredSnapshot: Equatable, Sendable {
    package var gridPoint: Timestamp
    package var fingerprint: String
    package var methodVersion: Int
    package var bytes: [UInt8]

    package init(gridPoint: Timestamp, fingerprint: String, methodVersion: Int, bytes: [UInt8]) {
        self.gridPoint = gridPoint
        self.fingerprint = fingerprint
        self.methodVersion = methodVersion
        self.bytes = bytes
    }
}

/// What the ledger knows of the files we wrote: only what is committed there is ours.
package struct PublicationLog: Sendable {
    package var entry: @Sendable (_ path: String) throws -> Publication?
    /// All of them or none.
    package var save: @Sendable (_ entries: [Publication]) throws -> Void

    package init(
        entry: @escaping @Sendable (_ path: String) throws -> Publication?,
        save: @escaping @Sendable (_ entries: [Publication]) throws -> Void
    ) {
        self.entry = entry
        self.save = save
    }
}

/// An output file, as last written by us.
package struct Publication: Equatable, Sendable {
    /// Relative to the root.
    package var path: String
    package var length: Int64
    package var digest: StableHash
    /// For files that grow: how many records it holds, and through which grid point.
    package var recordCount: Int64
    package var through: Timestamp?

    package init(path: String, length: Int64, digest: StableHash, recordCount: Int64, through: Timestamp?) {
        self.path = path
        self.length = length
        self.digest = digest
        self.recordCount = recordCount
        self.through = through
    }
}

/// Files that we write, by paths relative to the root.
package struct OutputFiles: Sendable {
    /// Whole content under a temporary name, fsync, rename, fsync of the folder.
    package var replace: @Sendable (_ path: String, _ bytes: [UInt8]) throws -> Void
    /// Cuts the file to `length` (our own torn tail), appends once, fsync. Fails if the file is shorter than `length`.
    package var append: @Sendable (_ path: String, _ length: Int64, _ bytes: [UInt8]) throws -> Void
    /// `nil` if there is no such file.
    package var length: @Sendable (_ path: String) throws -> Int64?
    package var read: @Sendable (_ path: String) throws -> [UInt8]?

    package init(
        replace: @escaping @Sendable (_ path: String, _ bytes: [UInt8]) throws -> Void,
        append: @escaping @Sendable (_ path: String, _ length: Int64, _ bytes: [UInt8]) throws -> Void,
        length: @escaping @Sendable (_ path: String) throws -> Int64?,
        read: @escaping @Sendable (_ path: String) throws -> [UInt8]?
    ) {
        self.replace = replace
        self.append = append
        self.length = length
        self.read = read
    }
}

/// Files (and standard input) that we read.
package struct InputFiles: Sendable {
    /// The sources found under the root by their names, in the order of their paths.
    package var discover: @Sendable () throws -> [SourceDescription]
    /// Reads what is new in a source since `position`, chunk by chunk of complete lines. A missing file yields one
    /// empty chunk, so that the ledger remembers having looked.
    package var read:
        @Sendable (
            _ source: SourceDescription, _ position: SourcePosition?, _ body: (SourceChunk) throws -> Void
        ) throws -> Void
    /// Parses one line again, as the source would now.
    package var parse: @Sendable (_ line: [UInt8], _ source: SourceDescription) -> ParsedLine

    package init(
        discover: @escaping @Sendable () throws -> [SourceDescription],
        read: @escaping @Sendable (
            _ source: SourceDescription, _ position: SourcePosition?, _ body: (SourceChunk) throws -> Void
        ) throws -> Void,
        parse: @escaping @Sendable (_ line: [UInt8], _ source: SourceDescription) -> ParsedLine
    ) {
        self.discover = discover
        self.read = read
        self.parse = parse
    }
}
