import Domain

/// The report in a few sentences: how much is invested, in whom, why so little or so much, and what is proven.
struct Summary {
    let sentences: [String]

    init(_ report: Report) {
        guard !report.agents.isEmpty else {
            sentences = [
                "No agent is known yet: no signal was known by \(report.asOf.description). All capital is cash."
            ]
            return
        }
        var sentences = Summary.investment(report)
        sentences += Summary.reasons(report)
        sentences += Summary.gate(report.allocation)
        sentences.append(Summary.stages(report))
        sentences += Summary.record(report.fleet.record)
        self.sentences = sentences
    }

    private static func investment(_ report: Report) -> [String] {
        let flow = CapitalFlow(report.allocation)
        let holders = report.allocation.agents.filter { $0.weight > 0 }
        let cash = NumberText.percent(report.allocation.cash)
        guard !holders.isEmpty else {
            let agents = NumberText.counted(report.agents.count, "agent")
            return ["Nothing is invested: none of \(agents) holds a weight, and cash is \(cash) %."]
        }
        let largest = holders.sorted { ($1.weight, $0.agent) < ($0.weight, $1.agent) }.prefix(3)
        let names = largest.map { "\($0.agent.name) (\(NumberText.percent($0.weight)) %)" }
        let opening =
            holders.count > 3 ? "The largest holders are " : holders.count == 1 ? "The only holder is " : "They are "
        return [
            "\(NumberText.percent(flow.invested)) % of the capital is invested,"
                + " in \(DecimalText.grouped(holders.count)) of \(NumberText.counted(report.agents.count, "agent"));"
                + " \(cash) % is cash.",
            opening + NumberText.list(names) + ".",
        ]
    }

    private static func reasons(_ report: Report) -> [String] {
        let flow = CapitalFlow(report.allocation)
        let cuts = flow.largestCuts.prefix(3)
        guard let prior = flow.steps.first, prior.total > 0 else { return [] }
        guard !cuts.isEmpty else {
            return ["No step between prior and final weights takes as much as half a percentage point of the capital."]
        }
        let parts = cuts.map { "the \($0.step.title) takes \(NumberText.percent(-$0.change)) points" }
        return ["Of \(NumberText.percent(prior.total)) % in prior weights, \(NumberText.list(parts))."]
    }

    /// One sentence for all: the gate is the same for everybody.
    private static func gate(_ allocation: Allocation) -> [String] {
        guard !allocation.passThroughSteps.contains(.fleetGate),
            let link = allocation.agents.first?.chain.first(where: { $0.step == .fleetGate }), !link.reason.isEmpty
        else { return [] }
        return ["The fleet gate, \(link.reason)."]
    }

    private static func stages(_ report: Report) -> String {
        let counts = Stage.allCases.map { stage in report.agents.count { $0.verdict.stage == stage } }
        let words = zip(Stage.allCases, counts).filter { $1 > 0 }.map { stage, count in
            switch stage {
            case .candidate: NumberText.counted(count, "candidate")
            case .promoted: "\(count) promoted"
            case .probation: "\(count) on probation"
            case .killed: "\(count) killed"
            }
        }
        let undecided = report.agents.count { $0.verdict.kind == .insufficientEvidence }
        let waiting = report.agents.count { $0.verdict.kind == .awaitApproval }
        var text = "Stages: \(NumberText.list(words))"
        if report.agents.allSatisfy({ $0.verdict.stage != .promoted && $0.verdict.stage != .probation }) {
            text += "; nobody is promoted"
        }
        if undecided > 0 { text += "; for \(undecided) the evidence is insufficient either way" }
        if waiting > 0 { text += "; \(waiting) await approval by a person (`agents promote`)" }
        return text + "."
    }

    private static func record(_ record: FleetRecord) -> [String] {
        guard record.markCount > 0 else { return ["There is no paper record of these weights yet."] }
        var text = "On paper, following the weights over \(NumberText.counted(record.markCount, "mark"))"
        text += " would have returned \(NumberText.signedPercent(record.totalReturnNet, 2)) % net"
        text += " (equal weights, fully invested: \(NumberText.signedPercent(record.equalWeightTotalReturnNet, 2)) %),"
        text += " with a largest fall of \(NumberText.percent(record.maximalDrawdown, 2)) %"
        if let cash = record.averageCash { text += " and \(NumberText.percent(cash)) % in cash on average" }
        return [text + ".", proof(of: record.sharpeRatio)]
    }

    /// Two standard errors: a reader's yardstick, not a test; the gates decide by theirs.
    private static func proof(of sharpe: Evidence<Estimate>) -> String {
        let text = NumberText.estimate(sharpe, decimals: 2, isSigned: true)
        guard case .known(let estimate) = sharpe else {
            return "That is too short for a Sharpe ratio (\(text)): it proves nothing."
        }
        guard let error = estimate.standardError else {
            return "Its Sharpe ratio is \(text), without a standard error."
        }
        if estimate.value.magnitude < 2 * error {
            return "Its Sharpe ratio is \(text): within two standard errors of zero, so it proves no edge."
        }
        return
            "Its Sharpe ratio is \(text): more than two standard errors \(estimate.value > 0 ? "above" : "below") zero."
    }
}
