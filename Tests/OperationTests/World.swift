import Domain
import Operation
import Synchronization

/// Thrown by a port that a test lets fail.
struct Interruption: Error {}

/// The world in memory: a ledger, files and sources behind the ports, with every call on record.
final class World: Sendable {
    struct State {
        var now = Timestamp(seconds: 1_735_732_800)
        var lastRecordedAt: Timestamp?
        var facts: [StampedFact] = []
        var positions: [String: SourcePosition] = [:]
        var quarantine: [QuarantinedLine] = []
        var snapshots: [SnapshotKey: StoredSnapshot] = [:]
        var publications: [String: Publication] = [:]
        var files: [String: [UInt8]] = [:]
        /// The lines of each source, and when its file was last modified (`nil`: a stream).
        var sources: [String: [ParsedLine]] = [:]
        var modifiedAt: Timestamp?
        /// Facts to a batch when reading, lines to a chunk.
        var batchSize = 7
        var chunkSize = 2
        /// Calls of `append` that still succeed; `nil` for all.
        var appendsLeft: Int?
        var writtenPaths: [String] = []
    }

    private let mutex = Mutex(State())

    func with<Value: Sendable>(_ body: (inout State) throws -> Value) rethrows -> Value {
        try mutex.withLock { state in try body(&state) }
    }

    var clock: Clock { Clock { self.with { $0.now } } }

    // MARK: Facts

    var log: FactLog {
        FactLog(
            append: { batch in try self.append(batch) },
            read: { after, through, body in
                for batch in self.batches(after: after, through: through) { try body(batch) }
            },
            position: { source in self.with { $0.positions[source] } },
            lastRecordedAt: { self.with { $0.lastRecordedAt } })
    }

    private func append(_ batch: IngestBatch) throws -> IngestCounts {
        try with { state in
            if let left = state.appendsLeft {
                guard left > 0 else { throw Interruption() }
                state.appendsLeft = left - 1
            }
            state.lastRecordedAt = max(state.lastRecordedAt ?? batch.recordedAt, batch.recordedAt)
            var counts = IngestCounts()
            counts.blank = batch.blankCount
            counts.header = batch.headerCount
            counts.ignored = batch.ignoredCount
            counts.quarantined = batch.quarantined.count
            for fact in batch.everyFact {
                let identity = fact.fact.identity
                if state.facts.contains(where: { $0.fact.identity == identity }) {
                    counts.duplicates += 1
                    continue
                }
                counts.accepted += 1
                if fact.attestation == .late { counts.late += 1 }
                if fact.attestation == .unattested { counts.unattested += 1 }
                state.facts.append(fact)
                state.snapshots = state.snapshots.filter { $0.key.gridPoint < fact.knownAt }
            }
            for line in batch.quarantined {
                var line = line
                line.id = Int64(state.quarantine.count + 1)
                state.quarantine.append(line)
            }
            if let position = batch.position { state.positions[position.name] = position }
            counts.lines =
                counts.blank + counts.header + counts.ignored + counts.accepted + counts.duplicates
                + counts.quarantined
            return counts
        }
    }

    private func batches(after: Timestamp?, through: Timestamp) -> [FactBatch] {
        let (facts, size) = with { ($0.facts, $0.batchSize) }
        let wanted = facts.filter { fact in (after.map { fact.knownAt > $0 } ?? true) && fact.knownAt <= through }
            .sorted { $0.knownAt < $1.knownAt }
        return stride(from: 0, to: wanted.count, by: size).map { first in
            World.batch(Array(wanted[first..<min(first + size, wanted.count)]))
        }
    }

    static func batch(_ facts: [StampedFact]) -> FactBatch {
        var batch = FactBatch()
        for fact in facts {
            switch fact.fact {
            case .signal(let signal):
                batch.signals.append(Dated(signal, knownAt: fact.knownAt, attestation: fact.attestation))
            case .bar(let symbol, let bar):
                batch.bars.append(
                    BarSeries(
                        symbol: symbol, bars: [Dated(bar, knownAt: fact.knownAt, attestation: fact.attestation)]))
            case .telemetry(let record):
                batch.telemetry.append(Dated(record, knownAt: fact.knownAt, attestation: fact.attestation))
            case .outcome(let outcome):
                batch.outcomes.append(Dated(outcome, knownAt: fact.knownAt, attestation: fact.attestation))
            case .decision(let decision):
                batch.decisions.append(Dated(decision, knownAt: fact.knownAt, attestation: fact.attestation))
            case .rename(let rename):
                batch.renames.append(Dated(rename, knownAt: fact.knownAt, attestation: fact.attestation))
            case .policyChange(let change):
                batch.policyChanges.append(Dated(change, knownAt: fact.knownAt, attestation: fact.attestation))
            case .barWithdrawal(let withdrawal):
                batch.barWithdrawals.append(Dated(withdrawal, knownAt: fact.knownAt, attestation: fact.attestation))
            }
        }
        return batch
    }

