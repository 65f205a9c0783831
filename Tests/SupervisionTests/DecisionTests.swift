import Domain
import Statistics
import Supervision
import Testing

@Suite("People, stages and capital")
struct DecisionTests {
    private let bars = [hourlyBars("BTC", hours: 0..<24 * 40) { 100 + Double($0 % 48) / 10 }]

    private var daily: [Dated<Signal>] {
        ["a", "b", "c", "d"].flatMap { name in
            (0..<30).map { signal(name, "BTC", .long, at: day(5 + Int64($0)), strategyClass: name < "c" ? "x" : "y") }
        }
    }

    private func facts(_ decisions: [Dated<HumanDecision>] = [], renames: [Dated<AgentRename>] = []) -> FactBatch {
        FactBatch(bars: bars, signals: daily, decisions: decisions, renames: renames)
    }

    /// Every gate passes at once.
    private var open: Policy {
        var policy = Policy.standard
        policy.gates.errorRateAtMost = nil
        policy.gates.errorLevel = nil
        return policy
    }

    @Test("a kill between grid points puts the weight to cash at once, and stays")
    func killAtOnce() throws {
        let killed = facts([decision(.kill, .agent(agent("b")), at: day(12, 10, minutes: 30))])
        let before = report(killed, uncapped, asOf: day(12, 10))
        let after = report(killed, uncapped, asOf: day(12, 11))
        let weight = try before.allocation("b").weight
        #expect(weight > 0)
        #expect(try after.allocation("b").weight == 0)
        #expect(try after.agent("b").verdict.stage == .killed)
        #expect(try after.agent("b").verdict.reason == "killed by ada: because")
        #expect(after.allocation.cash.isClose(to: before.allocation.cash + weight))
        let gross = [before, after].map(\.allocation.lookThrough.grossExposure)
        #expect(gross[1].isClose(to: gross[0] - weight))
        #expect(try after.allocation("a").weight == before.allocation("a").weight)
        let total = after.allocation.agents.reduce(after.allocation.cash) { $0 + $1.weight }
        #expect(total.isClose(to: 1))
        #expect(try after.allocation("b").chain.last?.finalWeightWithout == weight)
        let classWeight = try #require(after.strategies.first { $0.strategyClass == "x" }).weight
        #expect(classWeight.isClose(to: try before.allocation("a").weight))
        for later in [day(13), day(30, 5)] {
            #expect(try report(killed, asOf: later).allocation("b").weight == 0)
            #expect(try report(killed, asOf: later).agent("b").verdict.standingDecision == .kill)
        }
    }

    @Test("a kill of a strategy kills its agents; of nobody, nobody")
    func killStrategy() {
        let found = report(
            facts([
                decision(.kill, .strategy("x"), at: day(12, 1)),
                decision(.kill, .agent(agent("nobody")), at: day(12, 2)),
            ]), asOf: day(12, 3))
        #expect(found.agents.map(\.verdict.stage) == [.killed, .killed, .candidate, .candidate])
    }

    @Test("a kill taken back before the next decision never was; one taken back later makes a candidate")
    func revive() throws {
        let kill = decision(.kill, .agent(agent("b")), at: day(12, 10))
        let early = facts([kill, decision(.revive, .agent(agent("b")), at: day(12, 12))])
        #expect(try report(early, asOf: day(12, 11)).agent("b").verdict.stage == .killed)
        expectSame(
            report(early, asOf: day(12, 13)), report(early, asOf: day(12, 13)), "the same question twice")
        #expect(try report(early, asOf: day(12, 13)).agent("b").verdict.stage == .candidate)
        #expect(try report(early, asOf: day(13)).agent("b").verdict.stage == .candidate)
        let late = facts([kill, decision(.revive, .agent(agent("b")), at: day(15, 12))])
        #expect(try report(late, asOf: day(15, 13)).agent("b").verdict.stage == .killed)
        #expect(try report(late, asOf: day(16)).agent("b").verdict.stage == .candidate)
        #expect(try report(late, uncapped, asOf: day(16)).allocation("b").weight > 0)
    }

