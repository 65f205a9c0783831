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
            writer.array("strategies", report.strategies) { strategy($1, into: &$0) }
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
            writer.object("multiplier") { writer in
                writer.field("value", agent.multiplier.value)
                writer.field("skill", agent.multiplier.skill)
                writer.field("effective_signals", agent.multiplier.effectiveSignals)
            }
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
            writer.array("gates", agent.gates) { writer, gate in
                writer.object { writer in
                    writer.field("name", gate.name)
                    writer.field("value", gate.value)
                    writer.field("comparison", gate.comparison.rawValue)
                    writer.field("threshold", gate.threshold)
                    writer.field("is_required", gate.isRequired)
                    writer.field("is_passed", gate.isPassed)
                    writer.field("is_waived", gate.isWaived)
                }
            }
        }
    }

    /// Without a weight: nothing is allocated on rows alone.
    private static func strategy(_ strategy: StrategyReport, into writer: inout JSONWriter) {
        writer.object { writer in
            writer.field("strategy_class", strategy.strategyClass)
            writer.field("agent_count", strategy.agentCount)
            writer.field("outcome_count", strategy.outcomeCount)
            writer.field("pnl_sum_bps", strategy.pnlSumBps)
            writer.field("contribution", strategy.contribution)
            writer.field("hit_rate", strategy.hitRate)
            writer.field("average_error_bps", strategy.averageErrorBps)
            writer.field("shortfall_cvar_95_bps", strategy.shortfallCVaR95)
            writer.field("shortfall_cvar_99_bps", strategy.shortfallCVaR99)
            writer.field("shortfall_cvar_95_sigmas", strategy.shortfallCVaR95Sigmas)
        }
    }
}
