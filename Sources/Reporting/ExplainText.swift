package import Domain

/// One agent in full: why it has the weight it has, which gate says what, what is known of it.
package enum ExplainText {
    /// `nil` if the report knows no such agent.
    package static func text(of agent: AgentID, in report: Report, style: TextStyle = .plain) -> String? {
        report.explanation(of: agent).map { text($0, style: style) }
    }

    package static func text(_ explanation: Explanation, style: TextStyle = .plain) -> String {
        let found = explanation.agent
        var page = TextPage(style: style)
        head(explanation, on: &page)
        chain(explanation, on: &page)
        verdict(found.verdict, on: &page)
        forecasts(found, on: &page)
        costs(found.scorecard, on: &page)
        book(found, on: &page)
        signals(found.scorecard, on: &page)
        return page.text
    }

    private static func head(_ explanation: Explanation, on page: inout TextPage) {
        let agent = explanation.agent
        page.raw(page.style.bold(DisplayText.cut(DisplayText.printable(agent.agent.name), to: TextPage.width)))
        page.line(
            "policy \(explanation.policyName), fingerprint \(explanation.policyFingerprint), "
                + "method \(explanation.methodVersion)",
            right: "as of \(explanation.asOf.description)")
        var parts = ["strategy \(agent.strategyClass)", "stage \(agent.verdict.stage.rawValue)"]
        parts.append(agent.version.map { "version \($0)" } ?? "no version announced")
        parts.append("track record number \(agent.trackNumber + 1)")
        page.paragraph((parts + agent.remarks).joined(separator: "; "))
        page.blank()
        let weight = NumberText.percent(explanation.allocation?.weight ?? 0, 2)
        page.paragraph("It holds \(weight) % of the capital. \(NumberText.sentence(agent.verdict.reason))")
    }

    private static func chain(_ explanation: Explanation, on page: inout TextPage) {
        page.heading("FROM PRIOR TO FINAL WEIGHT")
        guard let agent = explanation.allocation, !agent.chain.isEmpty else {
            page.paragraph("It takes no part in the allocation.", indent: 2)
            return
        }
        var table = Table([
            .text("step"), .number("weight %"), .number("change"), .number("without it %"), .prose("because"),
        ])
        var before: Double?
        for link in agent.chain {
            let passes = explanation.passThroughSteps.contains(link.step)
            table.add([
                link.step.title, NumberText.percent(link.weight, 3),
                before.map { NumberText.signedPercent(link.weight - $0, 3) } ?? "",
                link.finalWeightWithout.map { NumberText.percent($0, 3) } ?? (passes ? "the same" : "-"), link.reason,
            ])
            before = link.weight
        }
        table.add(["final", NumberText.percent(agent.weight, 3), "", "", ""])
        page.table(table)
        page.paragraph(
            "'without it' is the agent's final weight had the step been left out for the whole fleet.", indent: 2)
    }

    private static func verdict(_ verdict: Verdict, on page: inout TextPage) {
        page.heading("VERDICT: " + verdict.kind.rawValue)
        var text = "Stage \(verdict.stage.rawValue)"
        if let since = verdict.stageSince { text += " since \(since.description)" }
        if let decision = verdict.standingDecision { text += "; a person's \(decision.rawValue) stands" }
        text += "; \(NumberText.counted(verdict.trialCount, "agent")) tried so far. Drawdown in units of its own daily"
        text += " volatility: \(NumberText.evidence(verdict.drawdownSigmas) { DecimalText.fixed($0, 1) })"
        text += verdict.isInWarningBand ? ", near the limit." : "."
        if let threshold = verdict.lossThreshold {
            text += " Evidence that it earns less than nothing:"
            text += " \(NumberText.evidence(verdict.lossEValue) { NumberText.significant($0) }),"
            text += " killed at \(NumberText.significant(threshold))."
        }
        if let days = verdict.daysNeeded {
            text += " At the present rate it is promoted in \(DecimalText.fixed(days.rounded(.up), 0)) more days."
        }
        page.paragraph(text, indent: 2)
        guard !verdict.gates.isEmpty else { return }
        var table = Table([.text("gate"), .number("value"), .text(""), .number("threshold"), .text("result")])
        for gate in verdict.gates {
            table.add([
                gate.name, NumberText.evidence(gate.value) { NumberText.significant($0) },
                gate.threshold == nil ? "" : gate.comparison.rawValue,
                gate.threshold.map { NumberText.significant($0) } ?? "none", result(gate),
            ])
        }
        page.table(table)
    }

    private static func result(_ gate: Gate) -> String {
        let result: String
        if gate.isWaived {
            result = "waived"
        } else if gate.threshold == nil {
            result = "shown only"
        } else {
            result = gate.isPassed ? "passed" : gate.value.value == nil ? "failed: no evidence" : "failed"
        }
        return gate.isRequired || gate.isWaived || gate.threshold == nil ? result : result + " (not required)"
    }

    private static func forecasts(_ agent: AgentReport, on page: inout TextPage) {
        page.heading("DOES IT FORECAST WELL? ITS OUTCOMES")
        let card = agent.scorecard
        var list = StatisticList()
        func add(_ name: String, _ cell: Table.Cell, _ note: String = "") { list.add(name, cell, note) }
        add("outcomes", .text(DecimalText.grouped(card.outcomeCount)))
        add("hit rate, %", NumberText.cell(card.hitRate, decimals: 1, factor: 100))
        add("mean return, net, bps", NumberText.cell(card.averageReturnBps, decimals: 1, isSigned: true))
        add("mean |forecast error|, bps", NumberText.cell(card.averageAbsoluteErrorBps, decimals: 1))
        add("mean forecast error, bps", NumberText.cell(card.averageErrorBps, decimals: 1, isSigned: true))
        add("information coefficient", NumberText.cell(card.informationCoefficient, decimals: 3, isSigned: true))
        add("Brier score of prob_up", NumberText.cell(card.brierScore, decimals: 4), "0.25 is a coin's")
        for diagnostic in card.diagnostics {
            let hours = NumberText.significant(diagnostic.horizon.inHours)
            add(
                "hit rate after \(hours) h, %", NumberText.cell(diagnostic.hitRate, decimals: 1, factor: 100),
                "decides nothing")
            add(
                "mean return after \(hours) h, bps",
                NumberText.cell(diagnostic.averageReturnBps, decimals: 1, isSigned: true), "decides nothing")
        }
        let multiplier = agent.multiplier
        add("skill (R^2 against silence)", .text(NumberText.evidence(multiplier.skill) { NumberText.signed($0, 4) }))
        add(
            "confidence multiplier", .text(DecimalText.fixed(multiplier.value, 4)),
            "on \(DecimalText.fixed(multiplier.effectiveSignals, 1)) independent signals")
        page.table(list.table)
        if let version = card.forecasterVersion { page.paragraph("Expectations by \(version).", indent: 2) }
    }

    private static func costs(_ card: Scorecard, on page: inout TextPage) {
        guard card.outcomeCount > 0 else { return }
        var text = "Sum of returns \(NumberText.signed(card.pnlSumBps)) bps"
        let parts = card.pnlSumBpsByCostFactor.enumerated().map { "x\($0): \(NumberText.signed($1))" }
        text += parts.isEmpty ? "." : "; with costs " + parts.joined(separator: ", ") + "."
        page.paragraph(text, indent: 2)
    }

    private static func book(_ agent: AgentReport, on page: inout TextPage) {
        let book = agent.scorecard.book
        page.heading("DOES IT EARN? ITS BOOK")
        guard book.markCount > 0 else {
            page.paragraph("No final mark yet.", indent: 2)
            return
        }
        var list = StatisticList()
        func add(_ name: String, _ cell: Table.Cell, _ note: String = "") { list.add(name, cell, note) }
        let last = book.lastMarkAt.map { "the last \($0.description)" } ?? ""
        add("marks", .text(DecimalText.grouped(book.markCount)), last)
        add("return, net, %", .text(NumberText.signedPercent(book.totalReturnNet, 2)), "compounded")
        add("return, gross, %", .text(NumberText.signedPercent(book.totalReturnGross, 2)), "before costs")
        let beta = book.beta.map { "beta \(DecimalText.fixed($0, 2))" } ?? "no beta yet"
        add("market part, %", .text(NumberText.signedPercent(book.marketPartSum, 2)), "sum of daily returns; \(beta)")
        add("own part, %", .text(NumberText.signedPercent(book.residualPartSum, 2)), "what the market does not explain")
        add("Sharpe ratio, annualized", NumberText.cell(book.sharpeRatio, decimals: 2, isSigned: true))
        let significance = agent.significance
        func percent(_ evidence: Evidence<Double>) -> Table.Cell {
            .text(NumberText.evidence(evidence) { NumberText.percent($0) })
        }
        add("probabilistic Sharpe ratio, %", percent(significance.probabilityAboveZero), "above 0, seen once")
        add(
            "deflated Sharpe ratio, %", percent(significance.deflatedProbability),
            "the same among \(NumberText.counted(significance.trialCount, "trial"))")
        add(
            "minimum track record, days",
            .text(significance.minimumTrackRecordDays.map { DecimalText.fixed($0.rounded(.up), 0) } ?? "-"),
            "for 95 % at this ratio")
        add("daily volatility, %", .text(NumberText.evidence(book.dailyVolatility) { NumberText.percent($0, 2) }))
        add("largest fall from a peak, %", .text(NumberText.percent(book.maximalDrawdown, 2)))
        add("fall at present, %", .text(NumberText.percent(book.currentDrawdown, 2)))
        add("marks with a position, %", .text(NumberText.percent(book.exposedShare)))
        add("turnover a day, % of equity", .text(NumberText.percent(book.averageTurnover)))
        page.table(list.table)
        var flags: [String] = []
        if book.isRuined { flags.append("ruined: its equity fell to 5 % or less") }
        if book.staleMarkCount > 0 { flags.append("\(book.staleMarkCount) marks at a stale price") }
        if book.abandonedPositionCount > 0 {
            flags.append("\(NumberText.counted(book.abandonedPositionCount, "position")) closed at the punitive price")
        }
        if book.importedPositionCount > 0 {
            flags.append("\(NumberText.counted(book.importedPositionCount, "position")) taken over without prices")
        }
        if !flags.isEmpty { page.paragraph("Note: " + flags.joined(separator: "; ") + ".", indent: 2) }
    }

    private static func signals(_ card: Scorecard, on page: inout TextPage) {
        page.heading("ITS SIGNALS AND RUNS")
        var text = "\(NumberText.counted(card.signalCount, "signal")), \(card.unattestedCount) unattested,"
        text += " \(card.pendingCount) pending, \(card.openSignalCount) open now"
        if let first = card.firstSignalAt, let last = card.lastSignalAt {
            text += "; the first \(first.description), the last \(last.description)"
        }
        page.paragraph(text + ".", indent: 2)
        let reasons = RejectionReason.allCases.compactMap { reason -> String? in
            guard let count = card.rejections[reason], count > 0 else { return nil }
            return "\(reason.rawValue) \(DecimalText.grouped(count))"
        }
        let rejected = reasons.isEmpty ? "None rejected." : "Rejected: " + reasons.joined(separator: ", ") + "."
        page.paragraph(rejected, indent: 2)
        var runs = "Errors per run: \(NumberText.evidence(card.errorRate) { NumberText.significant($0, 4) })"
        if let latency = card.averageLatencyMilliseconds {
            runs += "; mean latency \(DecimalText.fixed(latency, 0)) ms"
        }
        if let cost = card.totalCostUSD { runs += "; cost \(DecimalText.fixed(cost, 2)) USD" }
        page.paragraph(runs + ".", indent: 2)
    }
}

/// Statistics of different units one below the other: name, value, standard error, remark.
private struct StatisticList {
    var table = Table([.text(""), .number(""), .text(""), .text("")])

    mutating func add(_ name: String, _ cell: Table.Cell, _ note: String) {
        switch cell {
        case .text(let text): table.add([name, text, "", note])
        case .estimate(let value, let error): table.add([name, value, error.isEmpty ? "" : "+- " + error, note])
        }
    }
}
