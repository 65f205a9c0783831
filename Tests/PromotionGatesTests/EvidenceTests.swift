import Domain
import Statistics
import Testing

@testable import PromotionGates

struct EvidenceTests {
    /// Polls a fleet daily; the days on which agents are promoted, by agent. Judged in full when the threshold is
    /// reached and every 50th day besides, which must not promote.
    private func promotions(
        agentCount: Int, days: Int, drawing value: (inout Xoshiro256, Int) -> Double, seed: UInt64
    ) throws -> [Int: Int] {
        let nobody = try #require(AgentID("nobody"))
        var generator = Xoshiro256(seed: seed)
        var registry = TrialRegistry()
        var accounts = registry.register(newcomerCount: agentCount)
        var states = [StageState](repeating: StageState(), count: agentCount)
        var promoted: [Int: Int] = [:]
        var inputs = passingInputs()
        for number in 1...days {
            inputs.promotionCount = StageState.promotionCount(among: states)
            for index in accounts.indices {
                let residual = value(&generator, index)
                accounts[index].update(residualReturn: residual, isCounted: true)
                inputs.evidence = accounts[index].reading
                let threshold = inputs.evidence.threshold(level: 0.05, earlierPromotionCount: inputs.promotionCount)
                guard number % 50 == 0 || (inputs.evidence.eValue.value ?? 0) >= threshold else { continue }
                states[index] =
                    judge(
                        inputs, state: states[index],
                        decisions: DecisionRecord().decisions(on: nobody, strategyClass: ""), gates: GatePolicy(),
                        risk: RiskPolicy(), asOf: day(number)
                    ).state
                if states[index].stage == .promoted, promoted[index] == nil { promoted[index] = number }
            }
        }
        return promoted
    }

    @Test func `polled daily for a year, fleets without an edge promote somebody in at most one of twenty`() throws {
        let fleetCount = 100
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
        #expect(fooled <= 5, "seeds 1...\(fleetCount)")
    }

    @Test func `sellers of insurance are not promoted on their premiums`() throws {
        // 0.1 % a day, and -10 % on one day in a hundred and one: nothing in the mean, and a fine record until then.
        let fleetCount = 100
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
        #expect(fooled <= 5, "seeds 1001...\(1_000 + fleetCount)")
    }

    @Test func `a real edge is found`() throws {
        // Daily Sharpe 0.4, 2 % a day of risk, beside five that have none.
        var days: [Int] = []
        for seed in 1...10 as ClosedRange<UInt64> {
            let found = try promotions(
                agentCount: 6, days: 500,
                drawing: { generator, index in 0.02 * generator.normal() + (index == 0 ? 0.008 : 0) },
                seed: 2_000 + seed)
            if let found = found[0] { days.append(found) }
        }
        print("evidence: a daily Sharpe of 0.4 was found in \(days.count) of 10 fleets, on days \(days.sorted())")
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
        #expect(shares[0] == 0.1)
        let sum = compensatedSum(shares)
        #expect(sum < 1 && sum > 0.99)
        #expect(registry.register(newcomerCount: 1)[0].reading.budgetShare < 0.001)
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
