package import Domain

extension FleetMetrics {
    /// Shows a report, all of it at once.
    package func update(report: Report) {
        let metrics = FleetMetric.fleet + FleetMetric.agents
        registry.replace(
            metrics.map(\.name),
            with: evidence(of: report) + capital(of: report) + counts(of: report) + agents(of: report))
    }

    private func evidence(of report: Report) -> [Reading] {
        let fleet = report.fleet
        var readings = [
            Reading(FleetMetric.reportAsOf, FleetMetrics.seconds(report.asOf)),
            Reading(
                FleetMetric.signals, [("attestation", "attested")], Double(fleet.signalCount - fleet.unattestedCount)),
            Reading(FleetMetric.signals, [("attestation", "unattested")], Double(fleet.unattestedCount)),
            Reading(FleetMetric.outcomes, [("state", "final")], Double(fleet.outcomeCount)),
            Reading(FleetMetric.outcomes, [("state", "pending")], Double(fleet.pendingCount)),
            Reading(FleetMetric.symbols, Double(fleet.symbolCount)),
            Reading(FleetMetric.correctedBars, Double(fleet.correctedBarCount)),
        ]
        if let decidedAt = report.decidedAt {
            readings.append(Reading(FleetMetric.decidedAt, FleetMetrics.seconds(decidedAt)))
        }
        for kind in FactKind.allCases {
            readings.append(
                Reading(
                    FleetMetric.facts, [("kind", FleetMetrics.label(kind.noun))], Double(report.factCounts[kind] ?? 0)))
        }
        for reason in RejectionReason.allCases {
            readings.append(
                Reading(
                    FleetMetric.rejectedSignals, [("reason", FleetMetrics.label(reason.rawValue))],
                    Double(fleet.rejections[reason] ?? 0)))
        }
        return readings
    }

    private func capital(of report: Report) -> [Reading] {
        let (allocation, record) = (report.allocation, report.fleet.record)
        var readings = [
            Reading(FleetMetric.cash, allocation.cash),
            // In the order of names: the same sum every time.
            Reading(FleetMetric.invested, allocation.agents.reduce(0) { $0 + $1.weight }),
            Reading(FleetMetric.netExposure, allocation.lookThrough.netExposure),
            Reading(FleetMetric.grossExposure, allocation.lookThrough.grossExposure),
            Reading(FleetMetric.stressLoss, allocation.lookThrough.lossIfMarketMovesAgainst),
        ]
        if let sigmas = report.fleet.condition.drawdownSigmas.value {
            readings.append(Reading(FleetMetric.drawdownSigmas, sigmas))
        }
        if record.markCount > 0 {
            readings.append(Reading(FleetMetric.maximalDrawdown, record.maximalDrawdown))
            readings.append(Reading(FleetMetric.totalReturn, record.totalReturnNet))
        }
        return readings
    }

    private func counts(of report: Report) -> [Reading] {
        let awakeCount = report.agents.count { !$0.isAsleep }
        var readings = [
            Reading(FleetMetric.agentCount, [("state", "awake")], Double(awakeCount)),
            Reading(FleetMetric.agentCount, [("state", "asleep")], Double(report.agents.count - awakeCount)),
            Reading(FleetMetric.warned, Double(report.agents.count { $0.verdict.isInWarningBand })),
        ]
        for stage in Stage.allCases {
            let count = report.agents.count { $0.verdict.stage == stage }
            readings.append(Reading(FleetMetric.stages, [("stage", stage.rawValue)], Double(count)))
        }
        for kind in VerdictKind.allCases {
            let count = report.agents.count { $0.verdict.kind == kind }
            readings.append(Reading(FleetMetric.verdicts, [("verdict", kind.rawValue)], Double(count)))
        }
        for severity in Finding.Severity.allCases {
            let count = report.findings.count { $0.severity == severity }
            readings.append(Reading(FleetMetric.findings, [("severity", severity.rawValue)], Double(count)))
        }
        return readings
    }

    /// Weight and multiplier of the agents with the largest weights; the weights of the rest as one sum, so that
    /// weights and cash always make the whole. A mean multiplier would be nobody's.
    private func agents(of report: Report) -> [Reading] {
        var weights: [AgentID: Double] = [:]
        for allocation in report.allocation.agents { weights[allocation.agent] = allocation.weight }
        var multipliers: [AgentID: Double] = [:]
        for agent in report.agents { multipliers[agent.agent] = agent.multiplier.value }
        let everyone = Set(weights.keys).union(multipliers.keys).sorted()
        let candidates = everyone.filter { $0.name != FleetMetrics.other }
        let ranked = candidates.sorted { left, right in
            let (leftWeight, rightWeight) = (weights[left] ?? 0, weights[right] ?? 0)
            return leftWeight == rightWeight ? left < right : leftWeight > rightWeight
        }
        let shown = Set(ranked.prefix(agentsMax))
        var rest = 0.0
        var readings: [Reading] = []
        for agent in everyone {
            guard shown.contains(agent) else {
                rest += weights[agent] ?? 0
                continue
            }
            let labels = [("agent", agent.name)]
            readings.append(Reading(FleetMetric.weight, labels, weights[agent] ?? 0))
            if let multiplier = multipliers[agent] {
                readings.append(Reading(FleetMetric.multiplier, labels, multiplier))
            }
        }
        readings.append(Reading(FleetMetric.weight, [("agent", FleetMetrics.other)], rest))
        return readings
    }

    /// `missing entry` is `missing-entry` to a machine.
    private static func label(_ words: String) -> String {
        String(words.map { $0 == " " ? "-" : $0 })
    }
}
