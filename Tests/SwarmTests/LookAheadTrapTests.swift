import Domain
import Statistics
import Swarm
import Testing

@Suite("Look-ahead trap")
struct LookAheadTrapTests {
    static let market: SimulatedMarket = {
        let symbols = ["BTC", "ETH"].compactMap { Symbol($0) }
        var settings = MarketSettings(
            seed: 31, symbols: symbols, startAt: Timestamp(seconds: 1_735_689_600), dayCount: 400)
        settings.annualDrift = 0
        return SimulatedMarket(settings)
    }()

    @Test(
        "it earns a fortune at its own bar's open and nothing at the next open",
        arguments: LookAheadTrap.Moment.allCases)
    func earnsNothing(moment: LookAheadTrap.Moment) throws {
        let symbol = try #require(Self.market.settings.symbols.first)
        let trap = LookAheadTrap(agent: try #require(AgentID("trap")), moment: moment)
        let bars = Self.market.bars(of: symbol)
        let signals = trap.signals(for: symbol, over: bars)
        #expect(signals.count > 9_000)
        #expect(signals.allSatisfy { $0.generatedAt != $0.generatedAt.floored(to: .hours(1)) })
        var honest: [Double] = []
        var cheated: [Double] = []
        for signal in signals {
            let opened = signal.generatedAt.floored(to: .hours(1))
            let entry = Self.market.forwardReturn(of: symbol, entryAt: signal.generatedAt, exitAt: signal.closesAt)
            if let entry { honest.append(signal.direction.sign * entry * 10_000) }
            let early = Self.market.forwardReturn(of: symbol, entryAt: opened, exitAt: opened + .hours(1))
            if let early { cheated.append(signal.direction.sign * early * 10_000) }
        }
        let width = try #require(standardDeviation(of: honest)) / Double(honest.count).squareRoot()
        #expect(try #require(mean(of: honest)).magnitude < 3.5 * width, "seed 31")
        #expect(try #require(mean(of: cheated)) > 30, "seed 31")
    }

    @Test("its horizon and stride are its own")
    func hasItsOwnHorizon() throws {
        let symbol = try #require(Self.market.settings.symbols.last)
        let trap = LookAheadTrap(
            agent: try #require(AgentID("trap")), moment: .lastInstant, horizon: .hours(24), barStride: 24)
        let signals = trap.signals(for: symbol, over: Self.market.bars(of: symbol))
        #expect((380...400).contains(signals.count) && signals.allSatisfy { $0.horizon == .hours(24) })
        #expect(Set(signals.map(\.identity.key)).count == signals.count)
    }
}
