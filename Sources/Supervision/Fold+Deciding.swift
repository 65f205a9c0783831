internal import Books
internal import Domain
internal import PortfolioConstruction
internal import PromotionGates
internal import Scoring
internal import Statistics

// From state to decisions: verdicts, then weights. Everything here reads what was known at the grid point.

extension Fold {
    /// Gives every agent, and every new version of one, its place in the order of trials, by name.
    mutating func registerNewcomers(at time: Timestamp) {
        let ordered = Set(newcomers).sorted { agents[$0].agent < agents[$1].agent }
        newcomers = []
        onEveryDecider { decisions, _ in decisions.register(ordered, at: time) }
    }

    mutating func decide(at gridPoint: Timestamp, on newDecisions: [HumanDecision]) {
        let news = newDecisions.map { decision in
            var named = decision
            if case .agent(let agent) = decision.scope { named.scope = .agent(currentName(of: agent)) }
            return named
        }
        if policy.confidence.rule == .saturatingError {
            for index in agentOrder {
                agents[index].track.updateSaturatingError(fleetCount: standardOutcomeCount, policy: policy.confidence)
            }
        }
        decisions.decide(
            at: gridPoint, standings: Fold.standings(of: &agents, strategies, at: gridPoint, policy), order: agentOrder,
            news: news, policy: policy)
        for place in companions.indices {
            let policy = companions[place].policy
            companions[place].decisions.decide(
                at: gridPoint, standings: Fold.standings(of: &agents, strategies, at: gridPoint, policy),
                order: agentOrder, news: news, policy: policy)
        }
    }

    /// What the deciding part is told of each agent, by index.
    ///
    /// - Parameter agents: The fold's own, looked at in place: a whole state is much to carry about.
    private static func standings(
        of agents: inout [AgentState], _ strategies: StrategyTable, at gridPoint: Timestamp, _ policy: Policy
    ) -> [DecisionState.Standing] {
        // A tail sorts its sample: once a class, not once an agent.
        var tails: [String: Evidence<Double>] = [:]
        if policy.allocation.usesTailHaircut {
            for (name, record) in strategies { tails[name] = record.tailSigmas }
        }
        return agents.indices.map { index in
            let tail = tails[agents[index].strategyClass] ?? .insufficient(count: 0, needed: 100)
            return Fold.standing(of: &agents[index], tail, at: gridPoint, policy)
        }
    }

    private static func standing(
        of agent: inout AgentState, _ tail: Evidence<Double>, at gridPoint: Timestamp, _ policy: Policy
    ) -> DecisionState.Standing {
        DecisionState.Standing(
            agent: agent.agent, strategyClass: agent.strategyClass,
            multiplier: agent.track.multiplier(policy.confidence).value, strategyCVaR95Sigmas: tail,
            silentDays: agent.book.isAwake(at: gridPoint) ? 0 : agent.silentDays(at: gridPoint),
            hasBook: agent.book.markedThrough != nil, isRuined: agent.book.isRuined,
            outcomes: policy.gates.requiresAttestation ? figures(agent.track.attested) : figures(agent.track.all),
            errorRate: agent.telemetry.errorRate)
    }

    private static func figures(_ counted: OutcomeStatistics) -> DecisionState.OutcomeFigures {
        DecisionState.OutcomeFigures(
            pnlSumBps: counted.count >= OutcomeStatistics.minimalCount
                ? .known(counted.pnlSumBps)
                : .insufficient(count: counted.count, needed: OutcomeStatistics.minimalCount),
            hitRate: counted.hitRate.map { $0.value },
            averageAbsoluteErrorBps: counted.averageAbsoluteErrorBps.map { $0.value },
            averageErrorBps: counted.averageErrorBps.map { $0.value })
    }

    /// The allocation of the last grid point with its whole explanation, made from the state it was decided on.
    func allocation() -> Allocation {
        guard let position, !agents.isEmpty else { return .none }
        var agents = agents
        let standings = Fold.standings(of: &agents, strategies, at: position, policy)
        var allocation = construct(
            decisions.allocationInputs(standings, order: agentOrder, policy),
            condition: decisions.capital.condition(policy.allocation), policy: policy.allocation)
        allocation.lookThrough = lookThrough(allocation)
        return allocation
    }

    /// What the agents hold together under the weights of `allocation`.
    func lookThrough(_ allocation: Allocation) -> LookThrough {
        guard let position else { return .none }
        let funded = zip(agentOrder, allocation.agents).map { index, entry in
            FundedPositions(
                agent: entry.agent, weight: entry.weight,
                targets: agents[index].book.targets(at: position).map {
                    FundedPositions.Target(symbol: symbols[$0.symbol], target: $0.weight)
                })
        }
        return PortfolioConstruction.lookThrough(of: funded)
    }
}
