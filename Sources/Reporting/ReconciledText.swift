package import Domain

/// What rows say by themselves, for people.
package enum ReconciledText {
    /// What keeps every verdict on rows alone from being more than a comparison of numbers.
    static let verdictReason =
        "insufficient evidence: the evidence gate needs a book (daily marks at prices), error_rate needs telemetry, "
        + "and rows reconciled elsewhere are unattested"

    package static func text(_ report: ReconciledReport, source: String, style: TextStyle = .plain) -> String {
        var page = TextPage(style: style)
        guard let asOf = report.asOf else {
            page.paragraph("No row counts in " + source)
            page.paragraph(lineSentence(report.lines))
            reasons(report.lines, on: &page)
            return page.text
        }
        page.line("Confidence from rows alone, as of \(asOf)", right: report.policyName)
        page.paragraph("rows of " + source)
        page.paragraph(lineSentence(report.lines))
        reasons(report.lines, on: &page)
        notes(report, on: &page)
        page.heading("CONFIDENCE")
        page.table(agentTable(report.agents))
        page.heading("GATES")
        page.table(gateTable(report.agents))
        page.paragraph("! is a number that fails. " + gateNote(report.agents))
        page.paragraph("Nobody is judged on this: " + verdictReason + ".")
        page.heading("STRATEGIES")
        page.table(strategyTable(report.strategies))
        page.paragraph("CVaR: the mean of the worst 5 % and 1 % of the shortfalls (expected less realized), in bps.")
        return page.text
    }

    private static func lineSentence(_ lines: ReconciledLineCounts) -> String {
        var parts = ["\(DecimalText.grouped(lines.counted)) counted"]
        for (count, what) in [
            (lines.blank, "blank"), (lines.refused, "refused"), (lines.duplicates, "repeated"),
            (lines.otherHorizon, "of other horizons"), (lines.notYetClosed, "not closed by then"),
            (lines.outOfOrder, "out of order and left out"),
        ] where count > 0 { parts.append("\(DecimalText.grouped(count)) \(what)") }
        return NumberText.counted(lines.all, "line") + ": " + parts.joined(separator: ", ") + "."
    }

    private static func reasons(_ lines: ReconciledLineCounts, on page: inout TextPage) {
        for reason in lines.reasons {
            let count = reason.count > 1 ? " (\(DecimalText.grouped(reason.count)) lines)" : ""
            page.paragraph("line \(reason.firstLine): \(reason.text)\(count)", indent: 2, hanging: 2)
        }
        let told = lines.reasons.reduce(0) { $0 + $1.count }
        if told < lines.refused {
            page.paragraph("and \(NumberText.counted(lines.refused - told, "line")) for other reasons", indent: 2)
        }
        if let line = lines.firstOutOfOrder {
            page.paragraph(
                "line \(line) is the first that came after its grid step was over: sort the rows by time, or take them "
                    + "into a ledger (`ingest reconciled FILE --as-history`), which needs no order.",
                indent: 2, hanging: 2)
        }
    }

    private static func notes(_ report: ReconciledReport, on page: inout TextPage) {
        if report.lines.withoutSigma > 0 {
            page.paragraph(
                "\(NumberText.counted(report.lines.withoutSigma, "row")) without expected_sigma_bps: in every sum, and "
                    + "in no skill, which needs a volatility.")
        }
        guard report.horizons.count > 1 else { return }
        let list = report.horizons.prefix(6).map { horizon in
            "\(NumberText.significant(horizon.horizon.inHours)) h (\(DecimalText.grouped(horizon.count)))"
        }
        let more = report.horizons.count > 6 ? " and others" : ""
        page.paragraph(
            "Rows of several horizons, all of which count: \(list.joined(separator: ", "))\(more). A file that this "
                + "program wrote holds the diagnostic ones too: --horizon-hours reads one of them.")
    }

    private static func agentTable(_ agents: [ReconciledAgentReport]) -> Table {
        var table = Table([
            .text("agent"), .number("multiplier"), .number("skill"), .number("independent"), .number("outcomes"),
            .number("hit rate %"), .number("P&L bps"), .text("strategy", atMost: 16),
        ])
        for agent in agents {
            table.add([
                .text(agent.agent.name), .text(DecimalText.fixed(agent.multiplier.value, 4)),
                .text(NumberText.evidence(agent.multiplier.skill) { DecimalText.fixed($0, 4) }),
                .text(DecimalText.fixed(agent.multiplier.effectiveSignals, 1)),
                .text(DecimalText.grouped(agent.outcomeCount)),
                NumberText.cell(agent.hitRate, decimals: 1, factor: 100),
                .text(NumberText.signedWhole(agent.pnlSumBps)), .text(agent.strategyClass),
            ])
        }
        return table
    }

    private static func gateTable(_ agents: [ReconciledAgentReport]) -> Table {
        let names = agents.first?.gates.map(\.name) ?? []
        var table = Table([.text("agent")] + names.map { .number($0) })
        for agent in agents {
            table.add([.text(agent.agent.name)] + agent.gates.map { .text(gateText($0)) })
        }
        return table
    }

    private static func gateText(_ gate: Gate) -> String {
        switch gate.value {
        case .known(let value):
            DecimalText.fixed(value, gate.name == "hit_rate" ? 3 : 1) + (gate.isPassed ? "  " : " !")
        case .insufficient(let count, let needed):
            switch gate.name {
            case "error_rate": gate.isWaived ? "waived" : "no telemetry"
            case "evidence": "no book"
            default: NumberText.insufficient(count, needed)
            }
        }
    }

    /// Whose thresholds are compared with.
    private static func gateNote(_ agents: [ReconciledAgentReport]) -> String {
        let gates = agents.first?.gates.filter { $0.threshold != nil } ?? []
        let list = gates.map { gate in
            "\(gate.name) \(gate.comparison.rawValue) \(NumberText.significant(gate.threshold ?? 0))"
                + (gate.isRequired ? " (required)" : "")
        }
        return "Compared with: " + list.joined(separator: ", ")
            + ". A threshold that is not required is the seed's, for comparison."
    }

    private static func strategyTable(_ strategies: [StrategyReport]) -> Table {
        var table = Table([
            .text("strategy", atLeast: 14, atMost: 24), .number("agents"), .number("outcomes"), .number("P&L bps"),
            .number("share %"), .number("hit rate %"), .number("CVaR 95"), .number("CVaR 99"), .number("in sigmas"),
        ])
        for strategy in strategies {
            table.add([
                .text(strategy.strategyClass), .text(DecimalText.grouped(strategy.agentCount)),
                .text(DecimalText.grouped(strategy.outcomeCount)), .text(NumberText.signedWhole(strategy.pnlSumBps)),
                .text(strategy.contribution.map { NumberText.signedPercent($0) } ?? "-"),
                NumberText.cell(strategy.hitRate, decimals: 1, factor: 100),
                .text(NumberText.evidence(strategy.shortfallCVaR95) { DecimalText.fixed($0, 0) }),
                .text(NumberText.evidence(strategy.shortfallCVaR99) { DecimalText.fixed($0, 0) }),
                .text(NumberText.evidence(strategy.shortfallCVaR95Sigmas) { DecimalText.fixed($0, 2) }),
            ])
        }
        return table
    }
}
