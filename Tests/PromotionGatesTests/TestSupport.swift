import Domain
import Statistics
import Testing

@testable import PromotionGates

let start = Timestamp(milliseconds: 1_735_689_600_000)  // 2025-01-01T00:00:00Z

func day(_ number: Int) -> Timestamp { start + .days(Int64(number)) }

/// A reading of so much wealth after so many bets.
func reading(_ eValue: Evidence<Double>, share: Double = 0.5) -> EvidenceReading {
    EvidenceReading(
        eValue: eValue, logEValue: nil, stakedMarkCount: 30, unattestedMarkCount: 0, budgetShare: share)
}

/// Inputs that pass every gate of the seed and of the standard, but for what a test changes.
func passingInputs(newReturns: [Double] = []) -> GateInputs {
    GateInputs(
        pnlSumBps: .known(200), hitRate: .known(0.6), averageAbsoluteErrorBps: .known(50),
        averageErrorBps: .known(-10), unattestedOutcomeCount: 0, errorRate: .known(0),
        evidence: reading(.known(1_000)), promotionCount: 0, trialCount: 1, newReturns: newReturns,
        dailyVolatility: .known(0.01), isRuined: false)
}

/// Inputs that pass none.
var hopelessInputs: GateInputs {
    var inputs = passingInputs()
    inputs.hitRate = .known(0.4)
    inputs.evidence = reading(.known(0.1))
    return inputs
}

func decision(
    _ kind: DecisionKind, on scope: DecisionScope, at number: Int, reason: String = "because"
) -> HumanDecision {
    HumanDecision(kind: kind, scope: scope, at: day(number), reason: reason, author: "ada", evidence: "")
}

func momentum() throws -> DecisionScope { .agent(try #require(AgentID("momentum"))) }

/// One agent, judged once a day.
struct Course {
    var state = StageState()
    var decisions = DecisionRecord()
    var gates = Policy.seed.gates
    var risk = RiskPolicy()
    var today = 0
    var verdict: Verdict?

    mutating func judge(_ inputs: GateInputs) throws -> Verdict {
        today += 1
        let agent = try #require(AgentID("momentum"))
        let answer = PromotionGates.judge(
            inputs, state: state, decisions: decisions.decisions(on: agent, strategyClass: "trend"), gates: gates,
            risk: risk, asOf: day(today))
        state = answer.state
        verdict = answer.verdict
        return answer.verdict
    }

    /// A decision made between yesterday's judgment and today's.
    mutating func decide(_ kind: DecisionKind, _ scope: DecisionScope) {
        var news = decision(kind, on: scope, at: today)
        news.at = news.at + .hours(12)
        decisions.append(news)
    }
}

func bytes(_ value: some SnapshotVisitable) throws -> [UInt8] {
    var copy = value
    var writer = SnapshotCoder.writer()
    try copy.visit(&writer)
    return writer.bytes
}

func restored<Value: SnapshotVisitable>(_ value: Value) throws -> Value {
    var reader = SnapshotCoder.reader(try bytes(value))
    var copy = Value()
    try copy.visit(&reader)
    #expect(reader.isAtEnd)
    return copy
}