    @Test("a kill by the name that a rename has just given, or by the old one, is at once too")
    func killByNewName() throws {
        let renames = [rename("b", to: "beta", at: day(12, 8))]
        for name in ["b", "beta"] {
            let killed = facts([decision(.kill, .agent(agent(name)), at: day(12, 9))], renames: renames)
            #expect(try report(killed, asOf: day(12, 10)).agent("b").verdict.stage == .killed, "by \(name)")
            #expect(try report(killed, asOf: day(14)).agent("beta").verdict.stage == .killed, "by \(name)")
        }
    }

    @Test("a veto holds a candidate whose gates pass; approval waits for a person")
    func vetoAndApproval() throws {
        let vetoed = report(facts([decision(.veto, .agent(agent("a")), at: day(4))]), open, asOf: day(10))
        #expect(try vetoed.agent("a").verdict.stage == .candidate)
        #expect(try vetoed.agent("b").verdict.stage == .promoted)
        var approving = open
        approving.gates.promotion = .approval
        let promote = facts([decision(.promote, .agent(agent("a")), at: day(9, 3))])
        #expect(try report(promote, approving, asOf: day(9)).agent("a").verdict.kind == .awaitApproval)
        #expect(report(promote, approving, asOf: day(9)).findings(saying: "a passed every gate and waits").count == 1)
        // A promotion waits for the next decision; only a kill does not.
        #expect(try report(promote, approving, asOf: day(9, 4)).agent("a").verdict.stage == .candidate)
        #expect(try report(promote, approving, asOf: day(10)).agent("a").verdict.stage == .promoted)
        #expect(try report(promote, approving, asOf: day(10)).agent("b").verdict.kind == .awaitApproval)
    }

    @Test("decisions stand in their order, those that wait for the next grid point last")
    func decisionHistory() {
        let all = [
            decision(.veto, .agent(agent("b")), at: day(8)), decision(.veto, .agent(agent("a")), at: day(8)),
            decision(.kill, .strategy("x"), at: day(8, 4)), decision(.revive, .strategy("x"), at: day(20)),
        ]
        let fold = folded(facts(all), to: day(8, 5))
        #expect(fold.decisions(knownAt: day(8, 5)).map(\.kind) == [.veto, .veto, .kill])
        #expect(fold.decisions(knownAt: day(8, 5)).prefix(2).map(\.scope) == [.agent(agent("a")), .agent(agent("b"))])
    }

    @Test("history that nobody saw being written promotes nobody by itself, and is named")
    func unattested() throws {
        var policy = open
        policy.gates.pnlSumBpsAbove = 0
        let rising = [hourlyBars("BTC", hours: 0..<24 * 40) { 100 + Double($0) }]
        func found(_ attestation: Attestation) -> Report {
            let signals = (0..<20).map { signal("a", "BTC", .long, at: day(5 + Int64($0)), attestation: attestation) }
            return report(FactBatch(bars: rising, signals: signals), policy, asOf: day(30))
        }
        #expect(try found(.attested).agent("a").verdict.stage == .promoted)
        let history = found(.unattested)
        let judged = try history.agent("a")
        #expect(judged.verdict.stage == .candidate)
        #expect(judged.scorecard.pnlSumBps > 0 && judged.scorecard.outcomeCount == 20)
        #expect(history.findings(saying: "100.0 % of the signals are history").count == 1)
        // The e-process stakes nothing on them either.
        let signals = (0..<30).map { signal("a", "BTC", .long, at: day(5 + Int64($0)), attestation: .unattested) }
        let standard = report(FactBatch(bars: rising, signals: signals), asOf: day(38))
        let gates = try standard.agent("a").verdict.gates
        let gate = try #require(gates.first { $0.name == "evidence" })
        #expect(gate.value.value == nil)
    }

    @Test("a silent agent's weight halves by the stated rule")
    func silence() throws {
        let facts = FactBatch(bars: bars, signals: [signal("a", "BTC", .long, at: day(5))])
        // Open until day 6, three days of grace, then half in seven days.
        for (silentDays, weight) in [(3, 1.0), (10, 0.5), (17, 0.25)] {
            let found = report(facts, uncapped, asOf: day(6 + Int64(silentDays)))
            #expect(try found.allocation("a").weight.isClose(to: weight, within: 1e-9), "\(silentDays) days")
        }
        #expect(report(facts, asOf: day(11)).findings(saying: "Silent: a (5 days)").count == 1)
    }

