import Domain
import Ledger
import Operation
import Testing

struct FactLogTests {
    @Test func `Every kind of fact comes back as it was given, texts, absent values and zeros included`() throws {
        let folder = try TemporaryFolder()
        let facts = [
            try bar("FDUSD/USDT", openHour: 0), try bar("BTC", openHour: 1), try signal("ann", hour: 2),
            try signal("ann", hour: 3, score: nil, id: "s-3"), try outcome("bob", hour: 4, run: nil),
            try outcome("bob", hour: 4, run: ""), try telemetry("bob", hour: 5), try decision("ann", hour: 6),
            try rename("e\u{301}", to: "é", hour: 7), policyChange("{}", hour: 8), try withdrawal("BTC", openHour: 1),
        ]
        let ledger = try opened(folder)
        let counts = try ledger.factLog.append(batch(facts))
        #expect(counts.accepted == facts.count && counts.addsUp)

        var read = FactBatch()
        try ledger.factLog.read(nil, wellAfter) { read = $0 }
        #expect(digests(read) == facts.map { digest(known($0)) }.sorted())
        #expect(read.bars.map(\.symbol.name) == ["BTC", "FDUSD"])
        guard case .signal(let first) = facts[2], case .outcome(let withoutRun) = facts[4] else { return }
        #expect(read.signals.first?.value == first)
        #expect(read.outcomes.first { $0.value.runID == nil }?.value == withoutRun)
        #expect(read.renames.first?.value.old.name.utf8.count == 3)
        guard case .barWithdrawal(let withdrawn)? = facts.last else { return }
        #expect(read.barWithdrawals.map(\.value) == [withdrawn])
        try ledger.close()

        let again = try opened(folder, .readOnly)
        #expect(try everything(again) == digests(read))
    }

