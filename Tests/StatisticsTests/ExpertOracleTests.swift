import Foundation
import Testing

@testable import Statistics

@Suite struct ExpertOracleTests {
    private func matrix(seed: UInt64, days: Int, agents: Int, size: Double = 1) -> [[Double]] {
        var generator = Xoshiro256(seed: seed)
        return (0..<days).map { _ in (0..<agents).map { _ in size * (2 * generator.uniform() - 1) } }
    }

    // MARK: - One agent

    @Test func `no days, or no agents, have no best agent`() {
        #expect(bestAgent(gains: []) == nil)
        #expect(bestAgent(gains: [[], []]) == nil)
        #expect(bestSuccession(gains: [], switchLimit: 3) == nil)
        #expect(bestRebalancedPortfolio(returns: []) == nil)
        #expect(bestRebalancedPortfolio(returns: [[]]) == nil)
    }

    @Test func `the best agent has the largest sum, of equals it is the first, and cash may be it`() {
        #expect(bestAgent(gains: [[0.1, 0.3, 0.2], [0.2, 0, 0.1]]) == BestAgent(agent: 0, total: 0.1 + 0.2))
        #expect(bestAgent(gains: withCash([[-0.1, -0.3], [0, 0.2]])) == BestAgent(agent: 2, total: 0))
    }

    @Test func `in log wealth a loss weighs more than the same gain, and ruin is the end`() {
        let returns = [[0.5, 0.05, 3], [-0.5, 0.05, -1]]
        #expect(bestAgent(gains: returns)?.agent == 2)
        let best = bestAgent(gains: logWealthGains(returns))
        #expect(best?.agent == 1)
        #expect(isClose(best?.total, 2 * log(1.05)))
    }

    // MARK: - Successions

    /// Every succession there is.
    private func bruteForce(_ gains: [[Double]], switchLimit: Int, switchCost: Double) -> Double {
        var best = -Double.infinity
        func extend(_ day: Int, _ agent: Int?, _ switches: Int, _ total: Double) {
            guard day < gains.count else {
                best = max(best, total)
                return
            }
            for next in gains[day].indices {
                let isSwitch = agent.map { $0 != next } ?? false
                guard !isSwitch || switches < switchLimit else { continue }
                extend(
                    day + 1, next, switches + (isSwitch ? 1 : 0),
                    total + gains[day][next] - (isSwitch ? switchCost : 0))
            }
        }
        extend(0, nil, 0, 0)
        return best
    }

    @Test(arguments: [0, 1, 2, 3, 9]) func `the best succession is that of all successions`(limit: Int) throws {
        for seed in 1...12 as ClosedRange<UInt64> {
            let days = 1 + Int(seed % 7)
            let gains = matrix(seed: seed, days: days, agents: 3)
            for cost in [0, 0.3, 5] {
                let best = try #require(bestSuccession(gains: gains, switchLimit: limit, switchCost: cost))
                let expected = bruteForce(gains, switchLimit: limit, switchCost: cost)
                #expect(isClose(best.total, expected, 1e-12, floor: 1e-12), "seed \(seed), cost \(cost)")
                // The way it says it went earns what it says.
                #expect(best.agents.count == days && best.switchCount <= limit)
                let earned = best.agents.enumerated().map { gains[$0][$1] }.reduce(0, +)
                let total = earned - cost * Double(best.switchCount)
                #expect(isClose(total, best.total, 1e-12, floor: 1e-12), "seed \(seed), cost \(cost)")
            }
        }
    }

    @Test func `without switches it is the best agent, and free switches take the best of each day`() throws {
        let gains = matrix(seed: 40, days: 60, agents: 5)
        let single = try #require(bestAgent(gains: gains))
        let none = try #require(bestSuccession(gains: gains, switchLimit: 0))
        #expect(none.agents == [Int](repeating: single.agent, count: 60))
        #expect(isClose(none.total, single.total))
        let free = try #require(bestSuccession(gains: gains, switchLimit: 59))
        #expect(isClose(free.total, gains.map { $0.max() ?? 0 }.reduce(0, +)))
        let dear = try #require(bestSuccession(gains: gains, switchLimit: 59, switchCost: 1e3))
        #expect(dear.switchCount == 0)
    }

