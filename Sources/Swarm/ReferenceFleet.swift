package import Domain

/// Classical strategies over real or simulated prices, deciding once a day at 00:00 UTC.
///
/// Each decision uses bars that had closed by then, so that it could have been made: fills are the next open's. It is
/// the fleet that anybody can rebuild, to compare supervisors on; a good part of it earns nothing after costs.
package struct ReferenceFleet: Sendable {
    package let agents: [ReferenceAgent]
    package let panel: DailyPanel
    /// By agent, symbol and day.
    private let convictions: [[[Double]]]

    /// `leader` is the symbol of the lead-lag rules and of `leaderLong`, which sleep without it.
    package init(
        bars: [Symbol: [Bar]], agents: [ReferenceAgent] = ReferenceAgent.classical(), leader: Symbol? = Symbol("BTC")
    ) {
        let panel = DailyPanel(bars)
        self.agents = agents
        self.panel = panel
        let leaderIndex = leader.flatMap { panel.symbols.firstIndex(of: $0) }
        convictions = agents.map { $0.rule.convictions(panel, leader: leaderIndex) }
    }

    /// 00:00 UTC of each day on which it decides.
    package var decisionTimes: [Timestamp] { panel.decisionTimes }

    /// The decisions of one day, by agent in the given order and by symbol; asleep is no signal.
    ///
    /// Direction is the side, score the conviction in it within (0, 1], confidence one half and half of that.
    package func signals(onDay day: Int) -> [Signal] {
        var signals: [Signal] = []
        for (agentIndex, agent) in agents.enumerated() {
            for (symbolIndex, symbol) in panel.symbols.enumerated() where panel.isFresh[symbolIndex][day] {
                let conviction = convictions[agentIndex][symbolIndex][day].roundedToFourDecimals
                guard conviction != 0 else { continue }
                signals.append(
                    Signal(
                        agent: agent.id, symbol: symbol, direction: conviction > 0 ? .long : .short,
                        score: conviction.magnitude,
                        confidence: (0.5 + conviction.magnitude / 2).roundedToFourDecimals,
                        generatedAt: panel.decisionTimes[day], strategyClass: agent.strategyClass))
            }
        }
        return signals
    }

    /// All decisions, day by day.
    package func signals() -> [Signal] { decisionTimes.indices.flatMap { signals(onDay: $0) } }
}
