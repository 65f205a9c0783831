import Domain
import Statistics
import Supervision
import Testing

/// A file of rows in memory: what a reader would hand over, and what tells rows apart.
struct ReconciledRows {
    var outcomes: [ImportedOutcome]

    /// Whole, or cut into batches of `batchLength` lines.
    func batches(of batchLength: Int) -> [ReconciledBatch] {
        var names = ReconciledNames()
        func number<Name: Equatable>(_ name: Name, _ names: inout [Name]) -> Int32 {
            if let index = names.firstIndex(of: name) { return Int32(index) }
            names.append(name)
            return Int32(names.count - 1)
        }
        var batches: [ReconciledBatch] = []
        for (line, outcome) in outcomes.enumerated() {
            if line % batchLength == 0 { batches.append(ReconciledBatch()) }
            let last = batches.count - 1
            batches[last].rows.append(
                ReconciledRow(
                    agent: number(outcome.agent, &names.agents), symbol: number(outcome.symbol, &names.symbols),
                    strategyClass: outcome.strategyClass.map { number($0, &names.strategyClasses) } ?? -1,
                    lineIndex: Int32(batches[last].lineCount), generatedAt: outcome.generatedAt,
                    closesAt: outcome.closesAt, realizedReturnBps: outcome.realizedReturnBps,
                    expectedReturnBps: outcome.expectedReturnBps, expectedSigmaBps: outcome.expectedSigmaBps ?? 0,
                    byteOffset: Int64(line)))
            batches[last].lineCount += 1
            batches[last].names = names
        }
        return batches
    }

    func report(
        _ policy: Policy = .standard, asOf: Timestamp? = nil, now: Timestamp = day(10_000), horizon: Horizon? = nil,
        batchLength: Int = 100, heldRowsMax: Int = 1 << 20
    ) throws -> ReconciledReport {
        var record = ReconciledRecord(
            policy: policy, asOf: asOf, now: now, horizon: horizon, heldRowsMax: heldRowsMax)
        for batch in batches(of: batchLength) { try record.take(batch) { outcomes[Int($0)].identity } }
        try record.finish { outcomes[Int($0)].identity }
        return record.report
    }

    /// What the fold says of the same rows, each once, handed over in another order.
    func folded(_ policy: Policy = .standard, asOf: Timestamp, random: inout SplitMix64) -> Report {
        var known: [FactIdentity] = []
        var facts: [Dated<ImportedOutcome>] = []
        for outcome in outcomes where !known.contains(outcome.identity) {
            known.append(outcome.identity)
            facts.append(Dated(outcome, knownAt: outcome.closesAt, attestation: .unattested))
        }
        facts.shuffle(using: &random)
        var fold = Fold(mode: .constant(policy))
        fold.apply(FactBatch(outcomes: facts))
        fold.advance(to: asOf)
        return fold.report(asOf: asOf)
    }
}

/// Both say the same, to the last bit.
func expectEqual(_ rows: ReconciledReport, _ fold: Report, _ comment: Comment) {
    #expect(rows.agents.map(\.agent) == fold.agents.map(\.agent), comment)
    for (row, agent) in zip(rows.agents, fold.agents) {
        #expect(row.multiplier == agent.multiplier, comment)
        #expect(row.strategyClass == agent.strategyClass, comment)
        #expect(row.outcomeCount == agent.scorecard.outcomeCount, comment)
        #expect(row.pnlSumBps == agent.scorecard.pnlSumBps, comment)
        #expect(row.hitRate == agent.scorecard.hitRate, comment)
        #expect(row.averageReturnBps == agent.scorecard.averageReturnBps, comment)
        #expect(row.averageAbsoluteErrorBps == agent.scorecard.averageAbsoluteErrorBps, comment)
        #expect(row.averageErrorBps == agent.scorecard.averageErrorBps, comment)
    }
    let strategies = fold.strategies.map { strategy in
        var weightless = strategy
        weightless.weight = 0
        return weightless
    }
    #expect(rows.strategies == strategies, comment)
}

struct ReconciledRecordTests {
    private static func outcome(
        _ name: String, _ symbolName: String = "BTC", at time: Timestamp, hours: Int64 = 24, realized: Double = 10,
        expected: Double = 5, sigma: Double? = 150, strategyClass: String? = nil, runID: String? = nil
    ) -> ImportedOutcome {
        ImportedOutcome(
            agent: agent(name), symbol: symbol(symbolName), direction: realized < 0 ? .short : .long,
            generatedAt: time, horizon: .hours(hours), realizedReturnBps: realized, expectedReturnBps: expected,
            expectedSigmaBps: sigma, entryPrice: nil, exitPrice: nil, score: nil, confidence: nil, runID: runID,
            strategyClass: strategyClass, regime: nil, forecasterVersion: nil)
    }

