package import Domain
import JSONText

/// What rows say by themselves, for machines: every number in full precision.
package enum ReconciledJSON {
    package static func bytes(_ report: ReconciledReport, source: String) -> [UInt8] {
        JSONWriter.document { writer in
            writer.field("schema", "meta-supervisor/reconciled-confidence/1")
            writer.field("as_of", report.asOf)
            writer.field("policy", report.policyName)
            writer.field("policy_fingerprint", report.policyFingerprint)
            writer.field("method_version", Report.methodVersion)
            writer.field("source", source)
            writer.object("lines") { lines(report.lines, into: &$0) }
            writer.array("horizons", report.horizons) { writer, horizon in
                writer.object { writer in
                    writer.field("horizon_hours", horizon.horizon.inHours)
                    writer.field("outcome_count", horizon.count)
                }
            }
            writer.array("agents", report.agents) { agent($1, into: &$0) }
            // Nothing is allocated on rows alone.
            writer.array("strategies", report.strategies) { JSONReport.strategy($1, hasWeight: false, into: &$0) }
        }
    }

    private static func lines(_ lines: ReconciledLineCounts, into writer: inout JSONWriter) {
        writer.field("all", lines.all)
        writer.field("blank", lines.blank)
        writer.field("refused", lines.refused)
        writer.field("duplicates", lines.duplicates)
        writer.field("other_horizon", lines.otherHorizon)
        writer.field("not_yet_closed", lines.notYetClosed)
        writer.field("out_of_order", lines.outOfOrder)
        writer.field("counted", lines.counted)
        writer.field("without_sigma", lines.withoutSigma)
        writer.field("first_out_of_order_line", lines.firstOutOfOrder)
        writer.array("reasons", lines.reasons) { writer, reason in
            writer.object { writer in
                writer.field("reason", reason.text)
                writer.field("count", reason.count)
                writer.field("first_line", reason.firstLine)
            }
        }
    }

    private static func agent(_ agent: ReconciledAgentReport, into writer: inout JSONWriter) {
        writer.object { writer in
            writer.field("agent", agent.agent.name)
            writer.field("strategy_class", agent.strategyClass)
            JSONReport.multiplier(agent.multiplier, into: &writer)
            writer.field("outcome_count", agent.outcomeCount)
            writer.field("without_sigma_count", agent.withoutSigmaCount)
            writer.field("independent_count", agent.independentCount)
            writer.field("pnl_sum_bps", agent.pnlSumBps)
            writer.field("hit_rate", agent.hitRate)
            writer.field("average_return_bps", agent.averageReturnBps)
            writer.field("average_absolute_error_bps", agent.averageAbsoluteErrorBps)
            writer.field("average_error_bps", agent.averageErrorBps)
            writer.field("verdict", VerdictKind.insufficientEvidence.rawValue)
            writer.field("reason", ReconciledText.verdictReason)
            JSONReport.gates(agent.gates, into: &writer)
        }
    }
}
