import Domain
import Operation
import Reporting
import Swarm

/// The end of the demonstration: what was true of each kind of agent, and what the report says of it.
enum DetectionTable {
    static func text(
        _ report: Report, fleet: SimulatedFleet, counts: [AgentID: IngestCounts], style: TextStyle
    ) -> String {
        var page = TextPage(style: style)
        page.blank()
        page.blank()
        page.heading("WHAT WAS TRUE, AND WHAT WAS DETECTED")
        var table = Table([.text("kind", atMost: 12), .text("agents", atMost: 22), .prose("truth"), .prose("detected")])
        for kind in AgentKind.allCases {
            let profiles = fleet.agents.filter { $0.kind == kind }
            let reports = profiles.compactMap { profile in report.agents.first { $0.agent == profile.id } }
            guard !reports.isEmpty else { continue }
            table.add([
                kind.rawValue, profiles.map(\.id.name).joined(separator: " "), kind.truth,
                detected(kind, reports, report, counts),
            ])
        }
        page.table(table, indent: 2)
        return page.text
    }

    private static func detected(
        _ kind: AgentKind, _ agents: [AgentReport], _ report: Report, _ counts: [AgentID: IngestCounts]
    ) -> String {
        switch kind {
        case .backdating:
            let late = agents.reduce(0) { $0 + ($1.scorecard.rejections[.late] ?? 0) }
            let signals = agents.reduce(0) { $0 + $1.scorecard.signalCount }
            return "\(late) of \(signals) signals refused as late; \(outcomes(agents)) outcomes counted; "
                + weights(agents, report)
        case .broken:
            let rejected = agents.reduce(0) { $0 + (counts[$1.agent]?.quarantined ?? 0) }
            return "\(rejected) lines in the quarantine, each with its reason; the rest was scored: " + merits(agents)
                + "; " + weights(agents, report)
        case .copycat:
            let pair = report.findings.first { finding in
                finding.topic == .risk && finding.text.hasPrefix("Books that moved as one")
                    && agents.contains { finding.text.contains($0.agent.name) }
            }
            return (pair.map(\.text) ?? "not told apart from an agent of its own") + " " + merits(agents)
        case .silent:
            let asleep = agents.count(where: \.isAsleep)
            return "\(asleep) of \(agents.count) asleep; the weight has decayed to cash; " + weights(agents, report)
        case .revising:
            let revised = agents.reduce(0) { $0 + ($1.scorecard.rejections[.revised] ?? 0) }
            return "\(revised) corrected signals count once, in their last version; " + merits(agents) + "; "
                + weights(agents, report)
        case .longOnly:
            let market = agents.map { DecimalText.fixed($0.scorecard.book.marketPartSum * 100, 0) + " %" }
            let own = agents.map { DecimalText.fixed($0.scorecard.book.residualPartSum * 100, 0) + " %" }
            return "explained by the market \(market.joined(separator: ", ")), its own "
                + "\(own.joined(separator: ", ")); \(stages(agents)); " + weights(agents, report)
        case .skilled, .lucky, .noisy, .inflated, .decaying, .misguided:
            return merits(agents) + "; \(stages(agents)); " + weights(agents, report)
        }
    }

    private static func outcomes(_ agents: [AgentReport]) -> Int {
        agents.reduce(0) { $0 + $1.scorecard.outcomeCount }
    }

    private static func merits(_ agents: [AgentReport]) -> String {
        let multipliers = agents.map(\.multiplier.value)
        let mean = multipliers.reduce(0, +) / Double(multipliers.count)
        let eValues = agents.compactMap { $0.verdict.evidenceGate?.value.value }
        let sharpes = agents.compactMap { $0.scorecard.book.sharpeRatio.value?.value }
        var parts = ["mean multiplier \(DecimalText.fixed(mean, 3))"]
        if let best = eValues.max() { parts.append("largest e-value \(DecimalText.fixed(best, 1))") }
        if !sharpes.isEmpty {
            parts.append("mean Sharpe \(DecimalText.fixed(sharpes.reduce(0, +) / Double(sharpes.count), 1))")
        }
        return parts.joined(separator: ", ")
    }

    private static func stages(_ agents: [AgentReport]) -> String {
        let parts = Stage.allCases.compactMap { stage -> String? in
            let count = agents.count { $0.verdict.stage == stage }
            return count > 0 ? "\(count) \(stage.rawValue)" : nil
        }
        return parts.joined(separator: ", ")
    }

    private static func weights(_ agents: [AgentReport], _ report: Report) -> String {
        let names = Set(agents.map(\.agent))
        let sum = report.allocation.agents.reduce(0.0) { $0 + (names.contains($1.agent) ? $1.weight : 0) }
        return "together \(DecimalText.fixed(sum * 100, 1)) % of the capital"
    }
}
