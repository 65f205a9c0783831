import Domain
import JSONText

extension JSONReport {
    static func agent(_ agent: AgentReport, into writer: inout JSONWriter) {
        writer.object { writer in
            writer.field("agent", agent.agent.name)
            writer.field("version", agent.version)
            writer.field("track_number", agent.trackNumber)
            writer.field("strategy_class", agent.strategyClass)
            writer.field("is_asleep", agent.isAsleep)
            writer.array("moves_with", agent.movesWith) { $0.string($1.name) }
            flatFields(agent.scorecard, into: &writer)
            multiplier(agent.multiplier, into: &writer)
            writer.object("verdict") { verdict(agent.verdict, into: &$0) }
            writer.object("scorecard") { scorecard(agent.scorecard, into: &$0) }
            writer.object("book") { book(agent.scorecard.book, into: &$0) }
            writer.object("sharpe_significance") { writer in
                writer.field("probabilistic_sharpe_ratio", agent.significance.probabilityAboveZero)
                writer.field("deflated_sharpe_ratio", agent.significance.deflatedProbability)
                writer.field("trial_count", agent.significance.trialCount)
                writer.field("minimum_track_record_days", agent.significance.minimumTrackRecordDays)
            }
        }
    }

    /// The drop-in contract's fields: plain numbers, `null` where there is too little to say.
    private static func flatFields(_ card: Scorecard, into writer: inout JSONWriter) {
        writer.field("pnl_sum_bps", card.pnlSumBps)
        writer.field("hit_rate", card.hitRate.value?.value)
        writer.field("error_rate", card.errorRate.value)
        writer.field("avg_abs_error_bps", card.averageAbsoluteErrorBps.value?.value)
        writer.field("avg_pnl_error_bps", card.averageErrorBps.value?.value)
        writer.field("sim_version", card.forecasterVersion)
    }

    static func multiplier(_ multiplier: ConfidenceMultiplier, into writer: inout JSONWriter) {
        writer.object("multiplier") { writer in
            writer.field("value", multiplier.value)
            writer.field("skill", multiplier.skill)
            writer.field("effective_signals", multiplier.effectiveSignals)
        }
    }

    static func gates(_ gates: [Gate], into writer: inout JSONWriter) {
        writer.array("gates", gates) { writer, gate in
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

    static func verdict(_ verdict: Verdict, into writer: inout JSONWriter) {
        writer.field("verdict", verdict.kind.rawValue)
        writer.field("stage", verdict.stage.rawValue)
        writer.field("stage_since", verdict.stageSince)
        writer.field("reason", verdict.reason)
        gates(verdict.gates, into: &writer)
        writer.field("drawdown_sigmas", verdict.drawdownSigmas)
        writer.field("is_in_warning_band", verdict.isInWarningBand)
        writer.field("trial_count", verdict.trialCount)
        writer.field("standing_decision", verdict.standingDecision?.rawValue)
        writer.field("evidence_e_value", verdict.evidenceEValue)
        writer.field("evidence_threshold", verdict.evidenceThreshold)
        writer.field("days_needed", verdict.daysNeeded)
        writer.field("loss_e_value", verdict.lossEValue)
        writer.field("loss_threshold", verdict.lossThreshold)
    }

    private static func scorecard(_ card: Scorecard, into writer: inout JSONWriter) {
        writer.field("signal_count", card.signalCount)
        writer.field("unattested_count", card.unattestedCount)
        writer.field("pending_count", card.pendingCount)
        writer.field("open_signal_count", card.openSignalCount)
        writer.field("rejections", card.rejections)
        writer.field("first_signal_at", card.firstSignalAt)
        writer.field("last_signal_at", card.lastSignalAt)
        writer.field("outcome_count", card.outcomeCount)
        writer.field("pnl_sum_bps", card.pnlSumBps)
        writer.field("pnl_sum_bps_by_cost_factor", card.pnlSumBpsByCostFactor)
        writer.field("hit_rate", card.hitRate)
        writer.field("average_return_bps", card.averageReturnBps)
        writer.field("average_absolute_error_bps", card.averageAbsoluteErrorBps)
        writer.field("average_error_bps", card.averageErrorBps)
        writer.field("information_coefficient", card.informationCoefficient)
        writer.field("brier_score", card.brierScore)
        writer.field("forecaster_version", card.forecasterVersion)
        writer.array("diagnostics", card.diagnostics) { writer, diagnostic in
            writer.object { writer in
                writer.field("horizon_hours", diagnostic.horizon.inHours)
                writer.field("hit_rate", diagnostic.hitRate)
                writer.field("average_return_bps", diagnostic.averageReturnBps)
            }
        }
        writer.field("error_rate", card.errorRate)
        writer.field("average_latency_ms", card.averageLatencyMilliseconds)
        writer.field("total_cost_usd", card.totalCostUSD)
    }

    private static func book(_ book: BookSummary, into writer: inout JSONWriter) {
        writer.field("mark_count", book.markCount)
        writer.field("last_mark_at", book.lastMarkAt)
        writer.field("total_return_net", book.totalReturnNet)
        writer.field("total_return_gross", book.totalReturnGross)
        writer.field("market_part_sum", book.marketPartSum)
        writer.field("residual_part_sum", book.residualPartSum)
        writer.field("beta", book.beta)
        writer.field("sharpe_ratio", book.sharpeRatio)
        writer.field("daily_volatility", book.dailyVolatility)
        writer.field("maximal_drawdown", book.maximalDrawdown)
        writer.field("current_drawdown", book.currentDrawdown)
        writer.field("exposed_share", book.exposedShare)
        writer.field("average_turnover", book.averageTurnover)
        writer.field("stale_mark_count", book.staleMarkCount)
        writer.field("abandoned_position_count", book.abandonedPositionCount)
        writer.field("imported_position_count", book.importedPositionCount)
        writer.field("is_ruined", book.isRuined)
    }
}
