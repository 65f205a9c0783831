import Domain
import Statistics
import Swarm
import Testing

@Suite("Simulated market")
struct SimulatedMarketTests {
    static let start = Timestamp(seconds: 1_735_689_600)
    static let symbols = ["BTC", "ETH", "SOL"].compactMap { Symbol($0) }

    static func settings(seed: UInt64, dayCount: Int = 60) -> MarketSettings {
        MarketSettings(seed: seed, symbols: symbols, startAt: start, dayCount: dayCount)
    }

    @Test("the same seed gives the same bars, another seed others", arguments: [1, 2, 77] as [UInt64])
    func isDeterministic(seed: UInt64) {
        let bars = SimulatedMarket(Self.settings(seed: seed)).barsBySymbol
        #expect(SimulatedMarket(Self.settings(seed: seed)).barsBySymbol == bars)
        #expect(SimulatedMarket(Self.settings(seed: seed + 1)).barsBySymbol != bars)
    }

    @Test("a symbol's bars do not depend on which other symbols there are")
    func hasOneStreamPerSymbol() {
        var alone = Self.settings(seed: 5)
        alone.symbols = [Self.symbols[1]]
        #expect(
            SimulatedMarket(alone).bars(of: Self.symbols[1])
                == SimulatedMarket(Self.settings(seed: 5)).bars(of: Self.symbols[1]))
    }

    @Test("every bar is possible and opens where the last one closed, but for gaps", arguments: [3, 4] as [UInt64])
    func hasConsistentBars(seed: UInt64) {
        let market = SimulatedMarket(Self.settings(seed: seed, dayCount: 200))
        for symbol in Self.symbols {
            let bars = market.bars(of: symbol)
            let impossible = bars.first { bar in
                let isOrdered =
                    bar.low > 0 && bar.low <= min(bar.open, bar.close) && bar.high >= max(bar.open, bar.close)
                let isRounded = [bar.open, bar.high, bar.low, bar.close].allSatisfy { price in
                    price == DecimalText.significant(price)
                }
                return !isOrdered || !isRounded || bar.length != .hours(1) || (bar.volume ?? 0) <= 0
            }
            #expect(impossible == nil, "seed \(seed)")
            let jump = zip(bars, bars.dropFirst()).first { previous, bar in
                bar.openAt < previous.closeAt || (bar.openAt == previous.closeAt && bar.open != previous.close)
            }
            #expect(jump == nil, "seed \(seed)")
        }
    }

    @Test("bars go missing in short runs, and all of them after a delisting")
    func hasGapsAndDelistings() {
        var settings = Self.settings(seed: 6, dayCount: 100)
        settings.gapProbability = 0.005
        let delistedAt = Self.start + .days(40)
        settings.delisting = .init(symbol: Self.symbols[2], at: delistedAt)
        let market = SimulatedMarket(settings)
        let bars = market.bars(of: Self.symbols[0])
        #expect(bars.count < 2_400 && bars.count > 2_200)
        // Two runs may follow one another.
        #expect(zip(bars, bars.dropFirst()).allSatisfy { $1.openAt - $0.closeAt <= .hours(8) })
        #expect(market.bars(of: Self.symbols[2]).last.map { $0.openAt < delistedAt } == true)
        #expect(market.forwardReturn(of: Self.symbols[2], entryAt: delistedAt, exitAt: delistedAt + .day) == nil)
        settings.gapProbability = 0
        settings.delisting = nil
        #expect(SimulatedMarket(settings).bars(of: Self.symbols[0]).count == 2_400)
    }

    @Test("returns have the stated volatility, heavy tails, clusters and a common factor")
    func hasTheStatedShape() throws {
        let market = SimulatedMarket(Self.settings(seed: 11, dayCount: 1_500))
        let returns = Self.symbols.map { symbol in
            market.bars(of: symbol).map { $0.close / $0.open - 1 }
        }
        let hourly = try #require(standardDeviation(of: returns[0]))
        #expect(abs(hourly * 24.0.squareRoot() / 0.035 - 1) < 0.15, "seed 11")
        #expect(try #require(kurtosis(of: returns[0])) > 4, "seed 11")
        let sizes = returns[0].map(\.magnitude)
        let clustering = try #require(spearmanCorrelation(Array(sizes.dropLast()), Array(sizes.dropFirst())))
        #expect(clustering.coefficient > 0.05, "seed 11")
        var complete = Self.settings(seed: 11, dayCount: 1_500)
        complete.gapProbability = 0
        let full = SimulatedMarket(complete)
        let pair = Self.symbols.prefix(2).map { full.bars(of: $0).map { $0.close / $0.open - 1 } }
        let common = try #require(pearsonCorrelation(pair[0], pair[1]))
        #expect(abs(common.coefficient - 0.5) < 0.08, "seed 11")
    }

    @Test("the forward return is that of the fills that the supervisor would find")
    func agreesWithFills() throws {
        var settings = Self.settings(seed: 8, dayCount: 40)
        settings.gapProbability = 0.05
        let market = SimulatedMarket(settings)
        let symbol = Self.symbols[0]
        var history = PriceHistory()
        for bar in market.bars(of: symbol) {
            #expect(history.insert(bar, knownAt: bar.closeAt, volatilityHalfLife: .days(10)) == .added)
        }
        var missingCount = 0
        for minute in stride(from: 0, to: 38 * 1_440, by: 97) {
            let entryAt = Self.start + .minutes(Int64(minute))
            let exitAt = entryAt + .day
            let delay = FillDelay(bars: 2, fixed: nil)
            let expected: Double? =
                if case .filled(let entry, _) = history.fill(atOrAfter: entryAt, maximalDelay: delay),
                    case .filled(let exit, _) = history.fill(atOrAfter: exitAt, maximalDelay: delay)
                { exit / entry - 1 } else { nil }
            #expect(market.forwardReturn(of: symbol, entryAt: entryAt, exitAt: exitAt) == expected)
            if expected == nil { missingCount += 1 }
        }
        #expect(missingCount > 0, "the gaps of seed 8 hide some fills")
    }

    @Test("the forward return in sigmas has mean 0 and variance 1")
    func isStandardized() throws {
        var settings = Self.settings(seed: 21, dayCount: 1_500)
        settings.annualDrift = 0
        let market = SimulatedMarket(settings)
        let values = (1..<1_498).compactMap { day in
            let at = Self.start + .days(Int64(day)) + .minutes(125)
            return market.forwardReturnInSigmas(of: Self.symbols[1], entryAt: at, exitAt: at + .day)
        }
        #expect(abs(try #require(mean(of: values))) < 0.1, "seed 21")
        #expect(abs(try #require(standardDeviation(of: values)) - 1) < 0.1, "seed 21")
    }

    @Test("nothing is known outside the market")
    func knowsItsBounds() {
        let market = SimulatedMarket(Self.settings(seed: 1, dayCount: 2))
        let before = Self.start - .hours(1)
        #expect(market.sigma(of: Self.symbols[0], at: before, over: .day) == nil)
        #expect(market.forwardReturn(of: Self.symbols[0], entryAt: before, exitAt: Self.start) == nil)
        #expect(market.forwardReturn(of: Self.symbols[0], entryAt: Self.start, exitAt: Self.start + .days(3)) == nil)
        #expect(Symbol("NONE").map { market.bars(of: $0) } == [])
    }
}

@Suite("Portable draws")
struct PortableRandomTests {
    @Test("normal and Student t draws have mean 0 and variance 1")
    func haveUnitVariance() throws {
        var generator = Xoshiro256(seed: 1, stream: "test")
        let normal = (0..<40_000).map { _ in generator.portableNormal() }
        let heavy = (0..<40_000).map { _ in generator.portableUnitStudentT(degreesOfFreedom: 8) }
        for draws in [normal, heavy] {
            #expect(abs(try #require(mean(of: draws))) < 0.02)
            #expect(abs(try #require(standardDeviation(of: draws)) - 1) < 0.02)
        }
        let share = Double(normal.count { $0 < -1.2815515655446004 }) / 40_000
        #expect(abs(share - 0.1) < 0.006)
    }

    @Test("streams of one seed have nothing to do with each other")
    func haveSeparateStreams() throws {
        var one = Xoshiro256(seed: 1, stream: "a")
        var other = Xoshiro256(seed: 1, stream: "b")
        let draws = (0..<10_000).map { _ in (one.portableNormal(), other.portableNormal()) }
        let correlation = try #require(pearsonCorrelation(draws.map(\.0), draws.map(\.1)))
        #expect(abs(correlation.coefficient) < 0.03)
    }
}
