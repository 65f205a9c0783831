import Domain
import Statistics
import Swarm
import Testing

@Suite("Reference agents")
struct ReferenceFleetTests {
    static let start = Timestamp(seconds: 1_735_689_600)
    static let symbols = ["BTC", "ETH", "SOL", "XRP", "ADA", "LTC"].compactMap { Symbol($0) }

    static func bars(seed: UInt64, dayCount: Int = 160) -> [Symbol: [Bar]] {
        var settings = MarketSettings(seed: seed, symbols: symbols, startAt: start, dayCount: dayCount)
        settings.gapProbability = 0.01
        settings.gapLengthMax = 40
        settings.delisting = .init(symbol: symbols[5], at: start + .days(100))
        return SimulatedMarket(settings).barsBySymbol
    }

    @Test("deleting every later bar leaves the earlier signals as they were", arguments: [1, 2] as [UInt64])
    func doesNotLookAhead(seed: UInt64) {
        let bars = Self.bars(seed: seed)
        let all = ReferenceFleet(bars: bars).signals()
        for hours in [24 * 5, 24 * 37 + 5, 24 * 100, 24 * 121 + 23] {
            let now = Self.start + .hours(Int64(hours))
            let known = bars.mapValues { $0.filter { $0.closeAt <= now } }
            #expect(
                ReferenceFleet(bars: known).signals().filter { $0.generatedAt <= now }
                    == all.filter { $0.generatedAt <= now }, "seed \(seed), \(hours) h")
        }
    }

    @Test("the order of the bars changes nothing")
    func isOrderFree() {
        let bars = Self.bars(seed: 3, dayCount: 120)
        let reversed = bars.mapValues { Array($0.reversed()) }
        #expect(ReferenceFleet(bars: reversed).signals() == ReferenceFleet(bars: bars).signals())
    }

    @Test("every agent decides at midnight, in range, only where there is a fresh price")
    func isWellFormed() {
        let bars = Self.bars(seed: 4)
        let fleet = ReferenceFleet(bars: bars)
        let signals = fleet.signals()
        #expect(Set(signals.map(\.agent)) == Set(fleet.agents.map(\.id)))
        #expect(fleet.agents.count == 29 && fleet.agents.count(where: \.isBeta) == 2)
        #expect(signals.allSatisfy { $0.generatedAt == $0.generatedAt.floored(to: .day) && $0.horizon == .standard })
        #expect(signals.allSatisfy { ($0.score ?? 0) > 0 && ($0.score ?? 2) <= 1 && $0.direction != .flat })
        #expect(signals.allSatisfy { (0.5...1).contains($0.confidence ?? 0) })
        #expect(!signals.contains { $0.symbol == Self.symbols[5] && $0.generatedAt > Self.start + .days(100) })
        #expect(Set(signals.map(\.identity.key)).count == signals.count)
    }

    @Test("without bars there is no signal")
    func isEmptyWithoutBars() {
        #expect(ReferenceFleet(bars: [:]).signals().isEmpty)
        #expect(ReferenceFleet(bars: [Self.symbols[0]: []]).decisionTimes.isEmpty)
    }

    @Test("noise belongs to seed, symbol and day")
    func hasStableNoise() throws {
        let bars = Self.bars(seed: 5, dayCount: 60)
        let agent = try #require(ReferenceAgent.classical(noiseSeed: 9).first { $0.strategyClass == "noise" })
        let all = ReferenceFleet(bars: bars, agents: [agent]).signals().filter { $0.symbol == Self.symbols[1] }
        let alone = ReferenceFleet(bars: bars.filter { $0.key == Self.symbols[1] }, agents: [agent]).signals()
        #expect(all == alone && all.count >= 55)
        let longShare = Double(ReferenceFleet(bars: bars, agents: [agent]).signals().count { $0.direction == .long })
        #expect(abs(longShare / Double(all.count * 6) - 0.5) < 0.15)
    }
}

/// Daily closes by hand, one bar a day.
@Suite("Reference rules")
struct ReferenceRuleTests {
    static let btc = Symbol("BTC")
    static let start = Timestamp(seconds: 1_735_689_600)

