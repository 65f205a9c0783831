import Domain
import Reporting
import Statistics
import Supervision
import Testing

// MARK: Names and times

func agent(_ name: String) -> AgentID {
    guard let agent = AgentID(name) else { preconditionFailure("Invariant: \(name) is an agent's name") }
    return agent
}

func symbol(_ name: String) -> Symbol {
    guard let symbol = Symbol(name) else { preconditionFailure("Invariant: \(name) is a symbol") }
    return symbol
}

/// 2025-01-01T00:00:00Z, a Wednesday.
let start = Timestamp(seconds: 1_735_689_600)

func day(_ number: Int64, _ hours: Int64 = 0, minutes: Int64 = 0) -> Timestamp {
    start + .days(number) + .hours(hours) + .minutes(minutes)
}

// MARK: Facts

/// Hourly bars whose open is `price` of the hour's number and whose close is that of the next.
func hourlyBars(_ name: String, hours: Range<Int64>, price: (Int64) -> Double) -> BarSeries {
    BarSeries(
        symbol: symbol(name),
        bars: hours.map { hour in
            let (open, close) = (price(hour), price(hour + 1))
            let bar = Bar(
                openAt: start + .hours(hour), closeAt: start + .hours(hour + 1), open: open, high: max(open, close),
                low: min(open, close), close: close, volume: nil)
            return Dated(bar, knownAt: bar.closeAt, attestation: .attested)
        })
}

func signal(
    _ name: String, _ symbolName: String, _ direction: Direction, at time: Timestamp, score: Double? = 1,
    horizon: Horizon = .standard, strategyClass: String? = nil, version: String? = nil, id: String? = nil,
    attestation: Attestation = .attested
) -> Dated<Signal> {
    Dated(
        Signal(
            agent: agent(name), symbol: symbol(symbolName), direction: direction, score: score, horizon: horizon,
            generatedAt: time, signalID: id, strategyClass: strategyClass, agentVersion: version),
        knownAt: time, attestation: attestation)
}

func decision(
    _ kind: DecisionKind, _ scope: DecisionScope, at time: Timestamp, reason: String = "because"
) -> Dated<HumanDecision> {
    Dated(
        HumanDecision(kind: kind, scope: scope, at: time, reason: reason, author: "ada", evidence: ""), knownAt: time,
        attestation: .attested)
}

func policyChange(_ policy: Policy, at time: Timestamp) -> Dated<PolicyChange> {
    Dated(PolicyChange(at: time, policyText: policy.text, reason: "test"), knownAt: time, attestation: .attested)
}

func withdrawal(
    of bar: Bar, _ name: String, at time: Timestamp, reason: String = "venues are 90 bps apart"
) -> Dated<BarWithdrawal> {
    Dated(
        BarWithdrawal(symbol: symbol(name), openAt: bar.openAt, closeAt: bar.closeAt, at: time, reason: reason),
        knownAt: time, attestation: .attested)
}

func rename(_ old: String, to new: String, at time: Timestamp) -> Dated<AgentRename> {
    Dated(AgentRename(old: agent(old), new: agent(new), at: time), knownAt: time, attestation: .attested)
}

extension FactBatch {
    /// The facts for which `isIn` holds, told their moment.
    func filtered(_ isIn: (Timestamp) -> Bool) -> FactBatch {
        FactBatch(
            bars: bars.map { BarSeries(symbol: $0.symbol, bars: $0.bars.filter { isIn($0.knownAt) }) },
            signals: signals.filter { isIn($0.knownAt) }, outcomes: outcomes.filter { isIn($0.knownAt) },
            telemetry: telemetry.filter { isIn($0.knownAt) }, decisions: decisions.filter { isIn($0.knownAt) },
            renames: renames.filter { isIn($0.knownAt) }, policyChanges: policyChanges.filter { isIn($0.knownAt) },
            barWithdrawals: barWithdrawals.filter { isIn($0.knownAt) })
    }

    static func + (left: FactBatch, right: FactBatch) -> FactBatch {
        FactBatch(
            bars: left.bars + right.bars, signals: left.signals + right.signals,
            outcomes: left.outcomes + right.outcomes, telemetry: left.telemetry + right.telemetry,
            decisions: left.decisions + right.decisions, renames: left.renames + right.renames,
            policyChanges: left.policyChanges + right.policyChanges,
            barWithdrawals: left.barWithdrawals + right.barWithdrawals)
    }
}

// MARK: Folding

/// Equal weights without caps, and nothing that concerns the fleet as a whole: every factor of an agent is seen.
var uncapped: Policy {
    var policy = Policy.standard
    policy.allocation.prior = .equal
    policy.allocation.switchOffFleetSteps()
    policy.allocation.agentCap = 1
    policy.allocation.strategyCap = 1
    return policy
}

func report(_ facts: FactBatch, _ policy: Policy = .standard, asOf: Timestamp) -> Report {
    supervise(facts, under: .constant(policy), asOf: asOf)
}

/// A fold that has taken everything and stands at `time`.
func folded(_ facts: FactBatch, _ mode: Fold.PolicyMode = .constant(.standard), to time: Timestamp) -> Fold {
    var fold = Fold(mode: mode)
    fold.apply(facts)
    fold.advance(to: time)
    return fold
}

extension Report {
    func agent(_ name: String) throws -> AgentReport {
        try #require(agents.first { $0.agent.name == name }, "no agent \(name) in the report")
    }

    func allocation(_ name: String) throws -> AgentAllocation {
        try #require(allocation.agents.first { $0.agent.name == name }, "no weight of \(name) in the report")
    }

    func findings(saying text: String) -> [Finding] { findings.filter { $0.text.contains(text) } }
}

extension Double {
    func isClose(to other: Double, within tolerance: Double = 1e-9) -> Bool {
        (self - other).magnitude <= tolerance * max(1, other.magnitude)
    }
}

// MARK: The same bytes

/// Compares the value and everything that is written of it; the first line that differs is shown.
func expectSame(
    _ left: Report, _ right: Report, _ situation: @autoclosure () -> String,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    let texts = [
        (JSONReport.bytes(left), JSONReport.bytes(right)),
        (Array(TextReport.text(left).utf8), Array(TextReport.text(right).utf8)),
    ]
    for (one, two) in texts where one != two {
        let lines = [one, two].map { String(decoding: $0, as: UTF8.self).split(separator: "\n") }
        let differing = zip(lines[0], lines[1]).first { $0 != $1 }
        Issue.record(
            """
            \(situation())
            - \(differing?.0 ?? "(\(lines[0].count) lines)")
            + \(differing?.1 ?? "(\(lines[1].count) lines)")
            """, sourceLocation: sourceLocation)
        return
    }
    let isSame = left == right
    #expect(
        isSame, "\(situation()): the values differ, though all that is written of them is the same",
        sourceLocation: sourceLocation)
}

extension Xoshiro256 {
    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(max(1, bound))) }

    mutating func happens(_ probability: Double) -> Bool { uniform() < probability }

    mutating func pick<Element>(_ list: [Element]) -> Element { list[below(list.count)] }

    mutating func shuffled<Element>(_ list: [Element]) -> [Element] {
        var list = list
        for index in stride(from: list.count - 1, to: 0, by: -1) { list.swapAt(index, below(index + 1)) }
        return list
    }
}
