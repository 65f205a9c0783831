import Domain

extension TextReport {
    /// P&L and tail of each strategy class: whether its signals fall short of what was expected of them, and how badly.
    static func strategies(_ strategies: [StrategyReport], on page: inout TextPage) {
        guard !strategies.isEmpty else { return }
        page.heading("STRATEGIES")
        page.table(strategyTable(strategies))
    }

    static func strategyTable(_ strategies: [StrategyReport]) -> Table {
        var table = Table([
            .text("strategy", atLeast: 14, atMost: 24), .number("agents"), .number("weight %"), .number("outcomes"),
            .number("P&L bps"), .number("share %"), .number("hit rate %"), .number("CVaR 95"), .number("CVaR 99"),
        ])
        for strategy in strategies {
            table.add([
                .text(strategy.strategyClass), .text(DecimalText.grouped(strategy.agentCount)),
                .text(NumberText.percent(strategy.weight, 2)), .text(DecimalText.grouped(strategy.outcomeCount)),
                .text(NumberText.signedWhole(strategy.pnlSumBps)),
                .text(strategy.contribution.map { NumberText.signedPercent($0) } ?? "-"),
                NumberText.cell(strategy.hitRate, decimals: 1, factor: 100),
                .text(NumberText.evidence(strategy.shortfallCVaR95) { DecimalText.fixed($0, 0) }),
                .text(NumberText.evidence(strategy.shortfallCVaR99) { DecimalText.fixed($0, 0) }),
            ])
        }
        return table
    }

    /// What the fleet holds together.
    static func lookThrough(_ look: LookThrough, isFull: Bool, on page: inout TextPage) {
        guard !look.positions.isEmpty else { return }
        page.heading("POSITIONS THROUGH THE WEIGHTS")
        let sorted = look.positions.sorted { ($1.gross, $0.symbol) < ($0.gross, $1.symbol) }
        let shown = isFull ? sorted : Array(sorted.prefix(12))
        var table = Table([.text("symbol"), .number("net %"), .number("gross %")])
        for position in shown {
            table.add([
                position.symbol.name, NumberText.signedPercent(position.net, 2), NumberText.percent(position.gross, 2),
            ])
        }
        if sorted.count > shown.count { table.add(["... \(sorted.count - shown.count) more ...", "", ""]) }
        table.add([
            "all", NumberText.signedPercent(look.netExposure, 2), NumberText.percent(look.grossExposure, 2),
        ])
        page.table(table)
        page.paragraph(lookThroughSentence(look), indent: 2)
    }

    static func lookThroughSentence(_ look: LookThrough) -> String {
        var text = "If the whole market moves 10 % against the fleet it loses"
        text += " \(NumberText.percent(look.lossIfMarketMovesAgainst, 2)) % of the capital; if each symbol does,"
        text += " \(NumberText.percent(look.lossIfEachMovesAgainst, 2)) %."
        if let concentration = look.concentration {
            text += " Concentration (Herfindahl) is \(DecimalText.fixed(concentration, 2)); 1 is all in one symbol."
        }
        return text
    }

    static func forecaster(_ report: ForecasterReport, on page: inout TextPage) {
        page.heading("EXPECTED RETURNS")
        page.paragraph(forecasterSentence(report), indent: 2)
        if !report.candidates.isEmpty { page.table(candidateTable(report)) }
    }

    static func forecasterSentence(_ report: ForecasterReport) -> String {
        let forecaster = report.inForce
        var text = "In force: "
        if let ridge = forecaster.ridge {
            text += "ridge regression \(forecaster.version) on \(NumberText.counted(ridge.features.count, "feature")),"
            text += " penalty \(NumberText.significant(ridge.l2Penalty)), fitted \(ridge.fittedAt.description)"
            text += " on \(NumberText.counted(ridge.outcomeCount, "outcome"))."
        } else {
            let line = forecaster.fallback
            text += "the score-linear fallback \(forecaster.version):"
            text += " score x \(NumberText.significant(line.bpsPerScore)) bps,"
            text += " at most +-\(NumberText.significant(line.maximalBps)) bps."
        }
        let reason = NumberText.sentence(report.reason)
        return reason.isEmpty ? text : text + " " + reason
    }

