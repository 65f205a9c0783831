package import Domain

/// The fleet as a list, one line an agent, by name: `agents list`.
package enum AgentsText {
    package static func text(_ report: Report, style: TextStyle = .plain) -> String {
        var page = TextPage(style: style)
        guard !report.agents.isEmpty else {
            page.line("No agent is known by \(report.asOf.description).")
            return page.text
        }
        let weights = Dictionary(
            report.allocation.agents.map { ($0.agent, $0.weight) }, uniquingKeysWith: { first, _ in first })
        var table = Table([
            .text("agent", atLeast: 20, atMost: 32), .text("stage"), .text("verdict", atLeast: 21), .number("weight %"),
            .number("mult"),
            .number("outcomes"), .text("last signal"), .prose("remarks"),
        ])
        for agent in report.agents {
            table.add([
                agent.agent.name, agent.verdict.stage.rawValue, agent.verdict.kind.rawValue,
                NumberText.percent(weights[agent.agent] ?? 0, 2), DecimalText.fixed(agent.multiplier.value, 2),
                DecimalText.grouped(agent.scorecard.outcomeCount), agent.scorecard.lastSignalAt?.day ?? "-",
                agent.remarks.joined(separator: ", "),
            ])
        }
        page.table(table, indent: 0)
        return page.text
    }
}

/// Strategy attribution alone.
package enum StrategyText {
    package static func text(_ report: Report, style: TextStyle = .plain) -> String {
        var page = TextPage(style: style)
        if report.strategies.isEmpty {
            page.line("No strategy class is known by \(report.asOf.description).")
        } else {
            page.table(TextReport.strategyTable(report.strategies), indent: 0)
        }
        return page.text
    }
}

/// The expected-return model: what the fold would fit, and whether it would go into force. `train`.
package enum ForecasterText {
    package static func text(_ report: ForecasterReport, style: TextStyle = .plain) -> String {
        var page = TextPage(style: style)
        page.paragraph(TextReport.forecasterSentence(report))
        page.paragraph(
            "\(NumberText.counted(report.outcomeCount, "outcome")) in the training window;"
                + " \(DecimalText.grouped(report.outOfSampleCount)) forecast before they were trained on.")
        if !report.candidates.isEmpty {
            page.heading("OUT OF SAMPLE")
            page.table(TextReport.candidateTable(report))
        }
        if let ridge = report.inForce.ridge { coefficients(ridge, on: &page) }
        return page.text
    }

    private static func coefficients(_ ridge: RidgeModel, on page: inout TextPage) {
        page.heading("COEFFICIENTS")
        var table = Table([.text("feature"), .number("bps per deviation"), .number("mean"), .number("deviation")])
        table.add(["intercept", NumberText.significant(ridge.intercept), "", ""])
        for feature in ridge.features {
            table.add([
                feature.name, NumberText.significant(feature.coefficient), NumberText.significant(feature.mean),
                NumberText.significant(feature.scale),
            ])
        }
        page.table(table)
        page.paragraph(
            "Trained on outcomes of signals from \(ridge.trainedFrom.description)"
                + " to \(ridge.trainedThrough.description); digest of the moments \(ridge.dataDigest);"
                + " forecasts bounded at +-\(NumberText.significant(ridge.maximalBps)) bps.", indent: 2)
    }
}
