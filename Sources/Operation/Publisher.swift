package import Domain
package import Reporting
package import Supervision

/// Writes the files that leave the program: projections of the ledger, never its source.
///
/// A file that somebody else wrote is not touched before it is adopted; until then ours goes beside it, under
/// `.meta-supervisor/out/`. A file of ours that somebody changed is set aside before it is replaced.
package struct Publisher: Sendable {
    package var files: OutputFiles
    package var log: PublicationLog

    package init(files: OutputFiles, log: PublicationLog) {
        self.files = files
        self.log = log
    }

    package static let shadow = ".meta-supervisor/out/"
    package static let displaced = ".meta-supervisor/displaced/"

    /// Where the file of this path goes: its own place if nobody else's file is there.
    package func place(of path: String) throws -> String {
        if try log.entry(path) != nil { return path }
        return try files.length(path) == nil ? path : Publisher.shadow + path
    }

    /// Replaces whole files. What did not change since we wrote it is left alone.
    package func replace(_ documents: [Document]) throws -> [String] {
        var claims: [Publication] = []
        var changed: [Document] = []
        for document in documents {
            let place = try place(of: document.path)
            let entry = try log.entry(place)
            let present = try files.read(place)
            if entry != nil, present == document.bytes { continue }
            if let entry, let present, present != document.bytes, !Publisher.isOurs(present, entry) {
                try files.replace(Publisher.displaced + place, present)
            }
            let digest = WordDigest.of(document.bytes[...])
            claims.append(
                Publication(
                    path: place, length: Int64(document.bytes.count), digest: digest, recordCount: 0, through: nil))
            changed.append(Document(path: place, bytes: document.bytes))
        }
        // Claimed first, and all at once, for each claim waits for the disk: killed in between, the next run still
        // knows the files for ours.
        if !claims.isEmpty { try log.save(claims) }
        for document in changed { try files.replace(document.path, document.bytes) }
        return changed.map(\.path)
    }

    /// Whether a whole file is as we left it. Earlier releases noted the digest that goes byte by byte.
    private static func isOurs(_ present: [UInt8], _ entry: Publication) -> Bool {
        WordDigest.of(present[...]) == entry.digest || StableHash(present) == entry.digest
    }

    /// Keeps a copy of what is in a growing file of ours beyond what we committed there: somebody's lines, or what we
    /// had half written when we died. All of it where the file is shorter than we left it: somebody cut it.
    ///
    /// Returns whether everything we committed is still there.
    func setAside(_ place: String, committed: Int64) throws -> Bool {
        let length = try files.length(place) ?? 0
        if length != committed, length > 0, let present = try files.read(place) {
            let kept = length > committed ? present.dropFirst(Int(committed)) : present[...]
            try files.replace(Publisher.displaced + place, Array(kept))
        }
        return length >= committed
    }

    /// Appends the line of a decision that is newer than the last one written. What was decided stays as it was
    /// written, whatever is learned later. A file that somebody cut or removed begins anew: what it said is in no other
    /// place, and a supervisor that stops for it would help nobody.
    package func appendAllocation(_ report: Report) throws {
        guard let decidedAt = report.decidedAt, let line = DropIn.allocationHistoryLine(report) else { return }
        let place = try place(of: DocumentPath.allocationHistory)
        let entry = try log.entry(place)
        if let through = entry?.through, through >= decidedAt { return }
        var length = entry?.length ?? 0
        if entry == nil { try log.save([.empty(place)]) }
        if try !setAside(place, committed: length) { length = 0 }
        try files.append(place, length, line)
        try log.save([
            Publication(
                path: place, length: length + Int64(line.count), digest: StableHash(line),
                recordCount: (entry?.recordCount ?? 0) + 1, through: decidedAt)
        ])
    }
}

extension Publication {
    /// A file that is ours and holds nothing yet.
    static func empty(_ path: String) -> Publication {
        Publication(path: path, length: 0, digest: StableHash(high: 0, low: 0), recordCount: 0, through: nil)
    }
}

