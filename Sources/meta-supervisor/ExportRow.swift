import Composition
import Domain
import JSONText

/// One row of an export: named cells in a fixed order.
struct ExportRow {
    enum Cell {
        case none
        case text(String)
        case number(Double)
        case integer(Int64)
        case flag(Bool)
    }

    var cells: [(name: String, cell: Cell)]

    private static func text(_ text: String?) -> Cell { text.map(Cell.text) ?? .none }
    private static func number(_ number: Double?) -> Cell { number.map(Cell.number) ?? .none }
    private static func time(_ time: Timestamp?) -> Cell { text(time.map { "\($0)" }) }

    private static func known<Value>(_ fact: Dated<Value>) -> [(name: String, cell: Cell)] {
        let word =
            switch fact.attestation {
            case .attested: "attested"
            case .unattested: "unattested"
            case .late: "late"
            }
        return [("known_at", time(fact.knownAt)), ("attestation", .text(word))]
    }

    static func signal(_ fact: Dated<Signal>) -> ExportRow {
        let signal = fact.value
        return ExportRow(
            cells: [
                ("ts", time(signal.generatedAt)), ("agent", .text(signal.agent.name)),
                ("symbol", .text(signal.symbol.name)), ("direction", .text(signal.direction.word)),
                ("prob_up", number(signal.probabilityUp)), ("confidence", number(signal.confidence)),
                ("score_final", number(signal.score)), ("regime", text(signal.regime)), ("run_id", text(signal.runID)),
                ("signal_id", text(signal.signalID)), ("horizon_hours", .number(signal.horizon.inHours)),
                ("strategy_class", text(signal.strategyClass)), ("agent_version", text(signal.agentVersion)),
            ] + known(fact))
    }

    static func bar(_ fact: Dated<Bar>, of symbol: Symbol) -> ExportRow {
        let bar = fact.value
        return ExportRow(
            cells: [
                ("ts", time(bar.openAt)), ("close_ts", time(bar.closeAt)), ("symbol", .text(symbol.name)),
                ("open", .number(bar.open)), ("high", .number(bar.high)), ("low", .number(bar.low)),
                ("close", .number(bar.close)), ("volume", number(bar.volume)),
            ] + known(fact))
    }

    static func withdrawal(_ fact: Dated<BarWithdrawal>) -> ExportRow {
        let withdrawal = fact.value
        return ExportRow(
            cells: [
                ("ts", time(withdrawal.openAt)), ("close_ts", time(withdrawal.closeAt)),
                ("symbol", .text(withdrawal.symbol.name)), ("withdrawn_at", time(withdrawal.at)),
                ("reason", .text(withdrawal.reason)),
            ] + known(fact))
    }

    static func telemetry(_ fact: Dated<TelemetryRecord>) -> ExportRow {
        let record = fact.value
        return ExportRow(
            cells: [
                ("run_id", .text(record.runID)), ("agent", .text(record.agent.name)), ("ts", time(record.at)),
                ("errors", .integer(record.errors)), ("latency_ms", number(record.latencyMilliseconds)),
                ("cost_usd", number(record.costUSD)), ("tokens_in", record.tokensIn.map(Cell.integer) ?? .none),
                ("tokens_out", record.tokensOut.map(Cell.integer) ?? .none),
            ] + known(fact))
    }

    static func imported(_ fact: Dated<ImportedOutcome>) -> ExportRow {
        let row = fact.value
        return ExportRow(
            cells: [
                ("ts", time(row.generatedAt)), ("agent", .text(row.agent.name)), ("run_id", text(row.runID)),
                ("symbol", .text(row.symbol.name)), ("direction", .text(row.direction.word)),
                ("entry_price", number(row.entryPrice)), ("exit_price", number(row.exitPrice)),
                ("horizon_hours", .number(row.horizon.inHours)),
                ("realized_pnl_bps", .number(row.realizedReturnBps)),
                ("expected_pnl_bps", .number(row.expectedReturnBps)),
                ("expected_sigma_bps", number(row.expectedSigmaBps)), ("sim_version", text(row.forecasterVersion)),
                ("strategy_class", text(row.strategyClass)), ("regime", text(row.regime)),
                ("confidence", number(row.confidence)), ("score_final", number(row.score)),
            ] + known(fact))
    }

    static func decision(_ fact: Dated<HumanDecision>) -> ExportRow {
        let decision = fact.value
        var (agent, strategy): (String?, String?) = (nil, nil)
        switch decision.scope {
        case .agent(let name): agent = name.name
        case .strategy(let name): strategy = name
        }
        return ExportRow(
            cells: [
                ("ts", time(decision.at)), ("decision", .text(decision.kind.rawValue)), ("agent", text(agent)),
                ("strategy_class", text(strategy)), ("reason", .text(decision.reason)),
                ("author", .text(decision.author)), ("evidence", .text(decision.evidence)),
            ] + known(fact))
    }

