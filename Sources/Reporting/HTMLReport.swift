package import Domain

/// The report as one page that needs nothing else: no script, no font and no picture from elsewhere. Readable on a
/// phone, by day and by night.
package enum HTMLReport {
    package static func bytes(_ report: Report) -> [UInt8] {
        var page = HTMLText()
        page.raw("<!DOCTYPE html>")
        page.raw("<html lang=\"en\">")
        page.container("head") { head in
            head.raw("<meta charset=\"utf-8\">")
            head.raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">")
            head.raw(
                """
                <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
                """)
            head.element("title", "MetaSupervisor, \(report.asOf.description)")
            head.raw(styleSheet)
        }
        page.container("body") { body in
            body.container("main") { main in
                self.head(report, into: &main)
                findings(report, into: &main)
                if !report.agents.isEmpty {
                    let ranking = AgentRanking(report, topCount: 0, bottomCount: 0, isFull: true).top
                    capital(ranking, into: &main)
                    records(ranking, into: &main)
                    flow(report.allocation, into: &main)
                }
                strategies(report.strategies, into: &main)
                lookThrough(report.allocation.lookThrough, into: &main)
                forecaster(report.forecaster, into: &main)
                footer(report, into: &main)
            }
        }
        page.raw("</html>")
        return Array(page.text.utf8)
    }

    private static func head(_ report: Report, into page: inout HTMLText) {
        page.container("header") { header in
            header.element("h1", "MetaSupervisor")
            header.element("p", "as of \(report.asOf.description)", class: "moment")
        }
        for sentence in Summary(report).sentences { page.element("p", sentence, class: "lead") }
    }

    private static func findings(_ report: Report, into page: inout HTMLText) {
        guard !report.findings.isEmpty else { return }
        page.container("section") { section in
            section.element("h2", "Findings")
            section.container("ul", class: "findings") { list in
                for finding in report.sortedFindings {
                    let text = "\(finding.topic.rawValue): \(finding.text)"
                    switch finding.severity {
                    case .problem: list.element("li", text, class: "problem")
                    case .warning: list.element("li", text, class: "warning")
                    case .notice: list.element("li", text)
                    }
                }
            }
        }
    }

    private static func capital(_ agents: [RankedAgent], into page: inout HTMLText) {
        let largest = agents.reduce(0) { max($0, $1.weight) }
        let titles = ["agent", "weight %", "prior %", "multiplier", "strategy", "stage", "gates", "remarks"]
        table("Capital", titles, textColumns: [0, 4, 5, 7], into: &page) { rows in
            for agent in agents {
                let report = agent.report
                rows.container("tr") { row in
                    row.element("th", report.agent.name)
                    row.barCell(
                        share: largest > 0 ? agent.weight / largest : 0, text: NumberText.percent(agent.weight, 2))
                    row.element("td", agent.prior.map { NumberText.percent($0, 2) } ?? "-", class: "number")
                    row.element("td", DecimalText.fixed(report.multiplier.value, 2), class: "number")
                    row.element("td", report.strategyClass)
                    row.element("td", report.verdict.stage.rawValue)
                    row.element("td", report.verdict.gateCount, class: "number")
                    row.element("td", report.remarks.joined(separator: ", "))
                }
            }
        }
    }

    private static func records(_ agents: [RankedAgent], into page: inout HTMLText) {
        let titles = [
            "agent", "outcomes", "hit rate %", "mean net bps", "Sharpe", "largest fall %", "mean |error| bps",
            "mean error bps",
        ]
        table("Track records", titles, textColumns: [0], into: &page) { rows in
            for agent in agents {
                let card = agent.report.scorecard
                rows.container("tr") { row in
                    row.element("th", agent.report.agent.name)
                    for text in [
                        DecimalText.grouped(card.outcomeCount),
                        NumberText.estimate(card.hitRate, decimals: 1, factor: 100),
                        NumberText.estimate(card.averageReturnBps, decimals: 1, isSigned: true),
                        NumberText.estimate(card.book.sharpeRatio, decimals: 2, isSigned: true),
                        card.book.markCount > 0 ? NumberText.percent(card.book.maximalDrawdown) : "-",
                        NumberText.estimate(card.averageAbsoluteErrorBps, decimals: 1),
                        NumberText.estimate(card.averageErrorBps, decimals: 1, isSigned: true),
                    ] { row.element("td", text, class: "number") }
                }
            }
        }
    }

    private static func flow(_ allocation: Allocation, into page: inout HTMLText) {
        let flow = CapitalFlow(allocation)
        guard !flow.steps.isEmpty else { return }
        table("From prior to final, the whole fleet", ["step", "invested %"], textColumns: [0], into: &page) { rows in
            for step in flow.steps {
                rows.container("tr") { row in
                    row.element("th", step.step.title + (step.passesThrough ? " (passes through)" : ""))
                    row.barCell(share: step.total, text: NumberText.percent(step.total, 2))
                }
            }
            rows.container("tr") { row in
                row.element("th", "cash")
                row.barCell(share: allocation.cash, text: NumberText.percent(allocation.cash, 2))
            }
        }
    }

    private static func strategies(_ strategies: [StrategyReport], into page: inout HTMLText) {
        guard !strategies.isEmpty else { return }
        let titles = [
            "strategy", "agents", "weight %", "outcomes", "P&L bps", "share %", "hit rate %", "CVaR 95 bps",
            "CVaR 99 bps",
        ]
        table("Strategies", titles, textColumns: [0], into: &page) { rows in
            for strategy in strategies {
                rows.container("tr") { row in
                    row.element("th", strategy.strategyClass)
                    for text in [
                        DecimalText.grouped(strategy.agentCount), NumberText.percent(strategy.weight, 2),
                        DecimalText.grouped(strategy.outcomeCount), NumberText.signedWhole(strategy.pnlSumBps),
                        strategy.contribution.map { NumberText.signedPercent($0) } ?? "-",
                        NumberText.estimate(strategy.hitRate, decimals: 1, factor: 100),
                        NumberText.evidence(strategy.shortfallCVaR95) { DecimalText.fixed($0, 0) },
                        NumberText.evidence(strategy.shortfallCVaR99) { DecimalText.fixed($0, 0) },
                    ] { row.element("td", text, class: "number") }
                }
            }
        }
    }

    private static func lookThrough(_ look: LookThrough, into page: inout HTMLText) {
        guard !look.positions.isEmpty else { return }
        let sorted = look.positions.sorted { ($1.gross, $0.symbol) < ($0.gross, $1.symbol) }
        table("Positions through the weights", ["symbol", "net %", "gross %"], textColumns: [0], into: &page) { rows in
            for position in sorted {
                rows.container("tr") { row in
                    row.element("th", position.symbol.name)
                    row.element("td", NumberText.signedPercent(position.net, 2), class: "number")
                    row.element("td", NumberText.percent(position.gross, 2), class: "number")
                }
            }
        }
        page.element("p", TextReport.lookThroughSentence(look), class: "note")
    }

    private static func forecaster(_ report: ForecasterReport, into page: inout HTMLText) {
        page.container("section") { section in
            section.element("h2", "Expected returns")
            section.element("p", TextReport.forecasterSentence(report))
        }
    }

    private static func footer(_ report: Report, into page: inout HTMLText) {
        page.element("p", TextReport.signalsSentence(report.fleet), class: "note")
        for note in TextReport.notes(report) { page.element("p", note, class: "note") }
        page.element(
            "p",
            "Policy \(report.policyName), fingerprint \(report.policyFingerprint), method \(report.methodVersion),"
                + " facts \(report.facts.description).", class: "note")
    }

    private static func table(
        _ title: String, _ columns: [String], textColumns: Set<Int>, into page: inout HTMLText,
        _ body: (inout HTMLText) -> Void
    ) {
        page.container("section") { section in
            section.element("h2", title)
            section.container("div", class: "scroll") { scroll in
                scroll.container("table") { table in
                    table.container("thead") { head in
                        head.container("tr") { row in
                            for (index, column) in columns.enumerated() {
                                if textColumns.contains(index) {
                                    row.element("th", column)
                                } else {
                                    row.element("th", column, class: "number")
                                }
                            }
                        }
                    }
                    table.container("tbody") { body(&$0) }
                }
            }
        }
    }
}
