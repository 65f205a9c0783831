package import Domain
internal import Statistics
internal import StatisticsState

/// All outcomes of one strategy class, and the tail of their shortfall against expectation.
package struct StrategyRecord: Sendable {
    package private(set) var statistics = OutcomeStatistics()
    /// Names of the agents that ever had an outcome in it, in order.
    private var agents: [String] = []
    /// Newest shortfalls, minus the forecast error: in bps, and in sigmas where those are known.
    private var shortfalls = RecentValues()
    private var shortfallSigmas = RecentValues()

    package init() {}

    /// - Parameter isKnownAgent: whether an outcome of the agent, under this name, was taken before.
    package mutating func take(_ outcome: Outcome, window: Int, isKnownAgent: Bool = false) {
        guard outcome.isPrimary else { return }
        statistics.take(outcome)
        if !isKnownAgent { note(outcome.agent.name) }
        shortfalls.append(-outcome.forecastErrorBps, capacity: window)
        if let sigma = outcome.sigmaBps, sigma > 0 {
            shortfallSigmas.append(-outcome.forecastErrorBps / sigma, capacity: window)
        }
    }

    private mutating func note(_ name: String) {
        var (low, high) = (0, agents.count)
        while low < high {
            let middle = low + (high - low) / 2
            if agents[middle] < name { low = middle + 1 } else { high = middle }
        }
        if low == agents.count || agents[low] != name { agents.insert(name, at: low) }
    }

    /// 95 % CVaR of the shortfall in units of the horizon's volatility: what the allocation's haircut is made of.
    package var tailSigmas: Evidence<Double> { StrategyRecord.tail(of: shortfallSigmas, beta: 0.95) }

    /// `totalMagnitude`: the sum of the absolute P&L of all strategy classes.
    package func report(strategyClass: String, totalMagnitude: Double, weight: Double) -> StrategyReport {
        StrategyReport(
            strategyClass: strategyClass, agentCount: agents.count, outcomeCount: statistics.count,
            pnlSumBps: statistics.pnlSumBps,
            contribution: totalMagnitude > 0 ? statistics.pnlSumBps / totalMagnitude : nil,
            hitRate: statistics.hitRate, averageErrorBps: statistics.averageErrorBps,
            shortfallCVaR95: StrategyRecord.tail(of: shortfalls, beta: 0.95),
            shortfallCVaR99: StrategyRecord.tail(of: shortfalls, beta: 0.99),
            shortfallCVaR95Sigmas: tailSigmas, weight: weight)
    }

    /// Five observations beyond the level are the least that is called a tail.
    static func tail(of losses: RecentValues, beta: Double) -> Evidence<Double> {
        let needed = Int((5 / (1 - beta)).rounded())
        guard losses.count >= needed, let value = conditionalValueAtRisk(of: losses.values, beta: beta) else {
            return .insufficient(count: losses.count, needed: needed)
        }
        return .known(value)
    }
}

extension StrategyRecord: SnapshotVisitable {
    package mutating func visit(_ coder: inout SnapshotCoder) throws(SnapshotCoder.Failure) {
        try statistics.visit(&coder)
        try coder.visit(&agents, blank: "") { coder, name throws(SnapshotCoder.Failure) in try coder.visit(&name) }
        try shortfalls.visit(&coder)
        try shortfallSigmas.visit(&coder)
    }
}
