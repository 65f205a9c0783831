import Domain
import Statistics
import Testing

@testable import PromotionGates

@Suite("Judgments whose words wait")
struct JudgmentsTests {
    /// A state that was reached by a random course of judgments, and inputs for the next.
    private static func entry(_ random: inout Xoshiro256, until days: Int) throws -> JudgmentCase {
        var course = Course()
        course.gates = random.below(3) == 0 ? .seedAlike : GatePolicy()
        for _ in 0..<days {
            if random.below(6) == 0 {
                try course.decide([.kill, .revive, .promote, .veto][random.below(4)], momentum())
            }
            _ = try course.judge(inputs(&random))
        }
        let agent = try #require(AgentID("momentum"))
        return JudgmentCase(
            inputs: inputs(&random), state: course.state,
            decisions: course.decisions.decisions(on: agent, strategyClass: "trend"))
    }

    private static func inputs(_ random: inout Xoshiro256) -> GateInputs {
        var inputs = random.below(3) == 0 ? hopelessInputs : passingInputs()
        inputs.newReturns = (0..<random.below(3)).map { _ in random.normal() * 0.03 }
        if random.below(4) == 0 { inputs.errorRate = .insufficient(count: 0, needed: 1) }
        if random.below(4) == 0 { inputs.evidence = reading(.known(Double(random.below(500)))) }
        if random.below(9) == 0 { inputs.dailyVolatility = .insufficient(count: 3, needed: 20) }
        inputs.evidence.lossEValue = .known(Double(random.below(50)))
        inputs.isRuined = random.below(60) == 0
        inputs.promotionCount = random.below(3)
        return inputs
    }

    @Test("the state is that of the judgment that speaks, and the words are the same when they are asked for")
    func sameAsSpoken() throws {
        var random = Xoshiro256(seed: 41)
        var kinds: Set<VerdictKind> = []
        for number in 0..<400 {
            let entry = try Self.entry(&random, until: random.below(40))
            var (gates, risk) = (GatePolicy(), RiskPolicy())
            if number % 3 == 0 { gates = .seedAlike }
            if number % 4 == 0 { gates.promotion = .approval }
            if number % 5 == 0 { risk.killDrawdownSigmas = nil }
            let spoken = judge(
                entry.inputs, state: entry.state, decisions: entry.decisions, gates: gates, risk: risk, asOf: day(100))
            let judged = judge(together: [entry], gates: gates, risk: risk, asOf: day(100))
            #expect(judged.states == [spoken.state], "case \(number), seed 41")
            // Alone, nobody else's promotion lowers its threshold.
            #expect(judged.verdict(at: 0) == spoken.verdict, "case \(number), seed 41")
            kinds.insert(spoken.verdict.kind)
        }
        #expect(kinds.count >= 5, "\(kinds)")
    }
}

extension GatePolicy {
    fileprivate static var seedAlike: GatePolicy { Policy.seed.gates }
}

extension Xoshiro256 {
    fileprivate mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
}
