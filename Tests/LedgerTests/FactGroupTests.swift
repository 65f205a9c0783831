import Domain
import Ledger
import Operation
import Testing

/// Facts that are new are stored many in a statement, others one by one: nobody can tell from what is stored.
struct FactGroupTests {
    /// Runs of one kind, long enough for several statements, with copies and other contents under the same keys
    /// scattered among them, near and far.
    private func facts(_ count: Int, using generator: inout SeededGenerator) throws -> [StampedFact] {
        var facts: [IncomingFact] = []
        while facts.count < count {
            let agent = ["ann", "bob", "é", "e\u{301}"].randomElement(using: &generator) ?? "ann"
            let moment = facts.count
            let kind = Int.random(in: 0..<5, using: &generator)
            for step in 0..<Int.random(in: 1..<150, using: &generator) {
                switch kind {
                case 0: facts.append(try bar("BTC", openHour: moment + step))
                case 1: facts.append(try signal(agent, hour: moment + step))
                case 2: facts.append(try outcome(agent, hour: moment + step, run: nil))
                case 3: facts.append(try outcome(agent, hour: moment + step, run: "r\(step % 3)"))
                default: facts.append(try telemetry(agent, hour: moment + step))
                }
                guard Int.random(in: 0..<60, using: &generator) == 0 else { continue }
                let earlier = facts[Int.random(in: 0..<facts.count, using: &generator)]
                facts.append(Bool.random(using: &generator) ? earlier : revised(earlier, step))
            }
        }
        return facts.enumerated().map { known($0.element, line: Int64($0.offset + 1)) }
    }

    private func revised(_ fact: IncomingFact, _ step: Int) -> IncomingFact {
        switch fact {
        case .bar(let symbol, var bar):
            bar.close = 90 + Double(step % 3)
            return .bar(symbol, bar)
        case .signal(var signal):
            signal.score = Double(step % 3)
            return .signal(signal)
        case .outcome(var outcome):
            outcome.realizedReturnBps = Double(step % 3)
            return .outcome(outcome)
        case .telemetry(var record):
            record.errors = Int64(step % 3)
            return .telemetry(record)
        case .decision, .rename, .policyChange, .barWithdrawal: return fact
        }
    }

    @Test(arguments: UInt64(1)...4)
    func `Stored in large batches or one at a time: the same facts, the same versions, the same counts`(
        seed: UInt64
    ) throws {
        var generator = SeededGenerator(seed: seed)
        let lines = try facts(600, using: &generator)
        // As storage orders them, so that both ways meet each fact in the same order.
        let ordered = lines.enumerated()
            .sorted { ($0.element.knownAt, $0.offset) < ($1.element.knownAt, $1.offset) }.map(\.element)
        var stored: [[String]] = []
        var totals: [IngestCounts] = []
        for size in [1, 200, ordered.count] {
            let folder = try TemporaryFolder()
            let ledger = try opened(folder)
            var total = IngestCounts()
            for start in stride(from: 0, to: ordered.count, by: size) {
                let part = Array(ordered[start..<min(start + size, ordered.count)])
                total += try ledger.append(IngestBatch(source: watched, facts: part, recordedAt: wellAfter))
            }
            totals.append(total)
            stored.append(try everything(ledger))
            #expect(try ledger.priceLog.needs().count <= 1, "seed \(seed)")
            #expect(try ledger.integrityProblems() == [], "seed \(seed)")
        }
        #expect(totals[0].duplicates > 0 && totals[0].revised > 0, "seed \(seed): nothing to tell apart")
        #expect(totals[1] == totals[0] && totals[2] == totals[0], "seed \(seed)")
        #expect(stored[1] == stored[0] && stored[2] == stored[0], "seed \(seed)")
        // And shuffled, whatever came first among lines of one time.
        let folder = try TemporaryFolder()
        let ledger = try opened(folder)
        let counts = try ledger.append(
            IngestBatch(source: watched, facts: lines.shuffled(using: &generator), recordedAt: wellAfter))
        #expect(counts.accepted == totals[0].accepted && counts.revised == totals[0].revised, "seed \(seed)")
        #expect(try everything(ledger) == stored[0], "seed \(seed)")
    }

    @Test func `One broken fact among a thousand sound ones is named, and none of them is stored`() throws {
        let folder = try TemporaryFolder()
        let ledger = try opened(folder)
        var facts = try (0..<1_000).map { known(try outcome("ann", hour: $0, run: nil), line: Int64($0 + 1)) }
        let notANumber = try outcome("bob", hour: 700, run: nil, realized: .nan)
        for broken in [notANumber, try bar("BTC", openHour: 700, close: -1)] {
            facts[700] = known(broken, line: 701)
            var refusal = ""
            do {
                _ = try ledger.append(IngestBatch(source: watched, facts: facts, recordedAt: wellAfter))
            } catch let error as LedgerError { refusal = error.description }
            #expect(refusal.contains("line 701 of alpha/events.jsonl"))
            #expect(try everything(ledger) == [])
        }
    }

    @Test func `An outcome known at another time than its close is refused: its key would not be its own`() throws {
        let folder = try TemporaryFolder()
        let ledger = try opened(folder)
        var fact = known(try outcome("ann", hour: 1, run: nil), line: 3)
        fact.knownAt = fact.knownAt + .hours(1)
        var refusal = ""
        do {
            _ = try ledger.append(IngestBatch(source: watched, facts: [fact], recordedAt: wellAfter))
        } catch let error as LedgerError { refusal = error.description }
        #expect(refusal.contains("line 3 of alpha/events.jsonl"))
        #expect(try everything(ledger) == [])
    }
}
