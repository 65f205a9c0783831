import Statistics
import Swarm
import Testing

@Suite("Regimes of known truth")
struct RegimeTests {
    @Test("Every shape of returns has mean 0 and the volatility it says", arguments: ReturnShape.allCases)
    func shapes(shape: ReturnShape) throws {
        var path = ReturnPath(shape, volatility: 0.02, seed: 3, stream: "shape")
        let returns = path.returns(count: 100_000)
        let error = try #require(standardErrorOfMean(of: returns))
        let average = try #require(mean(of: returns))
        #expect(average.magnitude < 4 * error, "seed 3, \(shape): \(average) +- \(error)")
        let deviation = try #require(standardDeviation(of: returns))
        // The tails of t4 with GARCH have no fourth moment: its variance is slow to show.
        #expect(abs(deviation / 0.02 - 1) < (shape == .heavyTailed ? 0.1 : 0.02), "seed 3, \(shape): \(deviation)")
    }

    @Test("Who sells insurance or doubles loses up to a quarter of the book at once")
    func bigLosses() throws {
        for shape in [ReturnShape.insurance, .doubler] {
            var path = ReturnPath(shape, volatility: 0.02, seed: 5, stream: "loss")
            let worst = try #require(path.returns(count: 20_000).min())
            #expect(worst > -0.25 && worst < -0.1, "seed 5, \(shape): \(worst)")
        }
    }

    @Test("What a book earns is what the panel says it should, for good agents and bad ones", arguments: [1, 2])
    func conditionalMeans(seed: UInt64) throws {
        let panel = RegimePanel(skills: RegimeSkill.restlessFleet(seed: seed), dayCount: 600, seed: seed)
        // Over days, scaled by what was known of them: unexpected returns have mean 0.
        for member in 0..<panel.memberCount {
            let surprises = (0..<panel.dayCount).map { day in
                let index = panel.place(of: member, onDay: day)
                return (panel.netReturns[index] - panel.expectedReturns[index]) / panel.deviations[day]
            }
            let error = try #require(standardErrorOfMean(of: surprises))
            let average = try #require(mean(of: surprises))
            #expect(average.magnitude < 4.5 * error, "seed \(seed), member \(member): \(average) +- \(error)")
        }
    }

    @Test("The Sharpe ratio of a steady agent is the one asked for, before its costs")
    func steadySharpe() throws {
        var holding = RegimeHolding()
        holding.roundTripBps = 0
        var ratios: [Double] = []
        for seed in UInt64(1)...4 {
            let panel = RegimePanel(
                skills: [RegimeSkill](repeating: .steady(3), count: 10), dayCount: 2_000, holding: holding, seed: seed)
            for member in 0..<10 {
                let ratio = try #require(sharpeRatio(ofReturns: panel.netReturns(of: member)))
                ratios.append(ratio.annualized(periodsPerYear: 365))
            }
        }
        let average = try #require(mean(of: ratios))
        let error = try #require(standardErrorOfMean(of: ratios))
        #expect((average - 3).magnitude < 4 * error, "seeds 1 to 4: \(average) +- \(error)")
    }

