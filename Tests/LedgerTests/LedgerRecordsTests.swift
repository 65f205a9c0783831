import Domain
import Foundation
import GRDB
import Ledger
import Operation
import Testing

struct LedgerRecordsTests {
    private func rejected(_ line: Int64, _ text: String, in source: SourceDescription = watched) -> QuarantinedLine {
        QuarantinedLine(
            id: 0, source: source, lineNumber: line, reason: "no number", bytes: Array(text.utf8),
            quarantinedAt: hour(0), isResolved: false)
    }

    private func batchOf(_ lines: [QuarantinedLine], generation: Int64 = 0) -> IngestBatch {
        var batch = IngestBatch(
            source: watched, facts: [], quarantined: lines, headerCount: 1, ignoredCount: 2, recordedAt: hour(1))
        batch.position = SourcePosition(
            name: watched.name, device: 1, inode: 1, offset: 10, lineCount: 1, headDigest: StableHash("x"),
            lookedAt: hour(1), header: "", generation: generation)
        return batch
    }

    @Test func `A rejected line is kept whole, once, and counts as a duplicate when it is read again`() throws {
        let folder = try TemporaryFolder()
        let ledger = try opened(folder)
        var source = watched
        source.mappingPath = "maps/arena.json"
        source.symbol = "BTC"
        source.barLength = .hours(1)
        let lines = [rejected(3, "{\"a\":\u{0}}", in: source), rejected(4, ""), rejected(5, "x")]
        let first = try ledger.append(batchOf(lines))
        #expect(first.quarantined == 3 && first.lines == 6 && first.addsUp)
        let again = try ledger.append(batchOf(lines + [rejected(5, "y")]))
        #expect(again.quarantined == 1 && again.duplicates == 3 && again.addsUp)
        let replaced = try ledger.append(batchOf([rejected(3, "{\"a\":\u{0}}")], generation: 1))
        #expect(replaced.quarantined == 1)

        let list = try ledger.quarantineStore.list(false)
        #expect(list.map(\.lineNumber) == [3, 4, 5, 5, 3])
        let kept = try #require(list.first)
        #expect(kept.source == source && kept.bytes == lines[0].bytes && kept.reason == "no number")
        #expect(kept.quarantinedAt == hour(1) && !kept.isResolved)
    }

    @Test func `A resolved line leaves the list together with its fact's arrival, and the totals add up`() throws {
        let folder = try TemporaryFolder()
        let ledger = try opened(folder)
        _ = try ledger.append(batchOf([rejected(3, "x"), rejected(4, "y"), rejected(5, "z")]))
        let ids = try ledger.quarantineStore.list(false).map(\.id)
        let facts = batch([try telemetry("ann", hour: 1), try telemetry("ann", hour: 1)])
        let counts = try ledger.quarantineStore.resolve(Array(ids[..<2]), facts)
        #expect(counts.accepted == 1 && counts.duplicates == 1 && counts.addsUp)
        #expect(try ledger.quarantineStore.list(false).map(\.lineNumber) == [5])
        #expect(try ledger.quarantineStore.list(true).map(\.isResolved) == [true, true, false])
        let total = try #require(try ledger.sourceCounts().first).counts
        #expect(total.quarantined == 1 && total.accepted == 1 && total.duplicates == 1)
        #expect(total.lines == 6 && total.addsUp)

        // A second time changes nothing but what the facts themselves are.
        let again = try ledger.quarantineStore.resolve(Array(ids[..<2]), batch([try telemetry("ann", hour: 1)]))
        #expect(again.duplicates == 1)
        #expect(try #require(try ledger.sourceCounts().first).counts.quarantined == 1)
    }