    @Test(arguments: UInt64(1)...12)
    func `Random batches add up, keep what the identities say, and shuffling changes nothing`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let facts = try randomFacts(400, using: &generator).map { known($0) }
        let expected = Set(facts.map { digest($0) })
        let keys = Set(facts.map { "\($0.fact.identity.kind) \($0.fact.identity.key)" })
        var results: [[String]] = []
        for shuffle in 0..<2 {
            let folder = try TemporaryFolder()
            let ledger = try opened(folder) { $0.batchFactCount = 7 }
            let lines = shuffle == 0 ? facts : facts.shuffled(using: &generator)
            var total = IngestCounts()
            for part in [lines[..<150], lines[150..<151], lines[151...]] {
                total += try ledger.factLog.append(
                    IngestBatch(source: watched, facts: Array(part), blankCount: 2, recordedAt: wellAfter))
            }
            #expect(total.addsUp && total.lines == 406, "seed \(seed)")
            #expect(total.accepted == expected.count, "seed \(seed)")
            #expect(total.revised == expected.count - keys.count, "seed \(seed)")
            #expect(total.unattested == total.accepted, "seed \(seed)")
            #expect(try ledger.sourceCounts() == [SourceCounts(source: watched.name, counts: total)])
            results.append(try everything(ledger))
        }
        #expect(results[0] == expected.sorted() && results[1] == results[0], "seed \(seed)")
    }

    @Test(arguments: UInt64(1)...6)
    func `Any window is read exactly once, in batches that ascend and stay bounded`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let folder = try TemporaryFolder()
        let ledger = try opened(folder) { $0.batchFactCount = 5 }
        let facts = try randomFacts(300, using: &generator).map { known($0) }
        _ = try ledger.append(IngestBatch(source: watched, facts: facts, recordedAt: wellAfter))
        for _ in 0..<20 {
            let after = Bool.random(using: &generator) ? nil : hour(Int.random(in: -2..<40, using: &generator))
            let through = hour(Int.random(in: 0..<40, using: &generator))
            var read: [String] = []
            var latest = after ?? Timestamp(milliseconds: 0)
            try ledger.factLog.read(after, through) { batch in
                #expect(batch.factCount <= 5 && !batch.isEmpty)
                let times = knownTimes(batch).sorted()
                let first = times.first ?? latest
                #expect(first >= latest, "seed \(seed)")
                latest = times.last ?? latest
                read += digests(batch)
            }
            let lowest = after ?? Timestamp(milliseconds: 0)
            let wanted = facts.filter { lowest < $0.knownAt && $0.knownAt <= through }
            let expected = Set(wanted.map { digest($0) }).sorted()
            #expect(read.sorted() == expected, "seed \(seed)")
        }
    }

    @Test func `A copy is a duplicate, other content under the same key a revision, and both bars are read`() throws {
        let folder = try TemporaryFolder()
        let ledger = try opened(folder)
        let first = try ledger.append(batch([try bar("BTC", openHour: 1, close: 101)]))
        let second = try ledger.append(
            batch([
                try bar("BTC", openHour: 1, close: 102), try bar("BTC", openHour: 1, close: 101),
                try bar("BTC", openHour: 1, close: 102),
            ]))
        #expect(first.accepted == 1 && first.revised == 0)
        #expect(second.accepted == 1 && second.revised == 1 && second.duplicates == 2 && second.addsUp)
        var closes: [Double] = []
        try ledger.factLog.read(nil, wellAfter) { closes += $0.bars.flatMap { $0.bars.map(\.value.close) } }
        #expect(closes.sorted() == [101, 102])
    }

    @Test func `A duplicate that comes attested after an unattested copy stays as it was first stored`() throws {
        let folder = try TemporaryFolder()
        let ledger = try opened(folder)
        let fact = try signal("ann", hour: 1)
        _ = try ledger.append(batch([fact]))
        let counts = try ledger.append(
            IngestBatch(source: watched, facts: [known(fact, attestation: .attested)], recordedAt: wellAfter))
        #expect(counts.duplicates == 1 && counts.accepted == 0)
        #expect(try everything(ledger) == [digest(known(fact))])
    }

    @Test func `Of two copies in one batch the earlier known stays, whatever the order of the lines`() throws {
        let fact = try signal("ann", hour: 1)
        let early = StampedFact(fact: fact, knownAt: hour(2), attestation: .attested, lineNumber: 2)
        let late = StampedFact(fact: fact, knownAt: hour(9), attestation: .late, lineNumber: 1)
        for facts in [[early, late], [late, early]] {
            let folder = try TemporaryFolder()
            let ledger = try opened(folder)
            let counts = try ledger.append(IngestBatch(source: watched, facts: facts, recordedAt: hour(2)))
            #expect(counts.accepted == 1 && counts.duplicates == 1 && counts.late == 0)
            #expect(try everything(ledger) == [digest(early)])
        }
    }

    @Test func `Negative zero is zero: no revision`() throws {
        let folder = try TemporaryFolder()
        let ledger = try opened(folder)
        let counts = try ledger.append(
            batch([try signal("ann", hour: 1, score: 0), try signal("ann", hour: 1, score: -0.0)]))
        #expect(counts.accepted == 1 && counts.duplicates == 1)
    }

    @Test func `Recorded time never runs backwards, and watched facts are known no earlier than recorded`() throws {
        let folder = try TemporaryFolder()
        let ledger = try opened(folder)
        #expect(try ledger.factLog.lastRecordedAt() == nil)
        _ = try ledger.append(batch([], recordedAt: hour(10)))
        let watchedFact = StampedFact(
            fact: try signal("ann", hour: 1), knownAt: hour(5), attestation: .attested, lineNumber: 1)
        let history = known(try signal("bob", hour: 1))
        _ = try ledger.append(IngestBatch(source: watched, facts: [watchedFact, history], recordedAt: hour(5)))
        #expect(try ledger.factLog.lastRecordedAt() == hour(10))
        var raised = watchedFact
        raised.knownAt = hour(10)
        #expect(try everything(ledger) == [digest(raised), digest(history)].sorted())
        _ = try ledger.append(batch([], recordedAt: hour(11)))
        #expect(try ledger.factLog.lastRecordedAt() == hour(11))
    }

    @Test func `A batch drops the snapshots at or after its earliest new fact, and a duplicate drops none`() throws {
        let folder = try TemporaryFolder()
        let ledger = try opened(folder)
        let store = ledger.snapshotStore
        func saveAll() throws {
            for count in [5, 6, 7] {
                try store.save(
                    StoredSnapshot(gridPoint: hour(count), fingerprint: "p", methodVersion: 1, bytes: [1, 2, 3]))
            }
        }
        try saveAll()
        _ = try ledger.append(batch([try telemetry("ann", hour: 6), try telemetry("ann", hour: 8)]))
        #expect(try store.gridPoints() == [hour(5)])
        try saveAll()
        _ = try ledger.append(batch([try telemetry("ann", hour: 6)]))
        #expect(try store.gridPoints() == [hour(5), hour(6), hour(7)])
        _ = try ledger.append(batch([try telemetry("ann", hour: 6, errors: 3)]))
        #expect(try store.gridPoints() == [hour(5)])
    }

    @Test func `A batch with a refused fact leaves nothing behind, and the error names the line`() throws {
        let folder = try TemporaryFolder()
        let ledger = try opened(folder)
        for price in [-1, Double.nan, .infinity] {
            let broken = StampedFact(
                fact: try bar("BTC", openHour: 2, close: price), knownAt: hour(3), attestation: .unattested,
                lineNumber: 17)
            var refusal = ""
            do {
                _ = try ledger.append(
                    IngestBatch(
                        source: watched, facts: [known(try signal("ann", hour: 1)), broken], recordedAt: wellAfter))
            } catch let error as LedgerError { refusal = error.description }
            #expect(refusal.contains("line 17 of alpha/events.jsonl"))
        }
        #expect(try everything(ledger) == [])
        #expect(try ledger.factLog.lastRecordedAt() == nil && ledger.sourceCounts().isEmpty)
    }

    @Test func `Where a source stands is stored with the batch, and a snapshot of it comes back whole`() throws {
        let folder = try TemporaryFolder()
        let ledger = try opened(folder)
        let position = SourcePosition(
            name: watched.name, device: .max, inode: 7, offset: 4_096, lineCount: 12,
            headDigest: StableHash(high: .max, low: 1), lookedAt: hour(3), header: "a,b", generation: 2)
        var empty = batch([])
        empty.position = position
        _ = try ledger.append(empty)
        #expect(try ledger.factLog.position(watched.name) == position)
        #expect(try ledger.factLog.position("other") == nil)
        #expect(try ledger.positions() == [position])
    }

    @Test func `Facts stored while a reading goes on are not in it, and may be stored from within it`() throws {
        let folder = try TemporaryFolder()
        let ledger = try opened(folder) { $0.batchFactCount = 1 }
        _ = try ledger.append(batch([try telemetry("ann", hour: 1), try telemetry("ann", hour: 2)]))
        var count = 0
        try ledger.factLog.read(nil, wellAfter) { batch in
            count += batch.factCount
            _ = try ledger.append(
                IngestBatch(source: nil, facts: [known(try telemetry("bob", hour: 50 + count))], recordedAt: wellAfter))
            try ledger.snapshotStore.save(
                StoredSnapshot(gridPoint: hour(1), fingerprint: "p", methodVersion: 1, bytes: []))
        }
        #expect(count == 2)
        #expect(try everything(ledger).count == 4)
    }

    @Test func `An export holds every fact of its kind in its natural order`() throws {
        let folder = try TemporaryFolder()
        let ledger = try opened(folder) { $0.batchFactCount = 2 }
        for (symbol, moment) in [("ETH", 3), ("BTC", 9), ("ETH", 1), ("BTC", 2), ("ADA", 5)] {
            _ = try ledger.append(batch([try bar(symbol, openHour: moment), try signal("ann", hour: moment)]))
        }
        var rows: [String] = []
        try ledger.export(.bar) { batch in
            for series in batch.bars { rows += series.bars.map { "\(series.symbol) \($0.value.openAt)" } }
        }
        let expected = [("ADA", 5), ("BTC", 2), ("BTC", 9), ("ETH", 1), ("ETH", 3)].map { "\($0.0) \(hour($0.1))" }
        #expect(rows == expected)
        var times: [Timestamp] = []
        try ledger.export(.signal) { times += $0.signals.map(\.value.generatedAt) }
        #expect(times == [1, 2, 3, 5, 9].map(hour))
        for kind in FactKind.allCases { try ledger.export(kind) { #expect(!$0.isEmpty) } }
    }
}
