import Domain
import Testing

@testable import PortfolioConstruction

struct AllocationTests {
    @Test func `without agents, or with all of them killed, everything is cash`() throws {
        #expect(construct([], policy: plain).cash == 1)
        #expect(construct([], policy: plain).agents.isEmpty)
        let killed = construct(
            [try input("a", stage: .killed), try input("b", stage: .killed)], policy: plain)
        #expect(killed.cash == 1)
        #expect(killed.agents.map(\.weight) == [0, 0])
        #expect(killed.agents[0].chain[0].reason.contains("killed"))
        #expect(killed.agents[0].chain[3].finalWeightWithout == 0.2)
    }

    @Test func `a candidate alone stands behind nobody, and the cap holds it`() throws {
        let allocation = construct([try input("a", stage: .candidate)], policy: plain)
        #expect(allocation.agents[0].weight == 0.25)
        #expect(allocation.cash == 0.75)
        #expect(allocation.agents[0].chain[3].reason == "0.5 for a candidate against the fleet's mean 0.5: x 1")
        #expect(allocation.agents[0].chain[6].reason == "cut to the cap 0.25")
    }

    @Test func `beside a promoted agent a candidate has half of its weight`() throws {
        let allocation = construct([try input("a", stage: .candidate), try input("b")], policy: uncapped)
        #expect(zip(allocation.agents, [1.0 / 3, 2.0 / 3]).allSatisfy { ($0.weight - $1).magnitude < 1e-15 })
        #expect(allocation.cash == 0)
    }

    @Test func `the chain of two agents by hand`() throws {
        // Kept shares: a 1; b 0.5 * (2.5 / 4) * 2^-(10 - 3)/7 = 0.15625. Mean multiplier over 0.5 and 0.078125:
        // (0.5 * 1.1 + 0.078125 * 0.5) / 0.578125.
        let inputs = [
            try input("a", multiplier: 1.1),
            try input("b", strategy: "carry", multiplier: 0.5, tail: .known(4), stage: .candidate, silentDays: 10),
        ]
        let allocation = construct(inputs, policy: uncapped)
        let mean = (0.5 * 1.1 + 0.078125 * 0.5) / 0.578125
        // The mean stage factor over 0.5 and 0.15625, what haircut and silence leave of the priors.
        let stage = (0.5 + 0.15625 * 0.5) / 0.65625
        let chain = allocation.agents[1].chain
        let expected = [
            0.5, 0.25 / mean, 0.15625 / mean, 0.078125 / (mean * stage), 0.0390625 / (mean * stage),
        ]
        #expect(zip(chain, expected).allSatisfy { ($0.weight - $1).magnitude < 1e-13 })
        #expect((allocation.agents[0].weight - 0.55 / (mean * stage)).magnitude < 1e-13)
        // Multipliers and stages leave the total as haircut and silence made it.
        #expect((1 - allocation.cash - 0.65625).magnitude < 1e-14)
        #expect(chain[2].reason == "x 0.625: CVaR of carry 4 sigmas, 2.5 cost nothing, at least 0.5 is left")
        #expect(chain[4].reason == "x 0.5: silent for 10.0 days, halved every 7 after 3")
        #expect(chain[7].reason == "passes through: switched off by the policy")
        #expect(chain[7].finalWeightWithout == nil)
        #expect(allocation.passThroughSteps == [.noTradeBand, .fleetGate, .riskTarget, .drawdownBrake])
    }

