internal import Books
internal import Domain
internal import PortfolioConstruction
internal import PromotionGates
internal import Scoring
internal import Statistics

// From state to decisions: verdicts, then weights. Everything here reads what was known at the grid point.

extension Fold {
    /// Gives every agent, and every new version of one, its place in the order of trials, by name.
    mutating func registerNewcomers() {
        let ordered = Set(newcomers).sorted { agents[$0].agent < agents[$1].agent }
        newcomers = []
        for (index, account) in zip(ordered, trials.register(newcomerCount: ordered.count)) {
            agents[index].evidence = account
        }
    }

    mutating func decide(at gridPoint: Timestamp, on newDecisions: [HumanDecision]) {
        for decision in newDecisions {
            var named = decision
            if case .agent(let agent) = decision.scope { named.scope = .agent(currentName(of: agent)) }
            standingDecisions.append(named)
        }
        if policy.confidence.rule == .saturatingError {
            for index in agentOrder {
                agents[index].track.updateSaturatingError(fleetCount: standardOutcomeCount, policy: policy.confidence)
            }
        }
        let promotionCount = retiredPromotionCount + StageState.promotionCount(among: agents.map(\.gates))
        for index in agentOrder { judge(index, at: gridPoint, promotionCount: promotionCount) }
        fleetMedianBeta = median(of: agents.compactMap(\.record.ownBeta).sorted())
        putIntoForce(at: gridPoint)
    }

    private mutating func judge(_ index: Int, at gridPoint: Timestamp, promotionCount: Int) {
        let state = agents[index]
        let counted = policy.gates.requiresAttestation ? state.track.attested : state.track.all
        let pnl: Evidence<Double> =
            counted.count >= OutcomeStatistics.minimalCount
            ? .known(counted.pnlSumBps)
            : .insufficient(count: counted.count, needed: OutcomeStatistics.minimalCount)
        let inputs = GateInputs(
            pnlSumBps: pnl, hitRate: counted.hitRate.map(\.value),
            averageAbsoluteErrorBps: counted.averageAbsoluteErrorBps.map(\.value),
            averageErrorBps: counted.averageErrorBps.map(\.value), unattestedOutcomeCount: 0,
            errorRate: state.telemetry.errorRate, evidence: state.evidence.reading, promotionCount: promotionCount,
            trialCount: trials.trialCount, newReturns: state.newReturns,
            dailyVolatility: state.record.dailyVolatility, isRuined: state.book.isRuined)
        let decisions = standingDecisions.decisions(on: state.agent, strategyClass: state.strategyClass)
        let (verdict, gates) = PromotionGates.judge(
            inputs, state: state.gates, decisions: decisions, gates: policy.gates, risk: policy.risk, asOf: gridPoint)
        agents[index].verdict = verdict
        agents[index].gates = gates
        agents[index].newReturns = []
    }

    /// What the allocation is told, in the order of the agents' names.
    private func allocationInputs(at gridPoint: Timestamp) -> [AllocationInput] {
        // A tail sorts its sample: once a class, not once an agent.
        var tails: [String: Evidence<Double>] = [:]
        if policy.allocation.usesTailHaircut {
            for (name, record) in strategies { tails[name] = record.tailSigmas }
        }
        return agentOrder.map { index in
            let state = agents[index]
            return AllocationInput(
                agent: state.agent, strategyClass: state.strategyClass,
                multiplier: state.track.multiplier(policy.confidence).value,
                strategyCVaR95Sigmas: tails[state.strategyClass] ?? .insufficient(count: 0, needed: 100),
                stage: state.gates.stage,
                silentDays: state.book.isAwake(at: gridPoint) ? 0 : state.silentDays(at: gridPoint),
                dailyVolatility: state.record.dailyVolatility)
        }
    }

    private mutating func putIntoForce(at gridPoint: Timestamp) {
        // Years of prices before the first signal are no record of anybody's weights.
        guard !agents.isEmpty else { return }
        let decided = targetWeights(allocationInputs(at: gridPoint), policy: policy.allocation)
        let livingCount = agents.count { $0.gates.stage != .killed }
        let equalWeight = livingCount > 0 ? 1 / Double(livingCount) : 0
        // An agent without a book has never had a signal that counts: its share is cash, and nobody waits for its
        // marks.
        let shares = zip(agentOrder, decided.weights).filter { agents[$0.0].book.markedThrough != nil }.map {
            index, entry in
            FleetKeeper.Share(
                agent: index, weight: entry.weight,
                equalWeight: agents[index].gates.stage == .killed ? 0 : equalWeight)
        }
        fleet.decide(
            from: gridPoint, to: gridPoint + policy.decisionEvery, shares: shares, cash: decided.cash,
            roundTripBps: policy.costs.roundTripBps)
    }

    /// The allocation of the last grid point with its whole explanation, made from the state it was decided on.
    func allocation() -> Allocation {
        guard let position, !agents.isEmpty else { return .none }
        var allocation = construct(allocationInputs(at: position), policy: policy.allocation)
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