    static func bars(_ closes: [Double]) -> [Bar] {
        closes.enumerated().map { day, close in
            let open = day == 0 ? close : closes[day - 1]
            let openAt = start + .days(Int64(day))
            return Bar(
                openAt: openAt, closeAt: openAt + .day, open: open, high: max(open, close), low: min(open, close),
                close: close, volume: nil)
        }
    }

    /// The side by day: 1 long, -1 short, 0 asleep.
    static func sides(_ rule: ReferenceRule, _ closes: [String: [Double]], of text: String) throws -> [Int] {
        let agent = ReferenceAgent(id: try #require(AgentID("rule")), rule: rule, strategyClass: "test")
        var bars: [Symbol: [Bar]] = [:]
        for (name, values) in closes { bars[try #require(Symbol(name))] = Self.bars(values) }
        let fleet = ReferenceFleet(bars: bars, agents: [agent])
        return fleet.decisionTimes.indices.map { day in
            fleet.signals(onDay: day).first { $0.symbol.name == text }.map { Int($0.direction.rawValue) } ?? 0
        }
    }

    static let zigzag: [Double] = (0..<20).map { $0 % 2 == 0 ? 100 : 101 }

    @Test("momentum follows the return over its lookback, reversal opposes it, both once volatility is known")
    func followsReturns() throws {
        let closes = ["BTC": Self.zigzag + [102, 103, 104, 90, 80]]
        let momentum = try Self.sides(.timeSeriesMomentum(days: 2), closes, of: "BTC")
        #expect(momentum.prefix(10).allSatisfy { $0 == 0 })
        #expect(momentum.suffix(5) == [1, 1, 1, -1, -1])
        #expect(try Self.sides(.shortTermReversal(days: 2), closes, of: "BTC").suffix(5) == [-1, -1, -1, 1, 1])
        #expect(try Self.sides(.scaledMomentum(days: 2), closes, of: "BTC").suffix(2) == [-1, -1])
    }

    @Test("a breakout holds until the opposite channel breaks")
    func breaksOut() throws {
        let closes = ["BTC": [100, 101, 100, 101, 102, 101, 101, 101, 99, 100.0]]
        #expect(try Self.sides(.breakout(days: 3), closes, of: "BTC") == [0, 0, 0, 0, 1, 1, 1, 1, -1, -1])
    }

    @Test("the crossover compares means of daily closes")
    func crosses() throws {
        let closes = ["BTC": Self.zigzag + [110, 120, 90, 80, 70]]
        // On the third of the last five days, (120 + 90) / 2 = 105 against (101 + 110 + 120 + 90) / 4 = 105.25.
        let sides = try Self.sides(.movingAverageCrossover(fast: 2, slow: 4), closes, of: "BTC")
        #expect(sides.suffix(5) == [1, 1, -1, -1, -1])
    }

    @Test("cross-sections are long one third and short another")
    func ranks() throws {
        let closes = ["AAA": [100, 110.0], "BBB": [100, 101.0], "CCC": [100, 95.0]]
        for (name, side) in [("AAA", 1), ("BBB", 0), ("CCC", -1)] {
            #expect(try Self.sides(.crossSectionalMomentum(days: 1), closes, of: name) == [0, side])
            #expect(try Self.sides(.crossSectionalReversal(days: 1), closes, of: name) == [0, -side])
        }
    }

    @Test("the leader's last day moves all others")
    func leads() throws {
        let closes = ["BTC": Self.zigzag + [110, 90], "ETH": Self.zigzag + [100, 100]]
        #expect(try Self.sides(.leaderDay, closes, of: "ETH").suffix(2) == [1, -1])
        #expect(try Self.sides(.leaderDay, closes, of: "BTC").allSatisfy { $0 == 0 })
        #expect(try Self.sides(.leaderDay, ["ETH": Self.zigzag], of: "ETH").allSatisfy { $0 == 0 })
        #expect(try Self.sides(.leaderSixHours, closes, of: "ETH").suffix(2) == [1, -1])
    }

    @Test("beta agents hold the market, or its leader")
    func holdsTheMarket() throws {
        let closes = ["BTC": [100, 90.0], "ETH": [100, 110.0]]
        #expect(try Self.sides(.equalWeightLong, closes, of: "ETH") == [1, 1])
        #expect(try Self.sides(.leaderLong, closes, of: "ETH") == [0, 0])
        #expect(try Self.sides(.leaderLong, closes, of: "BTC") == [1, 1])
    }
}
