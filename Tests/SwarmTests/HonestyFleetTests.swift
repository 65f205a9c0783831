import Domain
import Statistics
import Swarm
import Testing

@Suite("Honesty fleet")
struct HonestyFleetTests {
    @Test("what is realized is honesty times what was forecast", arguments: [0.14, 0.3, 0.6])
    func keepsItsShare(rms: Double) throws {
        let fleet = HonestyFleet(seed: 4, agentCount: 5, forecastRMS: rms, forecastCount: 10_000)
        for agent in fleet.agents {
            let squares = compensatedSum(agent.forecasts.map { $0.expected * $0.expected })
            let slope = compensatedSum(agent.forecasts.map { $0.expected * $0.realized }) / squares
            // The residual has variance 1 - r^2 h^2 < 1.
            let width = 1 / squares.squareRoot()
            #expect((slope - agent.honesty).magnitude < 4 * width, "seed 4, \(agent.id): \(slope) +- \(width)")
            #expect(abs((squares / 10_000).squareRoot() / rms - 1) < 0.04)
            let variance = try #require(mean(of: agent.forecasts.map { $0.realized * $0.realized }))
            #expect(abs(variance - 1) < 0.06)
        }
    }

    @Test("honesty is spread evenly from 0 to 1")
    func isUniform() {
        let fleet = HonestyFleet(seed: 1, agentCount: 101, forecastCount: 1)
        #expect(fleet.agents.map(\.honesty) == (0...100).map { Double($0) / 100 })
        #expect(Set(fleet.agents.map(\.id)).count == 101)
        #expect(fleet.agents.map(\.id) == fleet.agents.map(\.id).sorted())
    }

    @Test("the same seed gives the same forecasts, whatever the number of agents' neighbors")
    func isDeterministic() {
        #expect(HonestyFleet(seed: 3).agents == HonestyFleet(seed: 3).agents)
        #expect(HonestyFleet(seed: 3).agents != HonestyFleet(seed: 4).agents)
    }

    @Test("reconciled rows say the same in the agent's own direction")
    func convertsToOutcomes() throws {
        let fleet = HonestyFleet(seed: 2, agentCount: 3, forecastCount: 50)
        let symbol = try #require(Symbol("BTC"))
        for agent in fleet.agents {
            let start = Timestamp(seconds: 1_735_689_600)
            let rows = fleet.importedOutcomes(of: agent, symbol: symbol, startAt: start)
            #expect(rows.count == 50 && rows.last?.generatedAt == start + .days(49))
            for (row, forecast) in zip(rows, agent.forecasts) {
                #expect(row.agent == agent.id && row.expectedReturnBps >= 0)
                #expect(row.direction == (forecast.expected >= 0 ? .long : .short))
                #expect(row.direction.sign * row.expectedReturnBps == forecast.expected * forecast.sigmaBps)
                #expect(row.direction.sign * row.realizedReturnBps == forecast.realized * forecast.sigmaBps)
                #expect(row.expectedSigmaBps == forecast.sigmaBps)
                #expect((150.0...600.0).contains(forecast.sigmaBps))
            }
        }
    }
}
