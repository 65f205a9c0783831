import Domain
import Testing

@testable import PortfolioConstruction

/// What concerns the fleet as a whole: how much leaves cash at all.
struct FleetStepTests {
    private func gated() -> AllocationPolicy {
        var policy = uncapped
        policy.fleetGateHalfLifeDays = 250
        policy.fleetGateOpensAt = 0.5
        policy.fleetGateFullAt = 1.5
        return policy
    }

    private func edge(_ ratio: Double) -> FleetCondition {
        FleetCondition(edge: .known(FleetCondition.Edge(sharpeRatio: ratio, dayCount: 80)))
    }

    @Test func `the gate lets out what the record proves, and nothing without a record`() throws {
        let inputs = [try input("a"), try input("b")]
        let without = construct(inputs, policy: gated())
        #expect(without.cash == 1)
        #expect(without.agents[0].chain[7].reason == "x 0: too short a record of the mix, 0 of 20 days")
        for (ratio, share) in [(-1.0, 0.0), (0.5, 0), (1, 0.5), (1.25, 0.75), (1.5, 1), (9, 1)] {
            let allocation = construct(inputs, condition: edge(ratio), policy: gated())
            #expect((allocation.cash - (1 - share)).magnitude < 1e-15, "\(ratio)")
        }
        let half = construct(inputs, condition: edge(1), policy: gated())
        #expect(half.agents[0].weight == 0.25)
        #expect(half.agents[0].chain[7].finalWeightWithout == 0.5)
        #expect(
            half.agents[0].chain[7].reason
                == "x 0.5: the mix's record of 80 days proves a Sharpe ratio of 1.00 now; capital leaves cash above "
                + "0.5, all of it at 1.5")
        // The mix is what the gate watches, and knows nothing of it.
        #expect(targetWeights(inputs, policy: gated()).mix == [0.5, 0.5])
    }

    @Test func `the volatility target only ever lowers`() throws {
        var policy = uncapped
        policy.volatilityTargetPercent = 20
        let inputs = [try input("a"), try input("b")]
        let wild = FleetCondition(mixVolatility: .known(0.04 / 365.0.squareRoot() * 10))
        let allocation = construct(inputs, condition: wild, policy: policy)
        #expect((allocation.agents[0].weight - 0.25).magnitude < 1e-15)
        #expect(allocation.agents[0].chain[8].reason == "x 0.5: annual volatility 40.0 %, 20.0 % allowed")
        let calm = construct(inputs, condition: FleetCondition(mixVolatility: .known(0.001)), policy: policy)
        #expect(calm.cash == 0)
        #expect(construct(inputs, policy: policy).agents[0].chain[8].reason.contains("not known yet"))
    }

    @Test func `the brake lowers linearly between its two falls, and never to nothing`() throws {
        var policy = uncapped
        policy.brakeFromSigmas = 8
        policy.brakeToSigmas = 20
        policy.brakeFloor = 0.25
        for (fall, left) in [(0.0, 1.0), (8, 1), (14, 0.625), (20, 0.25), (99, 0.25)] {
            let allocation = construct(
                [try input("a")], condition: FleetCondition(drawdownSigmas: .known(fall)), policy: policy)
            #expect((allocation.agents[0].weight - left).magnitude < 1e-15, "\(fall)")
        }
    }

    @Test func `within the band nothing moves, beyond it to its edge, and to nothing at once`() throws {
        var policy = uncapped
        policy.noTradeBand = 0.01
        func after(_ held: Double, _ learned: [Double]) throws -> Double {
            policy.prior = .sharpeFilter
            let names = ["a", "b", "c"]
            let inputs = try zip(names, learned).map { name, weight in
                try input(
                    name,
                    capital: CapitalState.Reading(
                        learnedWeight: weight, scale: 0.01, heldWeight: name == "a" ? held : weight))
            }
            return construct(inputs, policy: policy).agents[0].weight
        }
        #expect(try after(0.195, [0.2, 0.4, 0.4]) == 0.195)
        #expect((try after(0.1, [0.2, 0.4, 0.4]) - 0.19).magnitude < 1e-15)
        #expect((try after(0.3, [0.2, 0.4, 0.4]) - 0.21 / 1.01).magnitude < 1e-15)
        #expect(try after(0.3, [0, 0.5, 0.5]) == 0)
        // A weight on its way to nothing gets there.
        #expect((try after(0.009, [0.001, 0.4995, 0.4995]) - 0.002 / 1.001).magnitude < 1e-12)
    }

    @Test func `a cluster has one share and one cap, across strategies too`() throws {
        let alone = CapitalState.Reading.none
        let together = CapitalState.Reading(cluster: 1)
        let inputs = [
            try input("a", strategy: "x", capital: alone), try input("b", strategy: "x", capital: together),
            try input("c", strategy: "y", capital: together), try input("d", strategy: "y", capital: together),
        ]
        let shared = construct(inputs, policy: uncapped)
        #expect(zip(shared.agents, [0.5, 1.0 / 6, 1.0 / 6, 1.0 / 6]).allSatisfy { ($0.weight - $1).magnitude < 1e-15 })
        #expect(shared.agents[1].chain[0].reason.hasSuffix("shared with c, d, which move as one with it"))
        var policy = plain
        policy.strategyCap = 1
        let capped = construct(inputs, policy: policy)
        #expect(capped.agents[0].weight == 0.25)
        #expect((capped.agents[1...].reduce(0) { $0 + $1.weight } - 0.25).magnitude < 1e-15)
        #expect(capped.agents[2].chain[6].reason == "its cluster of 3 is at the cap 0.25 of one agent")
    }

    @Test func `what each step leaves is never more than before it`() throws {
        for seed in 1...200 as ClosedRange<UInt64> {
            let fleet = try RandomFleet(seed: seed)
            let allocation = construct(fleet.inputs, condition: fleet.condition, policy: fleet.policy)
            for agent in allocation.agents {
                let behind = agent.chain.suffix(4).map(\.weight)
                #expect(zip(behind, behind.dropFirst()).allSatisfy { $1 <= $0 }, "seed \(seed)")
            }
            for cluster in Set(fleet.inputs.compactMap(\.capital.cluster)) {
                let names = Set(fleet.inputs.filter { $0.capital.cluster == cluster }.map(\.agent))
                let sum = allocation.agents.filter { names.contains($0.agent) }.reduce(0) { $0 + $1.weight }
                #expect(sum <= fleet.policy.agentCap * (1 + 1e-12), "seed \(seed)")
            }
        }
    }
}
