import Domain
import Ledger
import Operation
import Testing

/// Outcomes given as rows of numbers: nobody can tell from what is stored.
struct OutcomeLinesTests {
    /// Histories that leave out different columns, with copies and other contents under keys that are taken.
    private func outcomes(_ count: Int, using generator: inout SeededGenerator) throws -> [ImportedOutcome] {
        let isBare = Bool.random(using: &generator)
        let hasOneHorizon = Bool.random(using: &generator)
        var outcomes: [ImportedOutcome] = []
        while outcomes.count < count {
            if Int.random(in: 0..<80, using: &generator) == 0, var earlier = outcomes.randomElement(using: &generator) {
                if Bool.random(using: &generator) { earlier.realizedReturnBps += 1 }
                outcomes.append(earlier)
                continue
            }
            func some<Value>(_ value: Value) -> Value? {
                !isBare && Bool.random(using: &generator) ? value : nil
            }
            let number = Double(outcomes.count)
            outcomes.append(
                ImportedOutcome(
                    agent: try #require(AgentID(["ann", "é", "e\u{301}"].randomElement(using: &generator) ?? "")),
                    symbol: try #require(Symbol(["BTC", "ETH"].randomElement(using: &generator) ?? "")),
                    direction: Bool.random(using: &generator) ? .long : .short,
                    generatedAt: hour(Int.random(in: 0..<5_000, using: &generator)),
                    horizon: hasOneHorizon ? .standard : .hours(Int64.random(in: 1...30, using: &generator)),
                    realizedReturnBps: number, expectedReturnBps: -number, expectedSigmaBps: some(80 + number),
                    entryPrice: some(100), exitPrice: some(101), score: some(-1), confidence: some(0.5),
                    runID: some("r\(outcomes.count % 3)"), strategyClass: some("carry"), regime: some("calm"),
                    forecasterVersion: some("v\(outcomes.count % 2)")))
        }
        return outcomes
    }

    @Test(arguments: UInt64(1)...6)
    func `Rows and facts: the same facts, the same versions, the same counts`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let outcomes = try outcomes(700, using: &generator)
        let facts = outcomes.enumerated().map { known(.outcome($0.element), line: Int64($0.offset + 1)) }
        let rows = ImportedSeries(
            outcomes.map { Dated($0, knownAt: $0.closesAt, attestation: .unattested) })
        let lines = OutcomeLines(rows, lineNumbers: facts.map(\.lineNumber))
        let byFact = IngestBatch(source: watched, facts: facts, recordedAt: wellAfter)
        var byRow = IngestBatch(source: watched, facts: [], recordedAt: wellAfter)
        byRow.outcomes = lines
        // Half in one form, half in the other.
        var byBoth = IngestBatch(source: watched, facts: Array(facts[..<300]), recordedAt: wellAfter)
        var rest = rows
        rest.rows = Array(rows.rows[300...])
        byBoth.outcomes = OutcomeLines(rest, lineNumbers: facts[300...].map(\.lineNumber))
        var stored: [[String]] = []
        var totals: [IngestCounts] = []
        for batch in [byFact, byRow, byBoth] {
            let folder = try TemporaryFolder()
            let ledger = try opened(folder)
            totals.append(try ledger.append(batch))
            stored.append(try everything(ledger))
            #expect(try ledger.integrityProblems() == [], "seed \(seed)")
            let again = try ledger.append(batch)
            #expect(again.duplicates == facts.count && again.accepted == 0, "seed \(seed)")
        }
        #expect(totals[0].duplicates > 0 && totals[0].revised > 0, "seed \(seed): nothing to tell apart")
        #expect(totals[1] == totals[0] && totals[2] == totals[0], "seed \(seed)")
        #expect(stored[1] == stored[0] && stored[2] == stored[0], "seed \(seed)")
    }

    @Test func `A row whose number is not finite is named, and none of its batch is stored`() throws {
        let folder = try TemporaryFolder()
        let ledger = try opened(folder)
        var generator = SeededGenerator(seed: 7)
        var outcomes = try outcomes(100, using: &generator)
        outcomes[60].expectedReturnBps = .nan
        let rows = ImportedSeries(outcomes.map { Dated($0, knownAt: $0.closesAt, attestation: .unattested) })
        var batch = IngestBatch(source: watched, facts: [], recordedAt: wellAfter)
        batch.outcomes = OutcomeLines(rows, lineNumbers: (1...100).map { Int64($0) })
        var refusal = ""
        do { _ = try ledger.append(batch) } catch let error as LedgerError { refusal = error.description }
        #expect(refusal.contains("line 61 of alpha/events.jsonl"))
        #expect(try everything(ledger) == [])
    }
}