    @Test func `Resolving a line that is not there stores nothing`() throws {
        let folder = try TemporaryFolder()
        let ledger = try opened(folder)
        #expect(throws: LedgerError.unknownQuarantinedLine(path: folder.ledger, id: 99)) {
            _ = try ledger.quarantineStore.resolve([99], batch([try telemetry("ann", hour: 1)]))
        }
        #expect(try everything(ledger) == [])
    }

    @Test func `Runs come back whole, the newest first, as many as asked for`() throws {
        let folder = try TemporaryFolder()
        let ledger = try opened(folder)
        var counts = IngestCounts()
        counts.lines = 10
        counts.blank = 1
        counts.header = 2
        counts.ignored = 3
        counts.accepted = 4
        counts.late = 5
        counts.revised = 6
        counts.unattested = 7
        counts.duplicates = 8
        counts.quarantined = 9
        let records = (1...3).map { index in
            RunRecord(
                runID: "run-\(index)", command: "run", asOf: hour(index), startedAt: hour(index + 1),
                durationMilliseconds: 12, host: "here", programVersion: "1.0", methodVersion: 4,
                policyFingerprint: "pf", factsDigest: "fd", reportDigest: "rd", counts: counts, outcome: "done")
        }
        for record in records { try ledger.runLog.append(record) }
        #expect(try ledger.runLog.list(2) == [records[2], records[1]])
        #expect(try ledger.runLog.list(0) == [])
        #expect(throws: LedgerError.self) { try ledger.runLog.append(records[0]) }
    }

    @Test func `The newest snapshot of this policy and method is found, a damaged one passed over`() throws {
        let folder = try TemporaryFolder()
        let ledger = try opened(folder)
        let store = ledger.snapshotStore
        let bytes = (0..<10_007).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let older = StoredSnapshot(gridPoint: hour(1), fingerprint: "p", methodVersion: 1, bytes: bytes)
        var newer = older
        newer.gridPoint = hour(2)
        var otherMethod = newer
        otherMethod.methodVersion = 2
        for snapshot in [older, newer, otherMethod] { try store.save(snapshot) }
        try store.save(newer)
        #expect(try store.newest(hour(9), "p", 1) == newer)
        #expect(try store.newest(hour(1), "p", 1) == older)
        #expect(try store.newest(hour(0), "p", 1) == nil && store.newest(hour(9), "q", 1) == nil)

        let states = folder.ledger + "-snapshots/"
        let prefix = "\(hour(2).milliseconds)-"
        for place in [1, 5_000, 10_007] {
            try store.save(newer)
            // Both methods' bytes are the same: one file.
            let name = try #require(
                FileManager.default.contentsOfDirectory(atPath: states).first { $0.hasPrefix(prefix) })
            var damaged = bytes
            damaged[place - 1] ^= 1
            try Data(damaged).write(to: URL(fileURLWithPath: states + name))
            #expect(try store.newest(hour(9), "p", 1) == older)
            try Data(bytes.dropLast(place)).write(to: URL(fileURLWithPath: states + name))
            #expect(try store.newest(hour(9), "p", 1) == older)
            try FileManager.default.removeItem(atPath: states + name)
            #expect(try store.newest(hour(9), "p", 1) == older)
        }
        try store.delete([hour(1)])
        #expect(try store.gridPoints() == [hour(2)])
        #expect(try store.newest(hour(9), "p", 1) == nil)
    }

    @Test func `Bytes of snapshots that no longer count are removed by the next that is saved`() throws {
        let folder = try TemporaryFolder()
        let ledger = try opened(folder)
        let store = ledger.snapshotStore
        func files() throws -> [String] {
            try FileManager.default.contentsOfDirectory(atPath: folder.ledger + "-snapshots").sorted()
        }
        for count in 1...3 {
            let bytes = [UInt8](repeating: 7, count: count)
            try store.save(StoredSnapshot(gridPoint: hour(count), fingerprint: "p", methodVersion: 1, bytes: bytes))
        }
        #expect(try files().count == 3)
        // A late fact drops what it precedes in its own transaction, and leaves the files.
        _ = try ledger.append(batch([try telemetry("ann", hour: 2)]))
        #expect(try store.gridPoints() == [hour(1)])
        #expect(try files().count == 3)
        // What a killed program has half written.
        try Data([1]).write(to: URL(fileURLWithPath: folder.ledger + "-snapshots/writing"))
        let newest = StoredSnapshot(gridPoint: hour(4), fingerprint: "p", methodVersion: 1, bytes: [1, 2, 3])
        try store.save(newest)
        #expect(try files().count == 2)
        #expect(try store.newest(hour(9), "p", 1) == newest)
        try store.delete([hour(1), hour(4)])
        #expect(try files().isEmpty)
    }

    @Test func `What we published is remembered by its path`() throws {
        let folder = try TemporaryFolder()
        let ledger = try opened(folder)
        let log = ledger.publicationLog
        var entry = Publication(
            path: "a/b.jsonl", length: 10, digest: StableHash(high: 1, low: .max), recordCount: 3, through: nil)
        try log.save([entry])
        #expect(try log.entry("a/b.jsonl") == entry)
        entry.length = 20
        entry.through = hour(4)
        try log.save([entry])
        #expect(try log.entry("a/b.jsonl") == entry)
        #expect(try log.entry("a/c.jsonl") == nil)
    }
}