    /// Agents with their own habits: hourly and daily, one horizon and several, many rows that close together, some
    /// repeated, some without a volatility, classes that come and go.
    private static func sample(_ count: Int, _ random: inout SplitMix64) -> [ImportedOutcome] {
        var rows: [ImportedOutcome] = []
        while rows.count < count {
            let number = Int.random(in: 0..<6, using: &random)
            let hour = Int64.random(in: 0..<24 * 12, using: &random)
            let hours: Int64 = number < 2 ? 24 : [1, 4, 24, 80][Int.random(in: 0..<4, using: &random)]
            let minutes: Int64 = number % 2 == 0 ? 0 : Int64.random(in: 0..<60, using: &random)
            let sigma: Double? = Int.random(in: 0..<10, using: &random) == 0 ? nil : 90 + Double(number)
            let realized = Double(Int.random(in: -20_000...20_000, using: &random)) / 100
            let expected = Double(Int.random(in: -3_000...6_000, using: &random)) / 100
            let strategy = [nil, "carry", "llm", "Trend"][Int.random(in: 0..<4, using: &random)]
            rows.append(
                outcome(
                    "agent-\(number)", ["BTC", "ETH"][Int.random(in: 0..<2, using: &random)],
                    at: day(0, hour, minutes: minutes), hours: hours, realized: realized, expected: expected,
                    sigma: sigma, strategyClass: strategy, runID: number == 4 ? "r\(rows.count % 3)" : nil))
            if number == 0, let last = rows.last { rows.append(last) }
        }
        return rows
    }

    @Test("rows say what the fold says of the same rows, to the last bit, whatever the cuts", arguments: 1...6)
    func equalsFold(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var rows = ReconciledRows(outcomes: Self.sample(500, &random))
        for order in ["beginnings", "closes"] {
            rows.outcomes.sort { left, right in
                order == "closes" ? left.closesAt < right.closesAt : left.generatedAt < right.generatedAt
            }
            let folded = rows.folded(asOf: day(30), random: &random)
            let whole = try rows.report()
            expectEqual(whole, folded, "seed \(seed), ordered by \(order)")
            #expect(whole.lines.outOfOrder == 0 && whole.lines.duplicates > 0)
            #expect(whole.lines.counted == folded.fleet.outcomeCount)
            for length in [1, 7, 501] {
                #expect(try rows.report(batchLength: length) == whole, "seed \(seed), batches of \(length)")
            }
        }
    }

    @Test("at an earlier moment rows say what the fold says at its last grid point", arguments: [7, 8])
    func equalsFoldEarlier(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var rows = ReconciledRows(outcomes: Self.sample(300, &random))
        rows.outcomes.sort { $0.closesAt < $1.closesAt }
        let asOf = day(6, 17)
        let found = try rows.report(asOf: asOf)
        expectEqual(found, rows.folded(asOf: asOf, random: &random), "seed \(seed)")
        #expect(found.asOf == day(6) && found.lines.notYetClosed > 0 && found.lines.addsUp)
    }

    @Test("a policy with its own map of strategies, half-life, window and grid is followed as in the fold")
    func equalsFoldUnderOtherPolicy() throws {
        var policy = Policy.standard
        policy.strategies = ["agent-1": "mapped", "agent-3": "carry"]
        policy.confidence.halfLifeSignals = 7
        policy.window = 120
        policy.decisionEveryHours = 6
        var random = SplitMix64(seed: 11)
        var rows = ReconciledRows(outcomes: Self.sample(600, &random))
        rows.outcomes.sort { $0.generatedAt < $1.generatedAt }
        expectEqual(
            try rows.report(policy), rows.folded(policy, asOf: day(30), random: &random), "seed 11, other policy")
    }

    @Test("an agent with more open rows than the fold remembers overlaps as it does there")
    func manyOpenRows() throws {
        var outcomes: [ImportedOutcome] = []
        for minute in 0..<Int64(4_000) {
            outcomes.append(
                Self.outcome("busy", at: day(0, 0, minutes: minute), realized: Double(minute % 17) - 7, sigma: 40))
        }
        var random = SplitMix64(seed: 3)
        let rows = ReconciledRows(outcomes: outcomes)
        let found = try rows.report()
        expectEqual(found, rows.folded(asOf: day(10), random: &random), "seed 3")
        // Every row but the first overlaps another.
        #expect(try #require(found.agents.first).independentCount < 20)
    }

    @Test("a row whose step is over is in no number, and told with its line")
    func outOfOrder() throws {
        var outcomes = (0..<40).map { Self.outcome("a", at: day(Int64($0)), realized: Double($0)) }
        let clean = try ReconciledRows(outcomes: outcomes).report()
        outcomes.insert(Self.outcome("a", "ETH", at: day(3)), at: 30)
        outcomes.append(Self.outcome("a", at: day(0)))
        let found = try ReconciledRows(outcomes: outcomes).report()
        #expect(found.agents == clean.agents && found.strategies == clean.strategies)
        #expect(found.lines.outOfOrder == 2 && found.lines.firstOutOfOrder == 31 && found.lines.counted == 40)
        #expect(found.lines.addsUp && found.lines.hasLosses && !clean.lines.hasLosses)
    }

