/// The steps from a prior weight to a final one, in the order in which they are taken.
package enum AllocationStep: String, Sendable, CaseIterable {
    case prior
    case multiplier
    case tailHaircut = "tail-haircut"
    case stage
    case silence
    case noTradeBand = "no-trade-band"
    case caps
    case fleetGate = "fleet-gate"
    case riskTarget = "risk-target"
    case drawdownBrake = "drawdown-brake"

    package var title: String {
        switch self {
        case .prior: "prior weight"
        case .multiplier: "relative confidence multiplier"
        case .tailHaircut: "CVaR haircut of the strategy"
        case .stage: "stage factor"
        case .silence: "decay while silent"
        case .caps: "caps of agent and strategy"
        case .fleetGate: "fleet gate"
        case .riskTarget: "volatility target"
        case .drawdownBrake: "drawdown brake"
        case .noTradeBand: "no-trade band"
        }
    }

    /// Whether it is about how much leaves cash at all, and not about who holds it.
    package var concernsWholeFleet: Bool {
        switch self {
        case .fleetGate, .riskTarget, .drawdownBrake: true
        case .prior, .multiplier, .tailHaircut, .stage, .silence, .noTradeBand, .caps: false
        }
    }
}

/// One link of an agent's chain: the weight after the step, and why.
package struct AllocationLink: Equatable, Sendable {
    package var step: AllocationStep
    package var weight: Double
    /// In words, with the numbers: `0.25 for a candidate`.
    package var reason: String
    /// The agent's final weight had this step been left out for the whole fleet; `nil` for a step that passes through.
    package var finalWeightWithout: Double?

    package init(step: AllocationStep, weight: Double, reason: String, finalWeightWithout: Double?) {
        self.step = step
        self.weight = weight
        self.reason = reason
        self.finalWeightWithout = finalWeightWithout
    }
}

package struct AgentAllocation: Equatable, Sendable {
    package var agent: AgentID
    package var strategyClass: String
    package var weight: Double
    package var chain: [AllocationLink]

    package init(agent: AgentID, strategyClass: String, weight: Double, chain: [AllocationLink]) {
        self.agent = agent
        self.strategyClass = strategyClass
        self.weight = weight
        self.chain = chain
    }
}

/// Who holds how much of the capital, as fractions of it; what nobody holds is cash.
package struct Allocation: Equatable, Sendable {
    /// In the order of the agents' names.
    package var agents: [AgentAllocation]
    package var cash: Double
    /// Steps that exist and change nothing yet.
    package var passThroughSteps: [AllocationStep]
    package var lookThrough: LookThrough

    package init(
        agents: [AgentAllocation], cash: Double, passThroughSteps: [AllocationStep], lookThrough: LookThrough
    ) {
        self.agents = agents
        self.cash = cash
        self.passThroughSteps = passThroughSteps
        self.lookThrough = lookThrough
    }

    package static let none = Allocation(agents: [], cash: 1, passThroughSteps: [], lookThrough: .none)
}

/// What the fleet holds together, through the weights: as fractions of the capital.
package struct LookThrough: Equatable, Sendable {
    package struct Position: Equatable, Sendable {
        package var symbol: Symbol
        package var net: Double
        package var gross: Double

        package init(symbol: Symbol, net: Double, gross: Double) {
            self.symbol = symbol
            self.net = net
            self.gross = gross
        }
    }

    /// By symbol, in the order of their names; those with no gross position left out.
    package var positions: [Position]
    package var netExposure: Double
    package var grossExposure: Double
    /// Herfindahl index of the absolute net positions: 1 is all in one symbol; `nil` with none.
    package var concentration: Double?
    /// The loss, as a fraction of the capital, if every symbol moves 10 % against the fleet's net exposure.
    package var lossIfMarketMovesAgainst: Double
    /// The loss if each symbol moves 10 % against the fleet's position in it.
    package var lossIfEachMovesAgainst: Double

    package init(
        positions: [Position], netExposure: Double, grossExposure: Double, concentration: Double?,
        lossIfMarketMovesAgainst: Double, lossIfEachMovesAgainst: Double
    ) {
        self.positions = positions
        self.netExposure = netExposure
        self.grossExposure = grossExposure
        self.concentration = concentration
        self.lossIfMarketMovesAgainst = lossIfMarketMovesAgainst
        self.lossIfEachMovesAgainst = lossIfEachMovesAgainst
    }

    package static let none = LookThrough(
        positions: [], netExposure: 0, grossExposure: 0, concentration: nil, lossIfMarketMovesAgainst: 0,
        lossIfEachMovesAgainst: 0)
}
