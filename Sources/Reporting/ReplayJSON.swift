import Domain
import JSONText

/// A replay for machines: every number in full precision. Returns are fractions; what is in bps says so.
package enum ReplayJSON {
    package static func bytes(_ replay: ReplayDocument) -> [UInt8] {
        JSONWriter.document { writer in
            writer.field("schema", "meta-supervisor/replay/1")
            writer.field("method_version", Report.methodVersion)
            writer.field("from", replay.start)
            writer.field("to", replay.end)
            writer.field("agent_count", replay.agentCount)
            writer.field("signal_count", replay.signalCount)
            writer.field("unattested_count", replay.unattestedCount)
            writer.object("facts") { writer in
                for kind in FactKind.allCases { writer.field(kind.noun.replacingSpaces, replay.factCounts[kind] ?? 0) }
            }
            writer.field("switch_limit", replay.switchLimit)
            writer.array("policies", replay.policies) { writer, policy in writer.object { self.policy(policy, &$0) } }
            writer.key("placebo")
            if let placebo = replay.placebo {
                writer.object { self.placebo(placebo, &$0) }
            } else {
                writer.null()
            }
        }
    }

    private static func policy(_ policy: ReplayPolicy, _ writer: inout JSONWriter) {
        writer.field("policy", policy.name)
        writer.field("policy_fingerprint", policy.fingerprint)
        writer.field("decision_every_hours", policy.decisionEvery.inHours)
        writer.field("decision_count", policy.decisionCount)
        writer.field("day_count", policy.days.count)
        writer.field("first_day", policy.days.first?.start)
        writer.field("last_day", policy.days.last?.start)
        writer.field("net_return", policy.netReturn)
        writer.field("gross_return", policy.grossReturn)
        writer.field("annual_volatility", policy.annualVolatility)
        writer.field("sharpe_ratio", policy.sharpeRatio)
        writer.field("maximal_drawdown", policy.maximalDrawdown)
        writer.field("average_turnover", policy.averageTurnover)
        writer.field("average_cash", policy.averageCash)
        writer.field("invested_share_of_days", policy.investedShare)
        writer.field("winning_share_of_invested_days", policy.winningShare)
        writer.array("regrets", policy.regrets) { writer, regret in
            writer.object { writer in
                writer.field("oracle", regret.oracle.rawValue)
                writer.field("note", regret.note)
                writer.field("total_log_wealth_bps", regret.totalBps)
                writer.field("daily_log_wealth_bps", regret.dailyBps)
                writer.field("oracle_log_wealth_bps", regret.oracleLogWealthBps)
                writer.field("oracle_gap_bps", regret.gapBps)
            }
        }
        writer.array("differences", policy.differences) { writer, difference in
            writer.object { self.difference(difference, &$0) }
        }
        writer.field("promotion_count", policy.fates.count(where: \.isPromotion))
        writer.field("kill_count", policy.fates.count { !$0.isPromotion })
        writer.field("other_stage_change_count", policy.otherStageChangeCount)
        writer.array("fates", policy.fates) { writer, fate in
            writer.object { writer in
                writer.field("at", fate.at)
                writer.field("agent", fate.agent.name)
                writer.field("decision", fate.isPromotion ? "promoted" : "killed")
                writer.field("reason", fate.reason)
                for (name, stretch) in [
                    ("after_30_days", fate.after30), ("after_90_days", fate.after90), ("until_end", fate.untilEnd),
                ] {
                    self.stretch(name, stretch, &writer)
                }
            }
        }
    }

    private static func stretch(
        _ name: String, _ stretch: ReplayPolicy.Fate.Stretch?, _ writer: inout JSONWriter
    ) {
        writer.key(name)
        guard let stretch else { return writer.null() }
        writer.object { writer in
            writer.field("day_count", stretch.dayCount)
            writer.field("net_return", stretch.netReturn)
            writer.field("residual_sum", stretch.residual)
        }
    }

    private static func difference(_ difference: ReplayPolicy.Difference, _ writer: inout JSONWriter) {
        writer.field("other", difference.other)
        writer.field("daily_net_return_bps", difference.dailyBps)
        writer.field("sharpe_ratio", difference.sharpe)
    }

    private static func placebo(_ placebo: ReplayPlaceboResult, _ writer: inout JSONWriter) {
        switch placebo.kind {
        case .shift: writer.field("kind", "shift")
        case .shuffle(let draws, let seed):
            writer.field("kind", "shuffle")
            writer.field("draws", draws)
            // Beyond 2^53 a number would lose its end in most readers.
            writer.field("seed", String(seed))
        }
        writer.field("imported_outcome_count", placebo.importedCount)
        writer.array("policies", placebo.rows) { writer, row in
            writer.object { writer in
                writer.field("policy", row.policy)
                writer.field("real_sharpe_ratio", row.realSharpe)
                writer.field("real_net_return", row.realNetReturn)
                writer.field("sharpe_ratios", row.sharpeRatios)
                writer.field("net_returns", row.netReturns)
                writer.field("chance", row.chance)
                writer.key("real_less_placebo")
                if let difference = row.difference {
                    writer.object { self.difference(difference, &$0) }
                } else {
                    writer.null()
                }
            }
        }
    }
}

/// One line a day and policy.
package enum ReplayCSV {
    package static func bytes(_ replay: ReplayDocument) -> [UInt8] {
        var lines = ["day,policy,net_return,gross_return,turnover,cash,equity"]
        for policy in replay.policies {
            var equity = 1.0
            let name = field(policy.name)
            for day in policy.days {
                equity *= 1 + day.netReturn
                let numbers = [day.netReturn, day.grossReturn, day.turnover, day.cash, equity]
                // A negative zero is a zero.
                lines.append(([day.start.day, name] + numbers.map { "\($0 == 0 ? 0 : $0)" }).joined(separator: ","))
            }
        }
        return Array((lines.joined(separator: "\n") + "\n").utf8)
    }

    /// RFC 4180: a text with a comma, a quote or a line end stands in quotes.
    private static func field(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 == 0x2C || $0 == 0x22 || $0 == 0x0A || $0 == 0x0D }) else { return text }
        return "\"" + text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }
}