    @Test func `what a cap cuts off goes to the others in proportion`() throws {
        var policy = uncapped
        policy.agentCap = 0.5
        let inputs = [
            try input("a", multiplier: 6), try input("b", multiplier: 3), try input("c", multiplier: 1),
        ]
        let allocation = construct(inputs, policy: policy)
        #expect(zip(allocation.agents, [0.5, 0.375, 0.125]).allSatisfy { ($0.weight - $1).magnitude < 1e-15 })
        #expect(allocation.cash == 0)
        #expect(allocation.agents.map { $0.chain[6].reason } == [
            "cut to the cap 0.5", "lifted by what caps cut off elsewhere", "lifted by what caps cut off elsewhere",
        ])
    }

    @Test func `what silence sent to cash is not given back by a cap elsewhere`() throws {
        var policy = plain
        policy.prior = .inverseVolatility
        policy.strategyCap = 1
        let inputs = [
            try input("a", volatility: .known(0.001)), try input("b", volatility: .known(0.001)),
            try input("c", silentDays: 10, volatility: .known(0.02)),
        ]
        let allocation = construct(inputs, policy: policy)
        #expect(zip(allocation.agents, [0.25, 0.25, 0.125]).allSatisfy { ($0.weight - $1).magnitude < 1e-13 })
        #expect(allocation.agents[2].chain[6].reason.hasPrefix("lifted"))
        #expect((allocation.cash - 0.375).magnitude < 1e-13)
    }

    @Test func `excess that fits nowhere stays in cash`() throws {
        let inputs = try (0..<10).map { try input("agent-\($0)") }
        let allocation = construct(inputs, policy: plain)
        #expect(allocation.agents.allSatisfy { ($0.weight - 0.04).magnitude < 1e-15 })
        #expect((allocation.cash - 0.6).magnitude < 1e-12)
        #expect(allocation.agents[0].chain[6].reason == "strategy trend is at its cap 0.4")
    }

    @Test func `inverse volatility gives newcomers the median and a book that did nothing no advantage`() throws {
        var policy = uncapped
        policy.prior = .inverseVolatility
        let inputs = [
            try input("a", volatility: .known(0.01)), try input("b", volatility: .known(0.02)),
            try input("c", volatility: .known(0.04)), try input("d"), try input("e", volatility: .known(0)),
        ]
        let allocation = construct(inputs, policy: policy)
        let total = 100.0 + 50 + 25 + 50 + 50
        #expect(
            zip(allocation.agents, [100, 50, 25, 50, 50]).allSatisfy { ($0.weight - $1 / total).magnitude < 1e-15 })
        #expect(allocation.agents[0].chain[0].reason == "inverse of its daily volatility 1.00 %")
        #expect(allocation.agents[3].chain[0].reason.contains("median"))
        #expect(construct([try input("d")], policy: policy).agents[0].weight == 1)
    }

    @Test func `steps that the policy switches off pass through and say so`() throws {
        var policy = uncapped
        policy.usesTailHaircut = false
        policy.silentAfterDays = nil
        let allocation = construct([try input("a", tail: .known(10), silentDays: 90)], policy: policy)
        #expect(allocation.agents[0].weight == 1)
        #expect(allocation.passThroughSteps.prefix(2) == [.tailHaircut, .silence])
        #expect(allocation.agents[0].chain[2].finalWeightWithout == nil)
        #expect(allocation.agents[0].chain[2].reason == "passes through: switched off by the policy")
    }

    @Test func `multipliers that are all zero move nothing`() throws {
        let allocation = construct(
            [try input("a", multiplier: 0), try input("b", multiplier: 0)], policy: uncapped)
        #expect(allocation.agents.map(\.weight) == [0.5, 0.5])
    }
}

struct LookThroughTests {
    private func target(_ symbol: String, _ size: Double) throws -> FundedPositions.Target {
        FundedPositions.Target(symbol: try #require(Symbol(symbol)), target: size)
    }

    @Test func `positions of the fleet net and add up by symbol`() throws {
        let result = lookThrough(of: [
            FundedPositions(
                agent: try agent("b"), weight: 0.5, targets: [try target("ETH", -0.5), try target("BTC", 0.5)]),
            FundedPositions(agent: try agent("a"), weight: 0.25, targets: [try target("ETH", 1)]),
            FundedPositions(agent: try agent("c"), weight: 0, targets: [try target("DOGE", 1)]),
        ])
        #expect(result.positions.map(\.symbol.name) == ["BTC", "ETH"])
        #expect(result.positions.map(\.net) == [0.25, 0])
        #expect(result.positions.map(\.gross) == [0.25, 0.5])
        #expect(result.netExposure == 0.25 && result.grossExposure == 0.75)
        #expect(result.concentration == 1)
        #expect(result.lossIfMarketMovesAgainst == 0.025 && result.lossIfEachMovesAgainst == 0.025)
    }

    @Test func `a hedged fleet loses nothing to the market and something to each symbol`() throws {
        let result = lookThrough(of: [
            FundedPositions(
                agent: try agent("a"), weight: 0.8, targets: [try target("BTC", 0.5), try target("ETH", -0.5)])
        ])
        #expect(result.netExposure == 0)
        #expect(result.concentration == 0.5)
        #expect(result.lossIfMarketMovesAgainst == 0)
        #expect((result.lossIfEachMovesAgainst - 0.08).magnitude < 1e-15)
    }

    @Test func `nothing held is nothing`() throws {
        #expect(lookThrough(of: []) == .none)
        #expect(lookThrough(of: [FundedPositions(agent: try agent("a"), weight: 1, targets: [])]) == .none)
        let opposed = lookThrough(of: [
            FundedPositions(agent: try agent("a"), weight: 0.5, targets: [try target("BTC", 1)]),
            FundedPositions(agent: try agent("b"), weight: 0.5, targets: [try target("BTC", -1)]),
        ])
        #expect(opposed.concentration == nil && opposed.grossExposure == 1)
    }
}
