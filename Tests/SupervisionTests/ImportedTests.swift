import Domain
import Reporting
import Statistics
import Supervision
import Swarm
import Testing

@Suite("Imported outcomes in the fold")
struct ImportedTests {
    private func row(
        _ name: String, at time: Timestamp, _ symbolName: String = "BTC", horizon: Horizon = .standard,
        gain: Double = 40, strategyClass: String? = "migrated"
    ) -> Dated<ImportedOutcome> {
        let row = ImportedOutcome(
            agent: agent(name), symbol: symbol(symbolName), direction: .long, generatedAt: time, horizon: horizon,
            realizedReturnBps: gain, expectedReturnBps: 10, expectedSigmaBps: 200, entryPrice: nil, exitPrice: nil,
            score: nil, confidence: nil, runID: nil, strategyClass: strategyClass, regime: nil, forecasterVersion: nil)
        return Dated(row, knownAt: row.closesAt, attestation: .unattested)
    }

    @Test("agents that come in one step, the last in the alphabet first, join in the order of their names")
    func newcomersInAnyOrder() throws {
        let names = ["zoe", "mia", "abe", "kim"]
        let rows = names.enumerated().flatMap { index, name in
            (0..<30).map { row(name, at: day(Int64($0), Int64(index)), gain: $0 % 3 == 0 ? -60 : 50) }
        }
        let found = report(FactBatch(outcomes: rows), asOf: day(32))
        #expect(found.agents.map(\.agent.name) == ["abe", "kim", "mia", "zoe"])
        // The same rows under names in the other order: the same scorecards.
        let renamed = ["abe": "zoe", "kim": "mia", "mia": "kim", "zoe": "abe"]
        let others = rows.map { dated -> Dated<ImportedOutcome> in
            var other = dated
            other.value.agent = agent(renamed[dated.value.agent.name] ?? "")
            return other
        }
        let mirrored = report(FactBatch(outcomes: others), asOf: day(32))
        for name in names {
            #expect(
                try found.agent(name).scorecard.pnlSumBps
                    == mirrored.agent(renamed[name] ?? "").scorecard.pnlSumBps)
        }
    }

    @Test("a signal and an imported outcome of two new agents in one step: both join, in the order of their names")
    func newcomersOfBothKinds() {
        for (signaling, importing) in [("abe", "zoe"), ("zoe", "abe")] {
            let facts = FactBatch(
                bars: [hourlyBars("BTC", hours: 0..<24 * 5) { 100 + Double($0 % 7) }],
                signals: [signal(signaling, "BTC", .long, at: day(1, 3))],
                outcomes: [row(importing, at: day(0, 4))])
            let found = report(facts, asOf: day(4))
            #expect(found.agents.map(\.agent.name) == ["abe", "zoe"])
        }
    }

    @Test("rows under an old and a new name are one agent's, in the order of their closes")
    func bothNames() throws {
        let renaming = rename("abe", to: "zoe", at: day(0))
        func found(_ name: (Int) -> String) throws -> AgentReport {
            let rows = (0..<240).map { number in
                row(
                    name(number), at: day(0, Int64(number * 5)), ["BTC", "ETH"][number % 2],
                    gain: Double(number * 37 % 101) - 45, strategyClass: number % 7 == 0 ? "other" : nil)
            }
            return try report(FactBatch(outcomes: rows, renames: [renaming]), asOf: day(60)).agent("zoe")
        }
        let mixed = try found { $0 % 3 == 1 ? "abe" : "zoe" }
        let plain = try found { _ in "zoe" }
        #expect(mixed.scorecard == plain.scorecard)
        #expect(mixed.scorecard.outcomeCount == 240)
    }

    @Test("an outcome names its class as its row writes it, to the byte")
    func spelledClasses() {
        let classes = ["caf\u{E9}", "cafe\u{301}", nil, "cafe\u{301}", "caf\u{E9}", nil]
        let rows = classes.enumerated().map { row("abe", at: day(0, Int64($0 * 2)), strategyClass: $1) }
        var fold = Fold(mode: .constant(.standard))
        fold.apply(FactBatch(outcomes: rows))
        fold.advance(to: day(3))
        let expected = [classes[0], classes[1], classes[1], classes[3], classes[4], classes[4]]
        #expect(fold.newOutcomes.map { Array($0.strategyClass.utf8) } == expected.map { Array(($0 ?? "").utf8) })
    }

    @Test("rows cut into batches anywhere, also within one moment, make the same state", arguments: [UInt64(21), 22])
    func batches(seed: UInt64) {
        var random = Xoshiro256(seed: seed, stream: "imported")
        let rows = (0..<400).map { _ -> Dated<ImportedOutcome> in
            let hours: [Int64] = [1, 6, 24, 30]
            return row(
                random.pick(["a", "b", "c", "d", "e"]), at: day(0, Int64(random.below(24 * 20))),
                random.pick(["BTC", "ETH"]), horizon: .hours(random.pick(hours)),
                gain: Double(random.below(200)) - 90, strategyClass: random.pick([nil, "x", "y"]))
        }
        let whole = folded(FactBatch(outcomes: rows), to: day(22))
        var fold = Fold(mode: .constant(.standard))
        let shuffled = random.shuffled(rows)
        var start = 0
        while start < shuffled.count {
            let end = min(shuffled.count, start + 1 + random.below(60))
            fold.apply(FactBatch(outcomes: Array(shuffled[start..<end])))
            start = end
        }
        fold.advance(to: day(22))
        let isSame = fold.snapshot() == whole.snapshot()
        #expect(isSame, "seed \(seed)")
        #expect(fold.newOutcomes == whole.newOutcomes && fold.outcomeChain == whole.outcomeChain, "seed \(seed)")
        // One batch after the other, as they become known, and from a snapshot in between.
        var daily = Fold(mode: .constant(.standard))
        for number in 0...22 as ClosedRange<Int64> {
            let known = rows.filter { $0.knownAt <= day(number) && $0.knownAt > day(number - 1) }
            daily.apply(FactBatch(outcomes: known))
            daily.advance(to: day(number))
            if number == 9, let read = Fold(snapshot: daily.snapshot(), mode: daily.mode) { daily = read }
        }
        let isSameDaily = daily.snapshot() == whole.snapshot()
        #expect(isSameDaily, "seed \(seed)")
    }

    @Test("nobody who takes no outcomes away is kept waiting for them: the state is the same")
    func outcomesNotKept() {
        let rows = (0..<50).map { row("a", at: day(0, Int64($0))) }
        var fold = Fold(mode: .constant(.standard))
        fold.keepsNewOutcomes = false
        fold.apply(FactBatch(outcomes: rows))
        fold.advance(to: day(4))
        let isSame = fold.snapshot() == folded(FactBatch(outcomes: rows), to: day(4)).snapshot()
        #expect(isSame && fold.newOutcomes.isEmpty && fold.outcomeChain.count == 50)
    }
}