    static func outcome(_ outcome: Outcome) -> ExportRow {
        ExportRow(cells: [
            ("ts", time(outcome.generatedAt)), ("agent", .text(outcome.agent.name)), ("run_id", text(outcome.runID)),
            ("signal_id", text(outcome.signalID)), ("symbol", .text(outcome.symbol.name)),
            ("direction", .text(outcome.direction.word)), ("horizon_hours", .number(outcome.horizon.inHours)),
            ("is_primary", .flag(outcome.isPrimary)), ("entry_ts", time(outcome.entryAt)),
            ("exit_ts", time(outcome.exitAt)), ("entry_price", number(outcome.entryPrice)),
            ("exit_price", number(outcome.exitPrice)), ("gross_return_bps", .number(outcome.grossReturnBps)),
            ("cost_bps", .number(outcome.costBps)), ("realized_pnl_bps", .number(outcome.realizedReturnBps)),
            ("expected_pnl_bps", .number(outcome.expectedReturnBps)),
            ("expected_sigma_bps", number(outcome.sigmaBps)), ("pnl_error_bps", .number(outcome.forecastErrorBps)),
            ("abs_error_bps", .number(outcome.forecastErrorBps.magnitude)),
            ("overlap_count", .integer(Int64(outcome.overlapCount))),
            ("sim_version", .text(outcome.forecasterVersion)), ("strategy_class", .text(outcome.strategyClass)),
            ("regime", text(outcome.regime)), ("confidence", number(outcome.confidence)),
            ("score_final", number(outcome.score)), ("prob_up", number(outcome.probabilityUp)),
        ])
    }

    static func agent(_ agent: AgentReport, in report: Report) -> ExportRow {
        let card = agent.scorecard
        let weight = report.allocation.agents.first { $0.agent == agent.agent }?.weight
        return ExportRow(
            cells: [
                ("as_of", time(report.asOf)), ("agent", .text(agent.agent.name)),
                ("strategy_class", .text(agent.strategyClass)), ("stage", .text(agent.verdict.stage.rawValue)),
                ("weight", number(weight)), ("multiplier", .number(agent.multiplier.value)),
                ("signals", .integer(Int64(card.signalCount))), ("outcomes", .integer(Int64(card.outcomeCount))),
                ("pnl_sum_bps", .number(card.pnlSumBps)), ("hit_rate", number(card.hitRate.value?.value)),
                ("hit_rate_se", number(card.hitRate.value?.standardError)),
                ("avg_abs_error_bps", number(card.averageAbsoluteErrorBps.value?.value)),
                ("avg_pnl_error_bps", number(card.averageErrorBps.value?.value)),
                ("error_rate", number(card.errorRate.value)),
                ("information_coefficient", number(card.informationCoefficient.value?.value)),
                ("sharpe_ratio", number(card.book.sharpeRatio.value?.value)),
                ("sharpe_ratio_se", number(card.book.sharpeRatio.value?.standardError)),
                ("total_return_net", .number(card.book.totalReturnNet)),
                ("max_drawdown", .number(card.book.maximalDrawdown)),
                ("sim_version", text(card.forecasterVersion)),
            ])
    }
}

/// Writes rows as JSONL or CSV, a few megabytes at a time.
struct RowSink {
    enum Format { case jsonl, csv }

    let format: Format
    private var bytes: [UInt8] = []
    private var wroteHeader = false

    init(format: Format) { self.format = format }

    mutating func write(_ rows: [ExportRow]) {
        for row in rows {
            switch format {
            case .jsonl: bytes += RowSink.json(row)
            case .csv:
                if !wroteHeader { bytes += Array((row.cells.map(\.name).joined(separator: ",") + "\n").utf8) }
                wroteHeader = true
                bytes += Array((row.cells.map { RowSink.csv($0.cell) }.joined(separator: ",") + "\n").utf8)
            }
            if bytes.count > 4 << 20 { flush() }
        }
    }

    mutating func flush() {
        Console.print(bytes: bytes)
        bytes = []
    }

    private static func json(_ row: ExportRow) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        for (name, cell) in row.cells {
            writer.key(name)
            switch cell {
            case .none: writer.null()
            case .text(let text): writer.string(text)
            case .number(let number): writer.double(number)
            case .integer(let number): writer.integer(number)
            case .flag(let flag): writer.bool(flag)
            }
        }
        writer.endObject()
        writer.newline()
        return writer.bytes
    }

    /// RFC 4180: quoted where a comma, a quote or a line end is in it.
    private static func csv(_ cell: ExportRow.Cell) -> String {
        switch cell {
        case .none: ""
        case .number(let number): String(number)
        case .integer(let number): String(number)
        case .flag(let flag): flag ? "true" : "false"
        case .text(let text):
            text.contains(where: { ",\"\n\r".contains($0) })
                ? "\"" + text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
                : text
        }
    }
}