    @Test("a row that closes after now is refused with the reason that the ledger gives")
    func future() throws {
        let outcomes = (0..<12).map { Self.outcome("a", at: day(Int64($0))) }
        let found = try ReconciledRows(outcomes: outcomes).report(now: day(11))
        #expect(found.lines.refused == 1 && found.lines.counted == 11)
        #expect(found.lines.reasons.first?.text == "the outcome closes at \(day(12)), after now (\(day(11)))")
        #expect(found.lines.reasons.first?.firstLine == 12)
    }

    @Test("one horizon of several is what it would be alone")
    func oneHorizon() throws {
        let daily = (0..<30).map { Self.outcome("a", at: day(Int64($0))) }
        let hourly = (0..<30).map { Self.outcome("a", at: day(Int64($0)), hours: 1, realized: -3) }
        let mixed = zip(daily, hourly).flatMap { [$0, $1] }
        let found = try ReconciledRows(outcomes: mixed).report(horizon: .standard)
        let alone = try ReconciledRows(outcomes: daily).report()
        #expect(found.agents == alone.agents && found.lines.otherHorizon == 30 && found.lines.addsUp)
        let both = try ReconciledRows(outcomes: mixed).report()
        #expect(both.horizons.map(\.count) == [30, 30] && both.horizons.map(\.horizon) == [.hours(1), .day])
    }

    @Test("rows without a volatility are in the sums and in no skill")
    func withoutSigma() throws {
        let outcomes = (0..<20).map { Self.outcome("a", at: day(Int64($0)), sigma: nil) }
        let found = try ReconciledRows(outcomes: outcomes).report()
        let agent = try #require(found.agents.first)
        #expect(agent.multiplier.skill == .insufficient(count: 0, needed: 10) && agent.multiplier.value == 1)
        #expect(agent.pnlSumBps == 200 && agent.withoutSigmaCount == 20 && found.lines.withoutSigma == 20)
        #expect(found.strategies.first?.shortfallCVaR95Sigmas == .insufficient(count: 0, needed: 100))
    }

    @Test("more rows open at once than may be held end with a sentence that says what to do")
    func tooManyHeld() throws {
        let outcomes = (0..<50).map { Self.outcome("a", at: day(0, 0, minutes: $0)) }
        let rows = ReconciledRows(outcomes: outcomes)
        let failure = try #require(throws: ReconciledFailure.self) {
            try rows.report(batchLength: 10, heldRowsMax: 30)
        }
        #expect(failure.description.contains("more than 30 rows are open at once near line 40"))
        #expect(failure.description.contains("ingest reconciled"))
    }

    @Test("gates compare every number the rows have, with the seed's threshold where the policy sets none")
    func gates() throws {
        let outcomes = (0..<20).map { Self.outcome("a", at: day(Int64($0)), realized: $0 % 4 == 0 ? -30 : 40) }
        let gates = try #require(try ReconciledRows(outcomes: outcomes).report().agents.first).gates
        #expect(
            gates.map(\.name) == [
                "pnl_sum_bps", "hit_rate", "error_rate", "avg_abs_error_bps", "avg_pnl_error_bps", "evidence",
            ])
        #expect(gates.map(\.isRequired) == [false, false, true, false, false, true])
        #expect(gates.map(\.isPassed) == [true, true, true, true, true, false])
        #expect(gates[0].value == .known(450) && gates[0].threshold == 150 && gates[1].value == .known(0.75))
        #expect(gates[2].isWaived && gates[2].value == .insufficient(count: 0, needed: 1))
        let few = try #require(try ReconciledRows(outcomes: Array(outcomes.prefix(9))).report().agents.first).gates
        #expect(few[0].value == .insufficient(count: 9, needed: 10) && !few[0].isPassed && !few[1].isPassed)
    }

    @Test("nothing but empty lines is no report, and every line is accounted for")
    func nothing() throws {
        var batch = ReconciledBatch()
        batch.lineCount = 3
        batch.blankCount = 2
        batch.refusals = [ReconciledBatch.Refusal(lineIndex: 1, reason: "agent is missing")]
        var record = ReconciledRecord(policy: .standard, asOf: nil, now: day(1))
        let none = FactIdentity(kind: .outcome, key: StableHash(), content: StableHash())
        try record.take(batch) { _ in none }
        try record.finish { _ in none }
        #expect(record.report.asOf == nil && record.report.agents.isEmpty && record.report.strategies.isEmpty)
        #expect(record.report.lines.reasons.map(\.firstLine) == [2] && record.report.lines.addsUp)
    }
}
