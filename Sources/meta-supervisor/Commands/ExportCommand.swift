import ArgumentParser
import Composition
import Domain
import JSONText
import Ledger
import Operation
import Reporting

struct ExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Writes facts, outcomes or the agents' table to standard output, as JSONL or CSV.",
        discussion: """
            Facts come in the field names of the drop-in contract, with when they became known, and with --as-of only \
            those known by then; outcomes are those of the fold at --as-of.

            Examples:
              meta-supervisor export signals --root my-fleet > signals.jsonl
              meta-supervisor export prices --format csv --root my-fleet | gzip > prices.csv.gz
              meta-supervisor export outcomes --format csv --as-of 2025-10-20T00:00:00Z --root my-fleet
            """)

    enum Subject: String, CaseIterable, ExpressibleByArgument {
        case signals, prices, withdrawals, telemetry, reconciled, decisions, outcomes, agents
    }

    enum Format: String, CaseIterable, ExpressibleByArgument { case jsonl, csv }

    @OptionGroup var common: CommonOptions
    @OptionGroup var policy: PolicyOptions
    @OptionGroup var moment: MomentOptions

    @Argument(help: "signals, prices, withdrawals (of bars), telemetry, reconciled, decisions, outcomes or agents.")
    var subject: Subject

    @Option(name: .long, help: "jsonl or csv.")
    var format = Format.jsonl

    func run() throws {
        let workspace = try Workspace.open(common, policy, mode: .readOnly)
        var sink = RowSink(format: format == .csv ? .csv : .jsonl)
        switch subject {
        case .signals: try export(.signal, workspace, &sink) { batch in batch.signals.map(ExportRow.signal) }
        case .prices:
            try export(.bar, workspace, &sink) { batch in
                batch.bars.flatMap { series in series.bars.map { ExportRow.bar($0, of: series.symbol) } }
            }
        case .withdrawals: try export(.barWithdrawal, workspace, &sink) { $0.barWithdrawals.map(ExportRow.withdrawal) }
        case .telemetry: try export(.telemetry, workspace, &sink) { $0.telemetry.map(ExportRow.telemetry) }
        case .reconciled: try export(.outcome, workspace, &sink) { $0.outcomes.map(ExportRow.imported) }
        case .decisions: try export(.decision, workspace, &sink) { $0.decisions.map(ExportRow.decision) }
        case .outcomes: try exportOutcomes(workspace, &sink)
        case .agents:
            let report = try Looking.report(workspace, policy, moment, isQuiet: common.quiet).report
            sink.write(report.agents.map { ExportRow.agent($0, in: report) })
        }
        sink.flush()
    }

    private func export(
        _ kind: FactKind, _ workspace: Workspace, _ sink: inout RowSink, _ rows: (FactBatch) -> [ExportRow]
    ) throws {
        let asOf = moment.asOf == nil ? nil : try moment.resolved(now: try workspace.recordingTime())
        try workspace.ledger.export(kind) { batch in sink.write(rows(asOf.map { batch.facts(knownBy: $0) } ?? batch)) }
    }

    private func exportOutcomes(_ workspace: Workspace, _ sink: inout RowSink) throws {
        let asOf = try moment.resolved(now: try workspace.recordingTime())
        // From the first fact: a snapshot knows what came after it only.
        try workspace.cycle.outcomes(try workspace.mode(policy), asOf: asOf) { outcomes in
            sink.write(outcomes.map(ExportRow.outcome))
        }
    }
}
