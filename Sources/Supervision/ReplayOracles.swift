package import Domain
internal import Statistics

/// What would have been best over the days of a record, known only afterwards.
///
/// The books of the agents are what could be chosen from, and cash, which earns nothing. All in logarithms of wealth,
/// so that a day's gains add up: 0.01 is about one per cent. A book that lost everything is never best.
package struct ReplayOracles: Equatable, Sendable {
    package struct Choice: Equatable, Sendable {
        /// `nil` for cash.
        package var agent: AgentID?
        package var logWealth: Double
    }

    package var dayCount: Int
    package var bestAgent: Choice
    /// The best succession of agents with at most `switchLimit` changes, each of which pays a round trip on the whole
    /// capital.
    package var bestSuccession: Choice
    package var switchLimit: Int
    package var switchCount: Int
    /// The best constant shares, rebalanced every day for nothing (Cover 1991). The true optimum is at most `gap`
    /// above.
    package var bestRebalanced: Choice
    package var gap: Double

    /// `nil` for a record without a day or without an agent.
    package init?(_ record: ReplayRecord, switchLimit: Int) {
        let count = record.bookReturns.map(\.count).max() ?? 0
        guard !record.days.isEmpty, count > 0, count <= record.agents.count else { return nil }
        let returns = record.bookReturns.map { $0 + [Double](repeating: 0, count: count - $0.count) }
        let gains = withCash(logWealthGains(returns))
        // A change sells the whole and buys the whole: one round trip.
        let cost = record.policy.costs.roundTripBps / 10_000
        guard let best = Statistics.bestAgent(gains: gains),
            let succession = Statistics.bestSuccession(gains: gains, switchLimit: switchLimit, switchCost: cost)
        else { return nil }
        func name(_ place: Int) -> AgentID? { place < count ? record.agents[place] : nil }
        dayCount = record.days.count
        bestAgent = Choice(agent: name(best.agent), logWealth: best.total)
        bestSuccession = Choice(agent: succession.agents.last.flatMap(name), logWealth: succession.total)
        self.switchLimit = switchLimit
        switchCount = succession.switchCount
        bestRebalanced = bestAgent
        gap = 0
        // One bps over the whole record is finer than anything it is compared with.
        if let shares = bestRebalancedPortfolio(
            returns: withCash(returns.map { day in day.map { max(-1, $0) } }), tolerance: 1e-4, stepLimit: 2_000)
        {
            bestRebalanced = Choice(agent: nil, logWealth: shares.logWealth)
            gap = shares.logWealthError
        }
    }

    /// The logarithm of what one unit of money became under the policy itself.
    package static func logWealth(of record: ReplayRecord) -> Double {
        compensatedSum(logWealthGains([record.netReturns]).first ?? [])
    }
}