    @Test("Another agent in the fleet changes no other")
    func streams() {
        let few = RegimePanel(skills: [.steady(1), .steady(2)], dayCount: 100, seed: 9)
        let more = RegimePanel(skills: [.steady(1), .steady(2), .steady(-2)], dayCount: 100, seed: 9)
        for member in 0..<2 { #expect(few.netReturns(of: member) == more.netReturns(of: member)) }
        #expect(few.marketReturns == more.marketReturns)
    }

    @Test("Until the day of its death an agent and its survivor are the same; afterwards they differ by their means")
    func pairedDeath() {
        let others = [RegimeSkill](repeating: .steady(0), count: 3)
        func panel(_ skill: RegimeSkill) -> RegimePanel {
            RegimePanel(skills: [skill] + others, shape: .heavyTailed, dayCount: 200, seed: 4)
        }
        let (dead, alive) = (panel(.during(4, days: 0..<100)), panel(.steady(4)))
        let mean = dailyMean(ofAnnualSharpe: 4, volatility: 0.012)
        for day in 0..<200 {
            let gap = alive.netReturns[day * 4] - dead.netReturns[day * 4]
            #expect((gap - (day < 100 ? 0 : mean)).magnitude < 1e-15)
            #expect(alive.netReturns[day * 4 + 1] == dead.netReturns[day * 4 + 1])
        }
    }

    @Test("Copies correlate as asked, and the others stay as they were", arguments: [1.0, 0.9, 0.5])
    func copies(correlation: Double) throws {
        let panel = RegimePanel(
            skills: [.steady(1)] + [RegimeSkill](repeating: .steady(0), count: 4), shape: .normal, dayCount: 4_000,
            seed: 6)
        let copied = panel.replacingFirst(withCopies: 3, correlation: correlation, shape: .normal, seed: 7)
        #expect(copied.memberCount == 7)
        #expect(copied.netReturns(of: 3) == panel.netReturns(of: 1))
        for (left, right) in [(0, 1), (0, 2), (1, 2)] {
            let found = try #require(
                pearsonCorrelation(copied.netReturns(of: left), copied.netReturns(of: right))).coefficient
            #expect((found - correlation).magnitude < 0.04, "seed 6: \(found)")
        }
        if correlation == 1 { #expect(copied.netReturns(of: 0) == panel.netReturns(of: 0)) }
    }

    @Test("A long-only agent holds the market and its drift")
    func longOnly() throws {
        var market = RegimeMarketSettings()
        market.annualDrift = 1
        var holding = RegimeHolding()
        holding.side = .longOnly
        holding.roundTripBps = 0
        let panel = RegimePanel(
            skills: [RegimeSkill](repeating: .steady(0), count: 4), dayCount: 5_000, market: market, holding: holding,
            seed: 2)
        let drift = try #require(mean(of: panel.marketReturns))
        let error = try #require(standardErrorOfMean(of: panel.marketReturns))
        #expect((drift - 1 / 365).magnitude < 4 * error, "seed 2: \(drift)")
        for member in 0..<4 {
            let own = panel.netReturns(of: member)
            #expect(try #require(pearsonCorrelation(own, panel.marketReturns)).coefficient > 0.8)
        }
    }

    @Test("Who knows the conditional means earns more than equal weights, keeps to the cap and pays for what it moves")
    func oracle() throws {
        let panel = RegimePanel(skills: RegimeSkill.mixedFleet(seed: 1), dayCount: 750, seed: 1)
        func sharpe(_ returns: [Double]) throws -> Double {
            try #require(sharpeRatio(ofReturns: returns)).annualized(periodsPerYear: 365)
        }
        let oracle = try sharpe(panel.oracleReturns(cap: 0.25, roundTripBps: 10))
        #expect(oracle > 4)
        #expect(try sharpe(panel.equalWeightReturns(roundTripBps: 10)) < 3)
        #expect(try sharpe(panel.oracleReturns(cap: 0.25, roundTripBps: 20)) < oracle)
        // Nobody worth holding: everything stays in cash.
        let bad = RegimePanel(skills: [.steady(-2), .steady(-3)], dayCount: 50, seed: 1)
        #expect(bad.oracleReturns(cap: 0.25, roundTripBps: 10) == [Double](repeating: 0, count: 50))
        // Two agents under a cap of 25 %: at most half is invested.
        let two = RegimePanel(skills: [.steady(3), .steady(3)], shape: .normal, dayCount: 1, seed: 1)
        let expected = 0.25 * (two.netReturns[0] + two.netReturns[1])
        #expect((two.oracleReturns(cap: 0.25, roundTripBps: 0)[0] - expected).magnitude < 1e-15)
    }

    @Test("Skill follows its plan from day to day")
    func plans() {
        #expect(RegimeSkill.drifting(from: 2, to: 0).sharpe(onDay: 50, of: 101) == 1)
        #expect(RegimeSkill.during(2, days: 5..<9).sharpe(onDay: 9, of: 20) == 0)
        #expect(RegimeSkill.during(2, days: 5..<9).sharpe(onDay: 5, of: 20) == 2)
        let flipping = RegimeSkill.flipping(1.5, period: 10, phase: 4)
        let wanted = (0..<20).map { (6..<16).contains($0) ? -1.5 : 1.5 }
        #expect((0..<20).map { flipping.sharpe(onDay: $0, of: 20) } == wanted)
        #expect(RegimeSkill.mixedFleet(seed: 1).count == 40)
        #expect(RegimeSkill.mixedFleet(seed: 1) == RegimeSkill.mixedFleet(seed: 1))
        #expect(RegimeSkill.mixedFleet(seed: 1) != RegimeSkill.mixedFleet(seed: 2))
    }
}
