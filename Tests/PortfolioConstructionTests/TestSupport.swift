import Domain
import Statistics
import Testing

@testable import PortfolioConstruction

func agent(_ name: String) throws -> AgentID { try #require(AgentID(name)) }

/// A promoted, neutral, wakeful agent but for what a test says.
func input(
    _ name: String, strategy: String = "trend", multiplier: Double = 1,
    tail: Evidence<Double> = .insufficient(count: 3, needed: 100), stage: Stage = .promoted, silentDays: Double? = 0,
    volatility: Evidence<Double> = .insufficient(count: 0, needed: 20),
    capital: CapitalState.Reading = .none
) throws -> AllocationInput {
    AllocationInput(
        agent: try agent(name), strategyClass: strategy, multiplier: multiplier, strategyCVaR95Sigmas: tail,
        stage: stage, silentDays: silentDays, dailyVolatility: volatility, capital: capital)
}

/// Equal weights, and nothing behind the caps.
var plain: AllocationPolicy {
    var policy = AllocationPolicy()
    policy.prior = .equal
    policy.switchOffFleetSteps()
    return policy
}

/// Caps that never bind.
var uncapped: AllocationPolicy {
    var policy = plain
    policy.agentCap = 1
    policy.strategyCap = 1
    return policy
}

/// Fleets of every size and shape, with policies of every kind.
struct RandomFleet {
    var inputs: [AllocationInput]
    var condition: FleetCondition
    var policy: AllocationPolicy

    init(seed: UInt64) throws {
        var generator = Xoshiro256(seed: seed)
        let count = 1 + Int(30 * generator.uniform())
        var inputs: [AllocationInput] = []
        for index in 0..<count {
            let stages = Stage.allCases
            inputs.append(
                try input(
                    "agent-\(index)", strategy: "s\(Int(4 * generator.uniform()))",
                    multiplier: 0.5 + 0.6 * generator.uniform(),
                    tail: generator.uniform() < 0.5
                        ? .insufficient(count: 9, needed: 100) : .known(-1 + 8 * generator.uniform()),
                    stage: stages[Int(Double(stages.count) * generator.uniform())],
                    silentDays: generator.uniform() < 0.3 ? 20 * generator.uniform() : 0,
                    volatility: generator.uniform() < 0.2
                        ? .insufficient(count: 1, needed: 20) : .known(0.001 + 0.05 * generator.uniform()),
                    capital: CapitalState.Reading(
                        learnedWeight: generator.uniform() < 0.3 ? 0 : generator.uniform(),
                        scale: generator.uniform() < 0.2 ? nil : 0.001 + 0.05 * generator.uniform(),
                        cluster: generator.uniform() < 0.3 ? Int(2 * generator.uniform()) : nil,
                        heldWeight: generator.uniform() < 0.5 ? 0 : 2 * generator.uniform() / Double(count))))
        }
        var policy = generator.uniform() < 0.5 ? plain : AllocationPolicy()
        let rules: [PriorRule] = [.equal, .inverseVolatility, .sharpeFilter, .adaHedge]
        policy.prior = rules[Int(4 * generator.uniform())]
        condition = FleetCondition(
            edge: generator.uniform() < 0.2
                ? .insufficient(count: 3, needed: 20)
                : .known(FleetCondition.Edge(sharpeRatio: 4 * generator.uniform() - 1, dayCount: 100)),
            mixVolatility: generator.uniform() < 0.2
                ? .insufficient(count: 3, needed: 20) : .known(0.05 * generator.uniform()),
            drawdownSigmas: .known(30 * generator.uniform()))
        policy.agentCap = 0.02 + 0.4 * generator.uniform()
        policy.strategyCap = 0.05 + 0.6 * generator.uniform()
        self.inputs = inputs
        self.policy = policy
    }
}
