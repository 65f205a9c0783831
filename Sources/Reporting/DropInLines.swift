package import Domain
import JSONText

extension DropIn {
    /// The weights of one decision, for `allocation_history.jsonl`; `nil` before the first.
    package static func allocationHistoryLine(_ report: Report) -> [UInt8]? {
        guard let decidedAt = report.decidedAt else { return nil }
        var writer = JSONWriter()
        writer.object { writer in
            writer.field("ts", decidedAt)
            writer.field("policy", report.policyName)
            writer.field("policy_fingerprint", report.policyFingerprint)
            writer.field("method_version", report.methodVersion)
            writer.field("cash", report.allocation.cash)
            writer.object("weights") { JSONReport.weights(report.allocation, into: &$0) }
        }
        writer.newline()
        return ASCIIText.escaped(writer.bytes)
    }

    /// Lines of `alpha/reconciled.jsonl`, one an outcome, in the order given. Primary horizons and diagnostic ones
    /// alike: readers choose by `horizon_hours`, as the old ones do.
    package static func reconciledLines(_ outcomes: [Outcome]) -> [UInt8] {
        var writer = JSONWriter()
        for outcome in outcomes {
            reconciled(outcome, into: &writer)
            writer.newline()
        }
        return ASCIIText.escaped(writer.bytes)
    }

    private static func reconciled(_ outcome: Outcome, into writer: inout JSONWriter) {
        writer.object { writer in
            writer.field("ts", outcome.generatedAt)
            writer.field("agent", outcome.agent.name)
            writer.field("run_id", outcome.runID)
            writer.field("symbol", outcome.symbol.name)
            writer.field("direction", outcome.direction.word)
            writer.field("entry_price", outcome.entryPrice)
            writer.field("exit_price", outcome.exitPrice)
            let hours = outcome.horizon.inHours
            // Old readers compare with the whole number 24.
            if let whole = Int(exactly: hours) {
                writer.field("horizon_hours", whole)
            } else {
                writer.field("horizon_hours", hours)
            }
            writer.field("realized_pnl_bps", outcome.realizedReturnBps)
            writer.field("expected_pnl_bps", outcome.expectedReturnBps)
            writer.field("expected_sigma_bps", outcome.sigmaBps)
            writer.field("pnl_error_bps", outcome.forecastErrorBps)
            writer.field("abs_error_bps", outcome.forecastErrorBps.magnitude)
            writer.field("sim_version", outcome.forecasterVersion)
            writer.field("strategy_class", outcome.strategyClass)
            writer.field("regime", outcome.regime)
            writer.field("confidence", outcome.confidence)
            writer.field("score_final", outcome.score)
        }
    }
}