@Suite("What a decision says of an agent")
struct DecidedReportTests {
    private static let mode = Fold.PolicyMode.constant(.standard)

    private static let evidence = HostileEvidence(seed: 31)

    /// What is kept of the decision at a day, and the facts.
    private func kept(_ number: Int64) throws -> [UInt8] {
        let fold = folded(Self.evidence.facts.filtered { $0 <= day(number) }, to: day(number))
        return try #require(DecidedReport.bytes(fold.report(asOf: day(number)), of: fold))
    }

    private func explained(
        _ name: AgentID, _ bytes: [UInt8], decidedAt: Timestamp, asOf: Timestamp, _ mode: Fold.PolicyMode = Self.mode
    ) -> Explanation? {
        let since = Self.evidence.facts.filtered { $0 > decidedAt && $0 <= asOf }
        return DecidedReport.explanation(of: name, in: bytes, under: mode, asOf: asOf, since: since)
    }

    @Test("is what the fold says, to the last byte, until people decide something", arguments: [Int64(9), 13, 27])
    func agrees(number: Int64) throws {
        let bytes = try kept(number)
        let fold = folded(Self.evidence.facts, to: day(number))
        var answerCount = 0
        for hours in [0, 7, 23] as [Int64] {
            let asOf = day(number, hours, minutes: 30)
            let report = fold.report(asOf: asOf)
            for agent in report.agents.map(\.agent) {
                guard let explanation = explained(agent, bytes, decidedAt: day(number), asOf: asOf) else { continue }
                answerCount += 1
                #expect(explanation == report.explanation(of: agent))
                #expect(JSONReport.bytes(explanation) == JSONReport.bytes(of: agent, in: report))
                #expect(ExplainText.text(explanation) == ExplainText.text(of: agent, in: report))
            }
        }
        #expect(answerCount > 0, "seed 31, day \(number)")
    }

