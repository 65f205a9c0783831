import Domain
import Statistics
import Testing

@testable import PromotionGates

struct EvidenceTests {
    /// Polls a fleet daily; the days on which agents are promoted, by agent. Judged in full when the least threshold
    /// there can be is reached and every 50th day besides, which must not promote.
    private func promotions(
        agentCount: Int, days: Int, drawing value: (inout Xoshiro256, Int) -> Double, seed: UInt64
    ) throws -> [Int: Int] {
        let nobody = try #require(AgentID("nobody"))
        var generator = Xoshiro256(seed: seed)
        var registry = TrialRegistry()
        var accounts = registry.register(newcomerCount: agentCount)
        var states = [StageState](repeating: StageState(), count: agentCount)
        var promoted: [Int: Int] = [:]
        for number in 1...days {
            let promotionCount = StageState.promotionCount(among: states)
            var isClose = number % 50 == 0
            for index in accounts.indices {
                accounts[index].update(residualReturn: value(&generator, index), isCounted: true)
                let reading = accounts[index].reading
                let least = reading.threshold(level: 0.05, earlierPromotionCount: agentCount - 1)
                isClose = isClose || (reading.eValue.value ?? 0) >= least
            }
            guard isClose else { continue }
            let cases = accounts.indices.map { index in
                var inputs = passingInputs()
                inputs.evidence = accounts[index].reading
                inputs.promotionCount = promotionCount
                return JudgmentCase(
                    inputs: inputs, state: states[index],
                    decisions: DecisionRecord().decisions(on: nobody, strategyClass: ""))
            }
            let judged = judge(together: cases, gates: GatePolicy(), risk: RiskPolicy(), asOf: day(number))
            for index in judged.states.indices {
                states[index] = judged.states[index]
                if states[index].stage == .promoted, promoted[index] == nil { promoted[index] = number }
            }
        }
        return promoted
    }

    @Test func `polled daily for a year, fleets without an edge promote somebody in at most one of twenty`() throws {
        let fleetCount = 60
        var fooled = 0
        for seed in 1...fleetCount {
            let found = try promotions(
                agentCount: 6, days: 365,
                drawing: { generator, index in
                    // Thin and heavy tails, calm and wild.
                    index % 2 == 0
                        ? 0.02 * generator.normal() : 0.01 * generator.studentT(degreesOfFreedom: 3)
                }, seed: UInt64(seed))
            fooled += found.isEmpty ? 0 : 1
        }
        print("evidence: \(fooled) of \(fleetCount) fleets without an edge promoted somebody")
        #expect(fooled <= 3, "seeds 1...\(fleetCount)")
    }

    @Test func `copies of one agent without an edge are promoted no more often than the one`() throws {
        // Wealth that moves together is the worst case for whoever counts on independence.
        let fleetCount = 40
        var fooled = 0
        for seed in 1...fleetCount {
            var shared = 0.0
            let found = try promotions(
                agentCount: 6, days: 365,
                drawing: { generator, index in
                    if index == 0 { shared = 0.02 * generator.normal() }
                    return shared
                }, seed: UInt64(3_000 + seed))
            fooled += found.isEmpty ? 0 : 1
        }
        #expect(fooled <= 2, "seeds 3001...\(3_000 + fleetCount)")
    }

    @Test func `sellers of insurance are not promoted on their premiums`() throws {
        // 0.1 % a day, and -10 % on one day in a hundred and one: nothing in the mean, and a fine record until then.
        let fleetCount = 60
        var fooled = 0
        for seed in 1...fleetCount {
            let found = try promotions(
                agentCount: 6, days: 365,
                drawing: { generator, _ in
                    generator.uniform() < 1.0 / 101 ? -0.1 : 0.001 + 0.0001 * generator.normal()
                }, seed: UInt64(1_000 + seed))
            fooled += found.isEmpty ? 0 : 1
        }
        print("evidence: \(fooled) of \(fleetCount) fleets of insurance sellers promoted somebody")
        // At most four in a hundred by the bound; two standard errors of 60 fleets more.
        #expect(fooled <= 6, "seeds 1001...\(1_000 + fleetCount)")
    }

    @Test func `a real edge is found`() throws {
        // Daily Sharpe 0.2, 2 % a day of risk, beside five that have none.
        var days: [Int] = []
        for seed in 1...10 as ClosedRange<UInt64> {
            let found = try promotions(
                agentCount: 6, days: 700,
                drawing: { generator, index in 0.02 * generator.normal() + (index == 0 ? 0.004 : 0) },
                seed: 2_000 + seed)
            if let found = found[0] { days.append(found) }
        }
        print("evidence: a daily Sharpe of 0.2 was found in \(days.count) of 10 fleets, on days \(days.sorted())")
        #expect(days.count >= 9)
    }