    @Test("a policy change takes effect at the next grid point")
    func policyChangeWaits() throws {
        var first = uncapped
        first.allocation.agentCap = 0.2
        var other = first
        other.name = "other"
        other.allocation.agentCap = 0.1
        let facts = facts() + FactBatch(policyChanges: [policyChange(other, at: day(12, 10))])
        let mode = Fold.PolicyMode.scheduled(first: first)
        let before = supervise(facts, under: mode, asOf: day(12, 23))
        let after = supervise(facts, under: mode, asOf: day(13))
        #expect(before.policyName == "standard@1" && after.policyName == "other")
        #expect(after.policyFingerprint == other.fingerprint)
        #expect(try after.allocation("a").weight.isClose(to: try before.allocation("a").weight / 2))
        // Under a constant policy it is a fact like others and changes nothing.
        #expect(report(facts, asOf: day(13)).policyName == "standard@1")
    }

    @Test("a grid that changes with the policy goes on from where it stood")
    func gridChanges() {
        var finer = Policy.standard
        finer.decisionEveryHours = 6
        let change = FactBatch(
            policyChanges: [policyChange(finer, at: day(12, 10)), policyChange(.standard, at: day(14, 7))])
        var fold = Fold(mode: .scheduled(first: .standard))
        fold.apply(facts() + change)
        var points: [Timestamp] = []
        while let next = fold.nextGridPoint, next <= day(17) {
            fold.advance(to: next)
            points.append(next)
        }
        let fine = (0..<6).map { day(13, 6 * $0) }
        #expect(points.filter { $0 > day(12) && $0 < day(14, 12) } == fine)
        #expect(points.suffix(3) == [day(15), day(16), day(17)])
    }

    @Test("an agent that loses everything is ruined for good and holds nothing")
    func ruin() throws {
        let soaring = [hourlyBars("BTC", hours: 0..<24 * 20) { Double(1 << ($0 / 24)) }]
        let signals = (0..<12).map { signal("bear", "BTC", .short, at: day(5 + Int64($0))) }
        let revive = decision(.revive, .agent(agent("bear")), at: day(15, 3))
        let found = report(FactBatch(bars: soaring, signals: signals, decisions: [revive]), asOf: day(19))
        let bear = try found.agent("bear")
        #expect(bear.scorecard.book.isRuined && bear.scorecard.book.totalReturnNet <= -0.95)
        #expect(bear.verdict.stage == .killed && bear.verdict.reason.contains("ruin"))
        #expect(try found.allocation("bear").weight == 0)
        #expect(found.allocation.cash == 1)
        let bytes = folded(FactBatch(bars: soaring, signals: signals), to: day(19)).snapshot()
        #expect(Fold(snapshot: bytes, mode: .constant(.standard)) != nil)
    }

    @Test("two agents that move as one are named as one bet")
    func copycats() {
        var random = Xoshiro256(seed: 4)
        var prices = [100.0]
        for _ in 0..<24 * 90 { prices.append(prices[prices.count - 1] * (1 + 0.01 * (random.uniform() - 0.5))) }
        let path = prices
        let signals = (0..<75).flatMap { number -> [Dated<Signal>] in
            let side: Direction = random.happens(0.5) ? .long : .short
            let own: Direction = random.happens(0.5) ? .long : .short
            return [
                signal("leader", "BTC", side, at: day(5 + Int64(number), 6, minutes: 5)),
                signal("parrot", "BTC", side, at: day(5 + Int64(number), 6, minutes: 20)),
                signal("solitary", "BTC", own, at: day(5 + Int64(number), 6, minutes: 5)),
            ]
        }
        let bars = [hourlyBars("BTC", hours: 0..<24 * 90) { path[Int($0)] }]
        let found = report(FactBatch(bars: bars, signals: signals), asOf: day(85)).findings(saying: "move as one")
        #expect(found.count == 1 && found.allSatisfy { $0.text.hasSuffix(": leader, parrot.") })
        #expect(found.allSatisfy { !$0.text.contains("solitary") }, "seed 4")
    }
}