    @Test("is not asked after the next decision, under another policy, of a stranger, or where it is damaged")
    func refuses() throws {
        let bytes = try kept(13)
        let apt = agent("apt")
        let (at, later) = (day(13), day(13, 0, minutes: 1))
        #expect(explained(apt, bytes, decidedAt: at, asOf: later) != nil)
        #expect(explained(apt, bytes, decidedAt: at, asOf: day(14)) == nil)
        #expect(explained(apt, bytes, decidedAt: at, asOf: day(12, 23)) == nil)
        #expect(explained(apt, bytes, decidedAt: at, asOf: later, .constant(.seed)) == nil)
        #expect(explained(agent("nobody"), bytes, decidedAt: at, asOf: later) == nil)
        for count in [0, 7, 40, bytes.count / 2] {
            #expect(explained(agent("zz"), Array(bytes.prefix(count)), decidedAt: at, asOf: later) == nil)
        }
        #expect(DecidedReport.isInForce(bytes, at: later) && !DecidedReport.isInForce(bytes, at: day(14)))
    }

    @Test("is believed where a policy came since: it is in force from the next decision on")
    func policyChanges() throws {
        let signals = (0..<6).map { signal("apt", "BTC", .long, at: day(Int64($0), 3)) }
        let bars = hourlyBars("BTC", hours: 0..<24 * 7) { 100 + Double($0 % 7) }
        let mode = Fold.PolicyMode.scheduled(first: .standard)
        var fold = Fold(mode: mode)
        fold.apply(FactBatch(bars: [bars], signals: signals).filtered { $0 <= day(6) })
        fold.advance(to: day(6))
        let bytes = try #require(DecidedReport.bytes(fold.report(asOf: day(6)), of: fold))
        var changed = Policy.standard
        changed.decisionEveryHours = 6
        changed.name = "faster"
        let change = PolicyChange(at: day(6, 5), policyText: changed.text, reason: "a try")
        let since = FactBatch(policyChanges: [Dated(change, knownAt: day(6, 5), attestation: .attested)])
        fold.apply(since)
        let explanation = try #require(
            DecidedReport.explanation(of: agent("apt"), in: bytes, under: mode, asOf: day(6, 6), since: since))
        #expect(explanation == fold.report(asOf: day(6, 6)).explanation(of: agent("apt")))
        #expect(explanation.policyName == Policy.standard.name)
    }

    @Test("is not kept where a person has decided since, and not believed where one did later")
    func humanDecisions() throws {
        let signals = (0..<6).map { signal("apt", "BTC", .long, at: day(Int64($0), 3)) }
        let kill = decision(.kill, .agent(agent("apt")), at: day(6, 5))
        let bars = hourlyBars("BTC", hours: 0..<24 * 7) { 100 + Double($0 % 7) }
        let without = folded(FactBatch(bars: [bars], signals: signals).filtered { $0 <= day(6) }, to: day(6))
        let bytes = try #require(DecidedReport.bytes(without.report(asOf: day(6)), of: without))
        let since = FactBatch(decisions: [kill])
        #expect(
            DecidedReport.explanation(of: agent("apt"), in: bytes, under: Self.mode, asOf: day(6, 6), since: since)
                == nil)
        var with = without
        with.apply(since)
        #expect(DecidedReport.bytes(with.report(asOf: day(6, 6)), of: with) == nil)
    }
}