    @Test func `more switches are never worse`() {
        let gains = matrix(seed: 41, days: 80, agents: 6)
        let totals = (0..<30).compactMap { bestSuccession(gains: gains, switchLimit: $0, switchCost: 0.2)?.total }
        #expect(totals.count == 30)
        for (fewer, more) in zip(totals, totals.dropFirst()) { #expect(more >= fewer) }
    }

    // MARK: - Constantly rebalanced portfolios

    private func logWealth(_ weights: [Double], _ returns: [[Double]]) -> Double {
        returns.map { day in log(1 + zip(weights, day).reduce(0) { $0 + $1.0 * $1.1 }) }.reduce(0, +)
    }

    @Test func `two assets of which one doubles and halves and one is cash want half each`() throws {
        // Cover & Thomas 2006: wealth grows by (9/8)^(1/2) a day.
        let returns = (0..<100).map { [$0 % 2 == 0 ? 1.0 : -0.5, 0] }
        let best = try #require(bestRebalancedPortfolio(returns: returns, tolerance: 1e-9))
        #expect(isClose(best.weights, [0.5, 0.5], 1e-4))
        #expect(isClose(best.logWealth, 50 * log(9.0 / 8), 1e-9))
        #expect(best.logWealthError <= 1e-9)
    }

    @Test func `when one agent is always best it holds that one`() throws {
        let returns = (0..<50).map { [0.01, 0.02 + 0.001 * Double($0 % 3), -0.05] }
        let best = try #require(bestRebalancedPortfolio(returns: returns))
        #expect(best.weights[1] > 1 - 1e-6)
        #expect(best.logWealthError <= 1e-6)
        #expect(isClose(best.logWealth, logWealth([0, 1, 0], returns), 1e-6))
    }

    @Test(arguments: [0.01, 0.1, 0.9]) func `no portfolio of a fine grid is better by more than the error`(
        size: Double
    ) throws {
        for seed in 1...4 as ClosedRange<UInt64> {
            var returns = matrix(seed: 60 + seed, days: 40, agents: 3, size: size)
            for day in returns.indices { returns[day][Int(seed) % 3] += size * 0.05 }
            let best = try #require(bestRebalancedPortfolio(returns: returns))
            #expect(best.logWealthError <= 1e-6, "seed \(seed): \(best)")
            #expect(isClose(best.logWealth, logWealth(best.weights, returns), 1e-9, floor: 1e-12))
            #expect(best.weights.allSatisfy { $0 >= 0 } && isClose(best.weights.reduce(0, +), 1))
            var grid = -Double.infinity
            for i in 0...50 {
                for j in 0...(50 - i) {
                    let weights = [Double(i) / 50, Double(j) / 50, Double(50 - i - j) / 50]
                    grid = max(grid, logWealth(weights, returns))
                }
            }
            #expect(grid <= best.logWealth + best.logWealthError + 1e-12, "seed \(seed)")
            // And the grid comes near it, so that the answer is not just large.
            #expect(best.logWealth <= grid + 40 * size * 0.1, "seed \(seed)")
        }
    }

    @Test func `the error is honest however soon it stops`() throws {
        let returns = matrix(seed: 90, days: 120, agents: 8, size: 0.05)
        let exact = try #require(bestRebalancedPortfolio(returns: returns, tolerance: 1e-8))
        for limit in [0, 1, 3, 10, 30] {
            let early = try #require(bestRebalancedPortfolio(returns: returns, stepLimit: limit))
            #expect(early.stepCount <= limit)
            #expect(early.logWealth <= exact.logWealth + 1e-8)
            #expect(exact.logWealth <= early.logWealth + early.logWealthError + 1e-12)
        }
    }

    @Test func `forty agents over three years take moderate work, and total losses are avoided`() throws {
        var returns = matrix(seed: 91, days: 750, agents: 40, size: 0.02)
        returns[300][7] = -1
        let best = try #require(bestRebalancedPortfolio(returns: withCash(returns), tolerance: 1e-4))
        #expect(best.logWealthError <= 1e-4, "\(best.stepCount) steps, error \(best.logWealthError)")
        #expect(best.stepCount < 2_000)
        #expect(best.logWealth >= (bestAgent(gains: logWealthGains(returns))?.total ?? 0))
        #expect(bestRebalancedPortfolio(returns: [[0.1, 0], [-1, -1]]) == nil)
    }
}