/// Keeps `alpha/reconciled.jsonl` equal to the outcomes of the fold.
///
/// Outcomes are numbered and chained: what was published is recognized by its number and chain, so that going on from a
/// snapshot appends only what is new, and a history that changed (older facts came in) is told at once.
package struct OutcomePublisher {
    /// The published outcomes are not those of the fold any more: the file has to be written anew, from the first one.
    package struct HistoryChanged: Error {}

    private let publisher: Publisher
    private let place: String
    private var published: Publication?
    /// Outcomes seen so far, published ones included.
    private var seenCount: Int
    private var length: Int64
    private var pending: [UInt8] = []
    private var chain: OutcomeChain

    static let flushBytes = 4 << 20

    /// - Parameters:
    ///   - chain: of the fold that is about to run.
    ///   - rewrites: begins the file anew.
    package init(_ publisher: Publisher, startingAt chain: OutcomeChain, rewrites: Bool) throws {
        self.publisher = publisher
        place = try publisher.place(of: DocumentPath.reconciled)
        published = rewrites ? nil : try publisher.log.entry(place)
        seenCount = chain.count
        self.chain = chain
        length = published?.length ?? 0
        guard let published else {
            guard chain.count == 0 else { throw HistoryChanged() }
            if rewrites, let entry = try publisher.log.entry(place) {
                _ = try publisher.setAside(place, committed: entry.length)
            }
            try publisher.log.save([.empty(place)])
            try publisher.files.replace(place, [])
            return
        }
        // Somebody else's lines behind ours are kept aside before our torn tail is cut.
        guard try publisher.setAside(place, committed: published.length) else { throw HistoryChanged() }
        // Claimed, and then we died before it was made.
        if published.length == 0, try publisher.files.length(place) == nil { try publisher.files.replace(place, []) }
        if chain.count > Int(published.recordCount) { throw HistoryChanged() }
        if chain.count == Int(published.recordCount), chain.hash != published.digest { throw HistoryChanged() }
    }

    package mutating func take(_ outcomes: [Outcome], chain after: OutcomeChain) throws {
        let alreadyPublished = Int(published?.recordCount ?? 0)
        var fresh = outcomes[...]
        if seenCount < alreadyPublished {
            for outcome in outcomes {
                guard seenCount < alreadyPublished else { break }
                chain.append(outcome)
                seenCount += 1
                fresh = fresh.dropFirst()
            }
            if seenCount == alreadyPublished, let published, chain.hash != published.digest { throw HistoryChanged() }
        }
        guard !fresh.isEmpty else { return }
        seenCount += fresh.count
        chain = after
        pending += DropIn.reconciledLines(Array(fresh))
        if pending.count >= OutcomePublisher.flushBytes { try flush() }
    }

    private mutating func flush() throws {
        try publisher.files.append(place, length, pending)
        length += Int64(pending.count)
        pending = []
    }

    /// Writes what is left and commits the file's length; returns how many outcomes are new.
    package mutating func finish(through position: Timestamp?) throws -> Int {
        let before = Int(published?.recordCount ?? 0)
        guard seenCount >= before else { throw HistoryChanged() }
        if published != nil, pending.isEmpty, seenCount == before { return 0 }
        if !pending.isEmpty { try flush() }
        try publisher.log.save([
            Publication(
                path: place, length: length, digest: chain.hash, recordCount: Int64(seenCount), through: position)
        ])
        return seenCount - before
    }
}

extension Publisher {
    package static let adopted = ".meta-supervisor/adopted/"

    /// Takes over a file that another program wrote: a copy is kept, and from now on the place is ours. Lines of a file
    /// that grows stay in front of ours, except outcomes, which are written anew from the first. `false` if there is
    /// nothing to adopt.
    package func adopt(_ path: String) throws -> Bool {
        guard try log.entry(path) == nil, let present = try files.read(path) else { return false }
        try files.replace(Publisher.adopted + path, present)
        var entry = Publication.empty(path)
        if path == DocumentPath.allocationHistory { entry.length = Int64(present.count) }
        if path != DocumentPath.allocationHistory, path != DocumentPath.reconciled {
            entry.digest = WordDigest.of(present[...])
            entry.length = Int64(present.count)
        }
        try log.save([entry])
        return true
    }
}