    /// Root mean squared errors read in bps; the last column is the out-of-sample R^2 against saying nothing.
    static func candidateTable(_ report: ForecasterReport) -> Table {
        let zero = report.candidates.first { $0.name == "zero" }?.meanSquaredErrorBps
        var table = Table([.text("candidate"), .number("error bps (rms)"), .number("against zero %")])
        for candidate in report.candidates {
            var gain = "-"
            if let zero, zero > 0 { gain = NumberText.signedPercent(1 - candidate.meanSquaredErrorBps / zero, 3) }
            let error = max(0, candidate.meanSquaredErrorBps).squareRoot()
            table.add([candidate.name, DecimalText.fixed(error, 2), gain])
        }
        return table
    }

    /// The way of the signals: every one is an outcome, pending, or rejected for a reason.
    static func signals(_ fleet: FleetReport, on page: inout TextPage) {
        page.heading("SIGNALS AND PRICES")
        page.paragraph(signalsSentence(fleet), indent: 2)
    }

    static func signalsSentence(_ fleet: FleetReport) -> String {
        guard fleet.signalCount > 0 || fleet.outcomeCount > 0 else { return "No signal yet; \(pricesSentence(fleet))" }
        let rejected = RejectionReason.allCases.reduce(0) { $0 + (fleet.rejections[$1] ?? 0) }
        var text = "\(NumberText.counted(fleet.signalCount, "signal")):"
        text +=
            " \(NumberText.counted(fleet.outcomeCount, "outcome")), \(DecimalText.grouped(fleet.pendingCount)) pending,"
        text += " \(DecimalText.grouped(rejected)) rejected"
        let reasons = RejectionReason.allCases.compactMap { reason -> String? in
            guard let count = fleet.rejections[reason], count > 0 else { return nil }
            return "\(reason.rawValue) \(DecimalText.grouped(count))"
        }
        text += reasons.isEmpty ? "." : " (\(reasons.joined(separator: ", ")))."
        if fleet.signalCount > 0 {
            let share = Double(fleet.unattestedCount) / Double(fleet.signalCount)
            text += " \(NumberText.percent(share)) % are unattested history, which counts for no automatic promotion."
        }
        text += " \(fleet.awakeCount) of \(NumberText.counted(fleet.agentCount, "agent")) awake."
        return text + " " + pricesSentence(fleet)
    }

    private static func pricesSentence(_ fleet: FleetReport) -> String {
        var text = "\(NumberText.counted(fleet.barCount, "bar")) of \(NumberText.counted(fleet.symbolCount, "symbol"))"
        if fleet.correctedBarCount > 0 {
            text += ", \(DecimalText.grouped(fleet.correctedBarCount)) later corrected (the first known counts)"
        }
        if fleet.withdrawnBarCount > 0 {
            text += ", \(DecimalText.grouped(fleet.withdrawnBarCount)) withdrawn because venues do not agree"
        }
        return text + "."
    }

    static func footnotes(_ report: Report, on page: inout TextPage) {
        page.heading("HOW TO READ")
        let commands = "`explain AGENT` shows how a weight came about; a longer name loses its middle to `...`."
        for note in notes(report) + [commands] { page.paragraph(note, indent: 2, hanging: 2) }
    }

    /// What the numbers mean.
    static func notes(_ report: Report) -> [String] {
        var notes = [
            "+- is one standard error; n=3 of 100 means: 3 observations, 100 needed before a number is given.",
            "Outcomes say whether an agent forecasts well, net of costs; Sharpe (annualized) and fall (the largest"
                + " from a peak) are of its book, marked daily, which says whether it earns.",
            "error = realized - expected return, bps (below zero: less than promised); |error| its mean size.",
            "mult: 1.00 is no better and no worse than saying nothing; weights are shares of the capital.",
            "CVaR: mean shortfall against expectation, bps, of the worst 5 % (1 %) of outcomes; positive = loss.",
        ]
        if report.agents.contains(where: { $0.verdict.evidenceGate != nil }) {
            notes.append("evidence: an e-value; 1 is none, and it may be looked at as often as one likes.")
        }
        return notes
    }
}