    // MARK: Quarantine

    var quarantine: QuarantineStore {
        QuarantineStore(
            list: { includesResolved in
                self.with { state in state.quarantine.filter { includesResolved || !$0.isResolved } }
            },
            resolve: { lines, batch in
                let counts = try self.append(batch)
                self.with { state in
                    for index in state.quarantine.indices where lines.contains(state.quarantine[index].id) {
                        state.quarantine[index].isResolved = true
                    }
                }
                return counts
            })
    }

    // MARK: Snapshots, publications, files

    var snapshots: SnapshotStore {
        SnapshotStore(
            save: { snapshot in self.with { $0.snapshots[SnapshotKey(snapshot)] = snapshot } },
            newest: { time, fingerprint, version in
                self.with { state in
                    state.snapshots.values
                        .filter {
                            $0.gridPoint <= time && $0.fingerprint == fingerprint && $0.methodVersion == version
                        }
                        .max { $0.gridPoint < $1.gridPoint }
                }
            },
            delete: { points in
                self.with { state in state.snapshots = state.snapshots.filter { !points.contains($0.key.gridPoint) } }
            },
            gridPoints: { self.with { Set($0.snapshots.keys.map(\.gridPoint)).sorted() } })
    }

    var publications: PublicationLog {
        PublicationLog(
            entry: { path in self.with { $0.publications[path] } },
            save: { entries in self.with { for entry in entries { $0.publications[entry.path] = entry } } })
    }

    var outputs: OutputFiles {
        OutputFiles(
            replace: { path, bytes in
                self.with { state in
                    state.files[path] = bytes
                    state.writtenPaths.append(path)
                }
            },
            append: { path, length, bytes in
                try self.with { state in
                    let present = state.files[path] ?? []
                    guard present.count >= Int(length) else { throw Interruption() }
                    state.files[path] = present.prefix(Int(length)) + bytes
                    state.writtenPaths.append(path)
                }
            },
            length: { path in self.with { $0.files[path].map { Int64($0.count) } } },
            read: { path in self.with { $0.files[path] } })
    }

    func text(_ path: String) -> String? { with { $0.files[path].map { String(decoding: $0, as: UTF8.self) } } }

    // MARK: Sources

    /// Lines whose facts come from `parse` are their number as text.
    var input: InputFiles {
        InputFiles(
            discover: { [] },
            read: { source, position, body in
                let (lines, modifiedAt, size) = self.with {
                    ($0.sources[source.name] ?? [], $0.modifiedAt, $0.chunkSize)
                }
                var offset = modifiedAt == nil ? 0 : Int(position?.offset ?? 0)
                repeat {
                    let end = min(offset + size, lines.count)
                    let numbered = (offset..<end).map { SourceLine(number: Int64($0 + 1), content: lines[$0]) }
                    let first = offset
                    offset = end
                    try body(
                        SourceChunk(
                            lines: numbered, position: World.position(source.name, offset: end),
                            modifiedAt: modifiedAt, remarks: [], bytesRead: Int64(end),
                            bytesTotal: Int64(lines.count), bytesOfLine: { Array("\(first + $0 + 1)".utf8) }))
                } while offset < lines.count
            },
            parse: { bytes, source in
                let lines = self.with { $0.sources[source.name] ?? [] }
                let number = Int(String(decoding: bytes, as: UTF8.self)) ?? 0
                guard number >= 1, number <= lines.count else { return .rejected(reason: "no such line", bytes: bytes) }
                return lines[number - 1]
            })
    }

    private static func position(_ name: String, offset: Int) -> SourcePosition {
        SourcePosition(
            name: name, device: 1, inode: 1, offset: Int64(offset), lineCount: Int64(offset),
            headDigest: StableHash(), lookedAt: Timestamp(milliseconds: 0), header: "", generation: 0)
    }

    func store(_ facts: [IncomingFact]) {
        with { state in
            state.facts += facts.map {
                StampedFact(fact: $0, knownAt: $0.eventAt, attestation: .unattested, lineNumber: 0)
            }
        }
    }
}

/// A state and what was decided on it stand at one grid point under two names.
struct SnapshotKey: Hashable {
    var gridPoint: Timestamp
    var fingerprint: String

    init(_ snapshot: StoredSnapshot) {
        gridPoint = snapshot.gridPoint
        fingerprint = snapshot.fingerprint
    }
}
