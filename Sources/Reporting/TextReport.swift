package import Domain

/// How much of a report is printed, and whether in color.
package struct TextOptions: Sendable {
    /// Agents shown from the top and the bottom of a fleet larger than both together.
    package var topCount: Int
    package var bottomCount: Int
    package var isFull: Bool
    package var style: TextStyle

    package init(topCount: Int = 20, bottomCount: Int = 5, isFull: Bool = false, style: TextStyle = .plain) {
        self.topCount = topCount
        self.bottomCount = bottomCount
        self.isFull = isFull
        self.style = style
    }
}

/// The report for people: one page, at most 100 columns, what matters first.
///
/// Every statistic stands beside its standard error; too little evidence is `n=3 of 100`.
package enum TextReport {
    package static func text(_ report: Report, options: TextOptions = TextOptions()) -> String {
        var page = TextPage(style: options.style)
        head(report, on: &page)
        summary(report, on: &page)
        findings(report, on: &page)
        if !report.agents.isEmpty {
            let ranking = AgentRanking(
                report, topCount: options.topCount, bottomCount: options.bottomCount, isFull: options.isFull)
            capital(ranking, on: &page)
            records(ranking, on: &page)
            flow(report.allocation, on: &page)
        }
        strategies(report.strategies, on: &page)
        lookThrough(report.allocation.lookThrough, isFull: options.isFull, on: &page)
        forecaster(report.forecaster, on: &page)
        signals(report.fleet, on: &page)
        if !report.agents.isEmpty { footnotes(report, on: &page) }
        return page.text
    }

    private static func head(_ report: Report, on page: inout TextPage) {
        let title = "META-SUPERVISOR"
        let moment = "as of \(report.asOf.description)"
        let gap = String(repeating: " ", count: TextPage.width - title.count - moment.count)
        page.raw(page.style.bold(title) + gap + moment)
        page.line(
            "policy \(report.policyName), fingerprint \(report.policyFingerprint), method \(report.methodVersion)",
            right: report.decidedAt.map { "decided \($0.description)" } ?? "nothing decided yet")
        let counts = FactKind.allCases.compactMap { kind -> String? in
            guard let count = report.factCounts[kind], count > 0 else { return nil }
            return NumberText.counted(count, kind.noun)
        }
        page.paragraph("facts: " + (counts.isEmpty ? "none" : counts.joined(separator: ", ")), hanging: 7)
        page.line("digest of the facts: \(report.facts.description)")
    }

    private static func summary(_ report: Report, on page: inout TextPage) {
        page.blank()
        page.paragraph(Summary(report).sentences.joined(separator: " "))
    }

    static func findings(_ report: Report, on page: inout TextPage) {
        guard !report.findings.isEmpty else { return }
        page.heading("FINDINGS")
        for finding in report.sortedFindings {
            let label = DisplayText.padded(finding.severity.rawValue, to: 9)
            let topic = DisplayText.padded(finding.topic.rawValue, to: 12)
            let lines = DisplayText.wrapped(DisplayText.printable(finding.text), to: TextPage.width - 23)
            page.raw("  " + page.style.severity(finding.severity, label) + topic + lines[0])
            for line in lines.dropFirst() { page.raw(String(repeating: " ", count: 23) + line) }
        }
    }

    private static let agentColumn = Table.Column.text("agent", atLeast: 20, atMost: 30)

    /// Who holds the capital, and on what standing.
    private static func capital(_ ranking: AgentRanking, on page: inout TextPage) {
        page.heading("CAPITAL")
        var table = Table([
            agentColumn, .number("weight %"), .text(""), .number("mult"), .text("strategy", atMost: 16), .text("stage"),
            .number("gates"), .number("evidence"), .prose("remarks"),
        ])
        let largest = (ranking.top + ranking.bottom).reduce(0) { max($0, $1.weight) }
        func add(_ agent: RankedAgent) {
            let report = agent.report
            table.add([
                report.agent.name, NumberText.percent(agent.weight, 2), bar(agent.weight, of: largest),
                DecimalText.fixed(report.multiplier.value, 2), report.strategyClass,
                report.verdict.stage.rawValue, report.verdict.gateCount,
                report.verdict.evidenceGate.map { NumberText.evidence($0.value) { NumberText.significant($0, 3) } }
                    ?? "-",
                report.remarks.joined(separator: ", "),
            ])
        }
        ranking.top.forEach(add)
        addGap(ranking.leftOutCount, to: &table)
        ranking.bottom.forEach(add)
        page.table(table)
    }

    private static func bar(_ weight: Double, of largest: Double) -> String {
        guard largest > 0, weight > 0, let length = Int(exactly: (weight / largest * 6).rounded()) else { return "" }
        return String(repeating: "#", count: max(1, length))
    }

    private static func addGap(_ leftOutCount: Int, to table: inout Table) {
        guard leftOutCount > 0 else { return }
        let note = "... \(DecimalText.grouped(leftOutCount)) more ..."
        table.add([note] + [String](repeating: "", count: table.columns.count - 1))
    }

    /// What is known of them: forecasts first, then earnings.
    private static func records(_ ranking: AgentRanking, on page: inout TextPage) {
        page.heading("TRACK RECORDS")
        var table = Table([
            agentColumn, .number("outcomes"), .number("hit rate %"), .number("mean net bps"),
            .number("Sharpe"), .number("fall %"), .number("|error|"), .number("error"),
        ])
        func add(_ agent: RankedAgent) {
            let card = agent.report.scorecard
            table.add([
                .text(agent.report.agent.name), .text(DecimalText.grouped(card.outcomeCount)),
                NumberText.cell(card.hitRate, decimals: 1, factor: 100),
                NumberText.cell(card.averageReturnBps, decimals: 1, isSigned: true),
                NumberText.cell(card.book.sharpeRatio, decimals: 2, isSigned: true),
                .text(card.book.markCount > 0 ? NumberText.percent(card.book.maximalDrawdown) : "-"),
                .text(value(card.averageAbsoluteErrorBps) { DecimalText.fixed($0, 0) }),
                .text(value(card.averageErrorBps) { NumberText.signed($0, 0) }),
            ])
        }
        ranking.top.forEach(add)
        addGap(ranking.leftOutCount, to: &table)
        ranking.bottom.forEach(add)
        page.table(table)
        if ranking.leftOutCount > 0 {
            page.paragraph(
                "Shown are the \(ranking.top.count) largest and the \(ranking.bottom.count) smallest weights;"
                    + " \(NumberText.counted(ranking.leftOutCount, "agent")) between them are left out"
                    + " (`report --full` shows all).", indent: 2)
        }
    }

    /// The number needed stands in the columns before.
    private static func value(_ evidence: Evidence<Estimate>, _ text: (Double) -> String) -> String {
        switch evidence {
        case .known(let estimate): text(estimate.value)
        case .insufficient(let count, _): "n=\(count)"
        }
    }

    /// Where the capital goes between prior and final weights.
    private static func flow(_ allocation: Allocation, on page: inout TextPage) {
        let flow = CapitalFlow(allocation)
        guard !flow.steps.isEmpty else { return }
        page.heading("FROM PRIOR TO FINAL, THE WHOLE FLEET")
        var table = Table([.text("step"), .number("invested %"), .number("change")])
        for (index, step) in flow.steps.enumerated() where !step.passesThrough {
            table.add([
                step.step.title, NumberText.percent(step.total, 2),
                index == 0 ? "" : NumberText.signedPercent(step.change, 2),
            ])
        }
        table.add(["cash", NumberText.percent(allocation.cash, 2), ""])
        page.table(table)
        if !allocation.passThroughSteps.isEmpty {
            let names = AllocationStep.allCases.filter(allocation.passThroughSteps.contains).map(\.title)
            page.paragraph(
                "Part of the chain, but not active: \(NumberText.list(names))."
                    + " They pass every weight through unchanged.", indent: 2)
        }
    }
}

extension TextStyle {
    func severity(_ severity: Finding.Severity, _ text: String) -> String {
        switch severity {
        case .problem: red(text)
        case .warning: yellow(text)
        case .notice: text
        }
    }
}
