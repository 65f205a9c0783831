package import Domain
import JSONText

/// The report for machines: every number of it, in full precision (the shortest text that reads back), in a stable
/// order.
///
/// Statistics are `{"value", "standard_error", "count"}` or `{"insufficient": {"count", "needed"}}`. Beside them each
/// agent has the flat fields that readers of the drop-in contract know (`pnl_sum_bps`, `hit_rate`, `error_rate`,
/// `avg_abs_error_bps`, `avg_pnl_error_bps`, `sim_version`), `null` where the evidence is insufficient.
package enum JSONReport {
    package static func bytes(_ report: Report) -> [UInt8] {
        JSONWriter.document { writer in
            writer.header("report/1", DocumentHeader(report))
            writer.object("facts") { writer in
                writer.field("digest", report.facts.description)
                writer.field("count", report.facts.count)
                writer.object("by_kind") { writer in
                    for kind in FactKind.allCases {
                        writer.field(kind.noun.replacingSpaces, report.factCounts[kind] ?? 0)
                    }
                }
            }
            writer.array("summary", Summary(report).sentences) { $0.string($1) }
            writer.array("findings", report.sortedFindings) { writer, finding in
                writer.object { writer in
                    writer.field("severity", finding.severity.rawValue)
                    writer.field("topic", finding.topic.rawValue)
                    writer.field("text", finding.text)
                }
            }
            writer.object("fleet") { fleet(report.fleet, into: &$0) }
            writer.object("allocation") { allocation(report.allocation, into: &$0) }
            writer.array("agents", report.agents) { agent($1, into: &$0) }
            writer.array("strategies", report.strategies) { strategy($1, into: &$0) }
            writer.object("forecaster") { forecaster(report.forecaster, into: &$0) }
        }
    }

    /// One agent with its allocation: `explain --json`. `nil` if the report knows no such agent.
    package static func bytes(of agent: AgentID, in report: Report) -> [UInt8]? {
        report.explanation(of: agent).map(bytes)
    }

    package static func bytes(_ explanation: Explanation) -> [UInt8] {
        JSONWriter.document { writer in
            writer.header("agent/1", DocumentHeader(explanation))
            writer.key("agent")
            agent(explanation.agent, into: &writer)
            writer.key("allocation")
            if let allocation = explanation.allocation {
                agentAllocation(allocation, into: &writer)
            } else {
                writer.null()
            }
            writer.array("pass_through_steps", explanation.passThroughSteps) { $0.string($1.rawValue) }
        }
    }

    /// All agents with their weights, without the rest of the report: `agents list --json`.
    package static func agents(_ report: Report) -> [UInt8] {
        JSONWriter.document { writer in
            writer.header("agents/1", DocumentHeader(report))
            writer.object("weights") { weights(report.allocation, into: &$0) }
            writer.array("agents", report.agents) { agent($1, into: &$0) }
        }
    }

    static func fleet(_ fleet: FleetReport, into writer: inout JSONWriter) {
        writer.field("agent_count", fleet.agentCount)
        writer.field("awake_count", fleet.awakeCount)
        writer.field("signal_count", fleet.signalCount)
        writer.field("unattested_count", fleet.unattestedCount)
        writer.field("outcome_count", fleet.outcomeCount)
        writer.field("pending_count", fleet.pendingCount)
        writer.field("rejections", fleet.rejections)
        writer.field("bar_count", fleet.barCount)
        writer.field("corrected_bar_count", fleet.correctedBarCount)
        writer.field("withdrawn_bar_count", fleet.withdrawnBarCount)
        writer.field("symbol_count", fleet.symbolCount)
        writer.object("record") { writer in
            writer.field("mark_count", fleet.record.markCount)
            writer.field("total_return_net", fleet.record.totalReturnNet)
            writer.field("sharpe_ratio", fleet.record.sharpeRatio)
            writer.field("maximal_drawdown", fleet.record.maximalDrawdown)
            writer.field("average_cash", fleet.record.averageCash)
            writer.field("average_turnover", fleet.record.averageTurnover)
            writer.field("equal_weight_total_return_net", fleet.record.equalWeightTotalReturnNet)
        }
        writer.object("condition") { writer in
            writer.field("mix_sharpe_ratio", fleet.condition.edge.map(\.sharpeRatio))
            writer.field("mix_day_count", fleet.condition.edge.value?.dayCount)
            writer.field("mix_daily_volatility", fleet.condition.mixVolatility)
            writer.field("drawdown_sigmas", fleet.condition.drawdownSigmas)
        }
    }

    static func weights(_ allocation: Allocation, into writer: inout JSONWriter) {
        for agent in allocation.agents { writer.field(agent.agent.name, agent.weight) }
    }

    static func allocation(_ allocation: Allocation, into writer: inout JSONWriter) {
        writer.field("cash", allocation.cash)
        writer.object("weights") { weights(allocation, into: &$0) }
        writer.array("agents", allocation.agents) { agentAllocation($1, into: &$0) }
        writer.array("pass_through_steps", allocation.passThroughSteps) { $0.string($1.rawValue) }
        let look = allocation.lookThrough
        writer.object("look_through") { writer in
            writer.array("positions", look.positions) { writer, position in
                writer.object { writer in
                    writer.field("symbol", position.symbol.name)
                    writer.field("net", position.net)
                    writer.field("gross", position.gross)
                }
            }
            writer.field("net_exposure", look.netExposure)
            writer.field("gross_exposure", look.grossExposure)
            writer.field("concentration", look.concentration)
            writer.field("loss_if_market_moves_against", look.lossIfMarketMovesAgainst)
            writer.field("loss_if_each_moves_against", look.lossIfEachMovesAgainst)
        }
    }

    static func agentAllocation(_ agent: AgentAllocation, into writer: inout JSONWriter) {
        writer.object { writer in
            writer.field("agent", agent.agent.name)
            writer.field("strategy_class", agent.strategyClass)
            writer.field("weight", agent.weight)
            writer.array("chain", agent.chain) { writer, link in
                writer.object { writer in
                    writer.field("step", link.step.rawValue)
                    writer.field("weight", link.weight)
                    writer.field("reason", link.reason)
                    writer.field("final_weight_without", link.finalWeightWithout)
                }
            }
        }
    }

    static func strategy(_ strategy: StrategyReport, hasWeight: Bool = true, into writer: inout JSONWriter) {
        writer.object { writer in
            writer.field("strategy_class", strategy.strategyClass)
            writer.field("agent_count", strategy.agentCount)
            writer.field("outcome_count", strategy.outcomeCount)
            if hasWeight { writer.field("weight", strategy.weight) }
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
