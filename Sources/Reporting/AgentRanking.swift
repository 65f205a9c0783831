package import Domain

/// One agent with its place in the allocation.
package struct RankedAgent: Sendable {
    package let report: AgentReport
    package let allocation: AgentAllocation?

    package var weight: Double { allocation?.weight ?? 0 }
    package var prior: Double? { allocation?.chain.first { $0.step == .prior }?.weight }
}

/// The agents by weight, the largest first, equal ones by name; of a large fleet only both ends.
package struct AgentRanking: Sendable {
    package let top: [RankedAgent]
    /// How many between top and bottom are left out.
    package let leftOutCount: Int
    package let bottom: [RankedAgent]

    package init(_ report: Report, topCount: Int, bottomCount: Int, isFull: Bool) {
        let allocations = Dictionary(
            report.allocation.agents.map { ($0.agent, $0) }, uniquingKeysWith: { first, _ in first })
        let ranked = report.agents.map { RankedAgent(report: $0, allocation: allocations[$0.agent]) }
            .sorted { ($1.weight, $0.report.agent) < ($0.weight, $1.report.agent) }
        if isFull || ranked.count <= topCount + bottomCount {
            top = ranked
            leftOutCount = 0
            bottom = []
        } else {
            top = Array(ranked.prefix(topCount))
            bottom = Array(ranked.suffix(bottomCount))
            leftOutCount = ranked.count - topCount - bottomCount
        }
    }
}

extension Verdict {
    /// Gates passed of those required: `3/4`; `-` where none is.
    package var gateCount: String {
        let required = gates.filter(\.isRequired)
        return required.isEmpty ? "-" : "\(required.count(where: \.isPassed))/\(required.count)"
    }

    /// The gate on accumulated evidence (an e-value), known by its name; `nil` under a policy without one.
    package var evidenceGate: Gate? { gates.first { $0.name == "evidence" } }
}

extension AgentReport {
    /// What a reader should know beside the numbers, in a word or two.
    package var remarks: [String] {
        var remarks: [String] = []
        switch verdict.standingDecision {
        case .kill: remarks.append("killed by hand")
        case .veto: remarks.append("vetoed")
        case .promote, .revive, nil: break
        }
        if scorecard.book.isRuined { remarks.append("ruined") }
        if verdict.isInWarningBand && verdict.stage != .killed { remarks.append("near limit") }
        if verdict.kind == .awaitApproval { remarks.append("awaits approval") }
        if isAsleep { remarks.append("asleep") }
        if let first = movesWith.first {
            remarks.append(
                "moves with \(first.name)" + (movesWith.count > 1 ? " and \(movesWith.count - 1) more" : ""))
        }
        return remarks
    }
}

extension Report {
    /// The worst first, equal ones in the order in which they were found.
    package var sortedFindings: [Finding] {
        Finding.Severity.allCases.reversed().flatMap { severity in findings.filter { $0.severity == severity } }
    }
}
