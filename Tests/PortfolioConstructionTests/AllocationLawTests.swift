import Domain
import Statistics
import Testing

@testable import PortfolioConstruction

/// What holds for any fleet under any policy; seeds 1...100.
struct AllocationLawTests {
    static let seeds = 1...100 as ClosedRange<UInt64>

    @Test func `weights and cash are not negative and add up to one`() throws {
        for seed in AllocationLawTests.seeds {
            let fleet = try RandomFleet(seed: seed)
            let allocation = construct(fleet.inputs, condition: fleet.condition, policy: fleet.policy)
            let sum = compensatedSum(allocation.agents.map(\.weight) + [allocation.cash])
            #expect((sum - 1).magnitude < 1e-12, "seed \(seed)")
            #expect(allocation.cash >= 0 && allocation.agents.allSatisfy { $0.weight >= 0 }, "seed \(seed)")
            #expect(allocation.agents.map(\.agent) == fleet.inputs.map(\.agent).sorted(), "seed \(seed)")
        }
    }

    @Test func `no cap is ever exceeded and capping never raises the sum`() throws {
        var boundCount = 0
        for seed in AllocationLawTests.seeds {
            let fleet = try RandomFleet(seed: seed)
            let allocation = construct(fleet.inputs, condition: fleet.condition, policy: fleet.policy)
            #expect(allocation.agents.allSatisfy { $0.weight <= fleet.policy.agentCap }, "seed \(seed)")
            for strategy in Set(fleet.inputs.map(\.strategyClass)).sorted() {
                let weights = allocation.agents.filter { $0.strategyClass == strategy }.map(\.weight)
                #expect(compensatedSum(weights) <= fleet.policy.strategyCap, "seed \(seed)")
            }
            let sums = [AllocationStep.noTradeBand, .caps].map { step in
                compensatedSum(allocation.agents.compactMap { $0.chain.first { $0.step == step }?.weight })
            }
            #expect(sums[1] <= sums[0] * (1 + 1e-12), "seed \(seed)")
            boundCount += sums[1] < sums[0] ? 1 : 0
        }
        #expect(boundCount > 20)
    }

    @Test func `the order of the agents changes nothing`() throws {
        for seed in AllocationLawTests.seeds {
            let fleet = try RandomFleet(seed: seed)
            var shuffler = SplitMix64(seed: seed)
            let shuffled = fleet.inputs.shuffled(using: &shuffler)
            #expect(
                construct(shuffled, condition: fleet.condition, policy: fleet.policy)
                    == construct(fleet.inputs, condition: fleet.condition, policy: fleet.policy),
                "seed \(seed)")
        }
    }

    @Test func `a common factor on all multipliers changes nothing`() throws {
        for seed in AllocationLawTests.seeds {
            let fleet = try RandomFleet(seed: seed)
            let scaled = fleet.inputs.map { input in
                var input = input
                input.multiplier *= 0.37
                return input
            }
            let (first, second) = (weights(fleet.inputs, fleet), weights(scaled, fleet))
            #expect(zip(first, second).allSatisfy { ($0 - $1).magnitude < 1e-12 }, "seed \(seed)")
        }
    }

    @Test func `a higher multiplier never lowers its agent's weight`() throws {
        var raisedCount = 0
        for seed in AllocationLawTests.seeds {
            var fleet = try RandomFleet(seed: seed)
            // What is held plays no part in it.
            fleet.policy.noTradeBand = nil
            let before = targetWeights(fleet.inputs, condition: fleet.condition, policy: fleet.policy).weights
            for index in fleet.inputs.indices {
                var inputs = fleet.inputs
                inputs[index].multiplier += 0.3
                let after = weights(inputs, fleet)
                let name = inputs[index].agent
                let place = inputs.count { $0.agent < name }
                let pair = [before[place], after[place]]
                #expect(pair[1] >= pair[0] - 1e-13, "seed \(seed), \(name)")
                raisedCount += pair[1] > pair[0] + 1e-9 ? 1 : 0
            }
        }
        #expect(raisedCount > 200)
    }

    @Test func `the last link of each chain is the weight and the fast path agrees to the bit`() throws {
        for seed in AllocationLawTests.seeds {
            let fleet = try RandomFleet(seed: seed)
            let allocation = construct(fleet.inputs, condition: fleet.condition, policy: fleet.policy)
            for agent in allocation.agents {
                #expect(agent.chain.last?.weight == agent.weight, "seed \(seed)")
                #expect(agent.chain.map(\.step) == AllocationStep.allCases, "seed \(seed)")
                #expect(agent.chain.allSatisfy { !$0.reason.isEmpty }, "seed \(seed)")
            }
            let fast = targetWeights(fleet.inputs, condition: fleet.condition, policy: fleet.policy)
            #expect(fast.weights == allocation.agents.map(\.weight), "seed \(seed)")
            #expect(fast.cash == allocation.cash, "seed \(seed)")
        }
    }

    @Test func `the weight without a step is what a fleet without its cause would have`() throws {
        for seed in AllocationLawTests.seeds {
            let fleet = try RandomFleet(seed: seed)
            let allocation = construct(fleet.inputs, condition: fleet.condition, policy: fleet.policy)
            for step in [AllocationStep.prior, .multiplier, .tailHaircut, .stage, .silence] {
                var (inputs, policy) = (fleet.inputs, fleet.policy)
                for index in inputs.indices {
                    switch step {
                    case .multiplier: inputs[index].multiplier = 1
                    case .tailHaircut: inputs[index].strategyCVaR95Sigmas = .insufficient(count: 0, needed: 100)
                    case .stage: inputs[index].stage = .promoted
                    case .silence: inputs[index].silentDays = 0
                    default: break
                    }
                }
                if step == .prior { policy.prior = .equal }
                let expected = weights(inputs, fleet, policy)
                let stated = allocation.agents.compactMap { $0.chain.first { $0.step == step }?.finalWeightWithout }
                #expect(stated.count == expected.count, "seed \(seed), \(step)")
                #expect(
                    zip(stated, expected).allSatisfy { ($0 - $1).magnitude < 1e-12 }, "seed \(seed), \(step)")
            }
            // Behind the caps the fleet's own steps may follow.
            guard fleet.policy.fleetGateHalfLifeDays == nil else { continue }
            let beforeCaps = allocation.agents.compactMap { $0.chain.first { $0.step == .noTradeBand }?.weight }
            let uncapped = allocation.agents.compactMap { $0.chain.first { $0.step == .caps }?.finalWeightWithout }
            #expect(uncapped == beforeCaps, "seed \(seed)")
        }
    }

    private func weights(
        _ inputs: [AllocationInput], _ fleet: RandomFleet, _ policy: AllocationPolicy? = nil
    ) -> [Double] {
        targetWeights(inputs, condition: fleet.condition, policy: policy ?? fleet.policy).weights
    }
}