    @Test func `unattested marks teach the scale and stake nothing`() {
        var account = EvidenceAccount(rank: 1, firstFleetCount: 1)
        for index in 0..<40 { account.update(residualReturn: index % 2 == 0 ? 0.03 : 0.01, isCounted: false) }
        #expect(account.reading.eValue == .insufficient(count: 0, needed: 11))
        #expect(account.reading.unattestedMarkCount == 40)
        account.update(residualReturn: 0.02, isCounted: true)
        #expect(account.reading.stakedMarkCount == 1)
        #expect((account.reading.eValue.value ?? 0) > 1)
        var course = Course()
        course.gates = GatePolicy()
        var inputs = passingInputs()
        inputs.evidence = EvidenceReading(
            eValue: .insufficient(count: 0, needed: 11), logEValue: nil, stakedMarkCount: 0, unattestedMarkCount: 40,
            budgetShare: 0.5)
        #expect(throws: Never.self) {
            let verdict = try course.judge(inputs)
            #expect(verdict.kind == .insufficientEvidence)
            #expect(verdict.reason.contains("evidence not known, 0 of 11 needed"))
            #expect(verdict.reason.contains("40 unattested marks stake nothing"))
        }
    }

    @Test func `a day asleep changes nothing`() {
        var account = EvidenceAccount(rank: 1, firstFleetCount: 1)
        for _ in 0..<20 { account.update(residualReturn: 0.01, isCounted: true) }
        let before = account
        account.update(residualReturn: 0, isCounted: true)
        #expect(account == before)
    }

    @Test func `the shares of all agents ever tried stay within the budget`() {
        var registry = TrialRegistry()
        #expect(registry.register(newcomerCount: 0).isEmpty)
        var shares = registry.register(newcomerCount: 5).map(\.reading.budgetShare)
        #expect(registry.firstFleetCount == 5)
        for _ in 0..<40 { shares += registry.register(newcomerCount: 3).map(\.reading.budgetShare) }
        #expect(registry.trialCount == 125)
        #expect((shares[0] - 0.16).magnitude < 1e-12)
        // Those who join together share alike.
        #expect(shares[5] == shares[7] && shares[8] < shares[5])
        let sum = compensatedSum(shares)
        #expect(sum < 1 && sum > 0.98)
        #expect(registry.register(newcomerCount: 1)[0].reading.budgetShare < 0.001)
    }

    @Test func `who joins within ten days is of the first fleet, and nobody stakes before it is complete`() throws {
        var registry = TrialRegistry()
        #expect(registry.completeFirstFleet(at: day(0)) == nil)
        var accounts = registry.register(newcomerCount: 2, at: day(1))
        accounts += registry.register(newcomerCount: 1, at: day(10))
        for index in accounts.indices {
            for number in 0..<30 {
                accounts[index].update(residualReturn: number % 2 == 0 ? 0.03 : 0, isCounted: true)
            }
            #expect(accounts[index].reading.eValue == .insufficient(count: 10, needed: 11))
            #expect(accounts[index].reading.stakedMarkCount == 0)
        }
        #expect(registry.completeFirstFleet(at: day(10)) == nil)
        let restoredRegistry = try restored(registry)
        #expect(restoredRegistry == registry)
        let complete = registry.completeFirstFleet(at: day(11))
        let count = try #require(complete)
        #expect(count == 3)
        #expect(registry.completeFirstFleet(at: day(12)) == nil)
        let late = registry.register(newcomerCount: 1, at: day(11))
        #expect((late[0].reading.budgetShare - errorBudgetShare(rank: 4, firstFleetCount: 3)).magnitude < 1e-15)
        for index in accounts.indices {
            accounts[index].settle(firstFleetCount: count)
            #expect(accounts[index].firstFleetCount == 3)
            #expect((accounts[index].reading.budgetShare - 0.8 / 3).magnitude < 1e-12)
            accounts[index].update(residualReturn: 0.03, isCounted: true)
            #expect(accounts[index].reading.stakedMarkCount == 1)
        }
        let settled = accounts[0]
        accounts[0].settle(firstFleetCount: 40)
        #expect(accounts[0] == settled, "a share is fixed for ever")
    }

    @Test func `days without a position count from the first bet`() {
        var account = EvidenceAccount(rank: 1, firstFleetCount: 1)
        account.noteIdleDay()
        for _ in 0..<11 { account.update(residualReturn: 0.01, isCounted: true) }
        account.noteIdleDay()
        #expect(account.reading.idleDayCount == 1)
        #expect(account.reading.stakedMarkCount == 1)
    }

    @Test func `candidates who hold one another up are promoted together, and only they`() throws {
        let nobody = try #require(AgentID("nobody"))
        func entry(_ eValue: Double, isHeld: Bool = false) -> JudgmentCase {
            var inputs = isHeld ? hopelessInputs : passingInputs()
            inputs.evidence = reading(.known(eValue), share: 0.1)
            inputs.errorRate = .known(isHeld ? 1 : 0)
            return JudgmentCase(
                inputs: inputs, state: StageState(),
                decisions: DecisionRecord().decisions(on: nobody, strategyClass: ""))
        }
        func promoted(_ cases: [JudgmentCase]) -> [Bool] {
            judge(together: cases, gates: GatePolicy(), risk: RiskPolicy(), asOf: day(1)).states
                .map(\.wasPromotedOnEvidence)
        }
        // One alone needs 200, each of two 100, each of three 66.7.
        #expect(promoted([entry(199)]) == [false])
        #expect(promoted([entry(199), entry(100), entry(60)]) == [true, true, false])
        #expect(promoted([entry(70), entry(70), entry(67)]) == [true, true, true])
        #expect(promoted([entry(199), entry(99), entry(60)]) == [false, false, false])
        // Whom another gate holds back lowers nobody's threshold.
        #expect(promoted([entry(199), entry(1_000, isHeld: true)]) == [false, false])
        // And nobody's verdict promises a threshold that it does not have.
        let judged = judge(
            together: [entry(199), entry(100), entry(60)], gates: GatePolicy(), risk: RiskPolicy(), asOf: day(1))
        let verdicts = judged.states.indices.map { judged.verdict(at: $0) }
        let (two, three) = (1 / (0.05 * 0.1 * 2.0), 1 / (0.05 * 0.1 * 3.0))
        #expect(verdicts.map(\.evidenceThreshold) == [two, two, three])
    }

    @Test func `one that loses steadily is killed on evidence, whatever its fall`() throws {
        var account = EvidenceAccount(rank: 1, firstFleetCount: 1)
        var generator = Xoshiro256(seed: 31)
        var course = Course()
        course.gates = GatePolicy()
        var killedOn: Int?
        for number in 1...200 where killedOn == nil {
            // The market carries the book; what is its own loses a quarter of its volatility a day.
            account.update(residualReturn: -0.005 + 0.02 * generator.normal(), isCounted: true)
            var inputs = passingInputs(newReturns: [0.001])
            inputs.evidence = account.reading
            let verdict = try course.judge(inputs)
            #expect(verdict.lossThreshold == 20)
            if verdict.stage == .killed {
                killedOn = number
                #expect(verdict.reason.hasPrefix("killed: evidence that it earns less than nothing "))
                #expect((verdict.lossEValue.value ?? 0) >= 20)
            }
        }
        #expect(killedOn != nil)
        // What killed it does not kill it twice, and new evidence does.
        course.decide(.revive, try momentum())
        var inputs = passingInputs()
        inputs.evidence = account.reading
        let revived = try course.judge(inputs)
        #expect(revived.stage != .killed && revived.lossEValue == .known(1))
        #expect(try restored(course.state) == course.state)
        inputs.evidence.lossEValue = inputs.evidence.lossEValue.map { $0 * 19.9 }
        #expect(try course.judge(inputs).stage != .killed)
        inputs.evidence.lossEValue = inputs.evidence.lossEValue.map { $0 * 1.1 }
        #expect(try course.judge(inputs).stage == .killed)
        course = Course()
        course.gates = GatePolicy()
        course.risk.killErrorLevel = nil
        #expect(try course.judge(inputs).stage != .killed)
    }

    @Test func `buyers of lottery tickets are not killed on evidence for what they paid`() {
        // -0.2 % on 98 days of a hundred, +9.8 % on two: nothing in the mean.
        var generator = Xoshiro256(seed: 32)
        var killed = 0
        for _ in 0..<100 {
            var account = EvidenceAccount(rank: 1, firstFleetCount: 1)
            var greatest = 0.0
            for _ in 0..<730 {
                account.update(residualReturn: generator.uniform() < 0.02 ? 0.098 : -0.002, isCounted: true)
                greatest = max(greatest, account.reading.lossEValue.value ?? 0)
            }
            killed += greatest >= 20 ? 1 : 0
        }
        // At most five in a hundred by the bound; two standard errors more.
        #expect(killed <= 10, "\(killed)")
    }

    @Test func `an account continues from a snapshot to the bit`() throws {
        var generator = Xoshiro256(seed: 5)
        var registry = TrialRegistry()
        var account = registry.register(newcomerCount: 2)[1]
        for _ in 0..<50 { account.update(residualReturn: 0.02 * generator.normal(), isCounted: true) }
        account.update(residualReturn: -0.9, isCounted: true)
        var copy = try restored(account)
        #expect(copy == account)
        #expect(try restored(registry) == registry)
        for _ in 0..<50 {
            let value = 0.02 * generator.normal()
            account.update(residualReturn: value, isCounted: true)
            copy.update(residualReturn: value, isCounted: true)
        }
        #expect(copy == account)
        #expect(copy.reading.stakedMarkCount > 0)
    }
}
