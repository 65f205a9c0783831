import Domain
import Scoring
import Testing

@Suite("Statistics of outcomes")
struct OutcomeStatisticsTests {
    @Test("they are the direct formulas, with errors of as many as are independent", arguments: [UInt64(1), 2])
    func directFormulas(seed: UInt64) throws {
        var draws = Draws(seed: seed)
        var statistics = OutcomeStatistics()
        var outcomes: [Outcome] = []
        for day in 0..<200 as Range<Int64> {
            let outcome = outcome(
                day, gross: 200 * draws.normal() + 3, cost: 10 * draws.uniform(), expected: 20 * draws.normal(),
                overlap: 1 + Int(draws.uniform() * 5))
            outcomes.append(outcome)
            statistics.take(outcome)
            if day % 17 == 0 { statistics = try restored(statistics) }
        }
        let independent = outcomes.reduce(0) { $0 + 1 / Double($1.overlapCount) }
        let returns = outcomes.map(\.realizedReturnBps)
        let errors = outcomes.map(\.forecastErrorBps)
        func check(_ evidence: Evidence<Estimate>, _ values: [Double]) throws {
            let estimate = try #require(evidence.value)
            #expect(abs(estimate.value - mean(values)) < 1e-9, "seed \(seed)")
            let error = try #require(estimate.standardError)
            #expect(abs(error / (variance(values) / independent).squareRoot() - 1) < 1e-9, "seed \(seed)")
            #expect(estimate.count == 200)
        }
        try check(statistics.averageReturnBps, returns)
        try check(statistics.averageErrorBps, errors)
        try check(statistics.averageAbsoluteErrorBps, errors.map(\.magnitude))
        #expect(abs(statistics.pnlSumBps - returns.reduce(0, +)) < 1e-8)
        #expect(abs(statistics.independentCount - independent) < 1e-9)
        let hit = try #require(statistics.hitRate.value)
        let rate = Double(returns.filter { $0 > 0 }.count) / 200
        #expect(hit.value == rate)
        #expect(try abs(#require(hit.standardError) - (rate * (1 - rate) / independent).squareRoot()) < 1e-12)
        for factor in [0.0, 1, 2, 3] {
            let expected = outcomes.reduce(0) { $0 + $1.grossReturnBps - factor * $1.costBps }
            #expect(abs(statistics.pnlSumBps(costFactor: factor) - expected) < 1e-8)
        }
    }

    @Test("below ten outcomes there is no evidence, and a return of nothing is no hit")
    func insufficient() {
        var statistics = OutcomeStatistics()
        for day in 0..<9 as Range<Int64> { statistics.take(outcome(day, gross: 10, cost: 10)) }
        #expect(statistics.hitRate == .insufficient(count: 9, needed: 10))
        #expect(statistics.averageReturnBps == .insufficient(count: 9, needed: 10))
        statistics.take(outcome(9, gross: 10, cost: 10))
        #expect(statistics.hitRate.value?.value == 0 && statistics.pnlSumBps == 0)
    }

    @Test("a sum of many small numbers beside a great one loses nothing")
    func compensates() {
        var moments = CompensatedMoments()
        moments.take(1e16)
        for _ in 0..<1_000 { moments.take(1) }
        moments.take(-1e16)
        #expect(moments.sum == 1_000)
    }

    @Test("four streams taken at once are four streams, to the last bit", arguments: [UInt64(3), 4])
    func fourAtOnce(seed: UInt64) {
        var draws = Draws(seed: seed)
        var four = FourMoments()
        var alone = [CompensatedMoments](repeating: CompensatedMoments(), count: 4)
        for index in 0..<500 {
            // Greater and smaller than the sum so far, of both signs, zeros among them.
            let values = SIMD4(
                200 * draws.normal(), index % 7 == 0 ? 0 : draws.normal(), 1e9 * draws.normal(),
                index % 50 == 0 ? 1e16 : -1)
            four.take(values)
            for lane in 0..<4 { alone[lane].take(values[lane]) }
            #expect((0..<4).allSatisfy { four[$0] == alone[$0] }, "seed \(seed), value \(index)")
        }
    }

    @Test("a strategy's tail needs five outcomes beyond its level: 100 at 95 %, 500 at 99 %")
    func tails() throws {
        var record = StrategyRecord()
        for index in 0..<499 as Range<Int64> {
            if index == 99 { #expect(record.tailSigmas == .insufficient(count: 99, needed: 100)) }
            // The shortfall is 1 to 499 bps, in some order.
            record.take(outcome(index, gross: -Double((index * 7) % 499 + 1), agent: "a\(index % 3)"), window: 1_000)
            if index == 99 { #expect(record.tailSigmas.value != nil) }
        }
        record.take(outcome(500, gross: -1_000, isPrimary: false), window: 1_000)
        var report = record.report(strategyClass: "s", totalMagnitude: 1e6, weight: 0.5)
        #expect(report.shortfallCVaR99 == .insufficient(count: 499, needed: 500))
        #expect(report.agentCount == 3 && report.outcomeCount == 499)
        record.take(outcome(501, gross: -500), window: 1_000)
        report = record.report(strategyClass: "s", totalMagnitude: 250_500, weight: 0.5)
        // The worst 25 of 1...500 are 476...500, the worst five 496...500.
        #expect(try abs(#require(report.shortfallCVaR95.value) - 488) < 1e-9)
        #expect(try abs(#require(report.shortfallCVaR99.value) - 498) < 1e-9)
        #expect(try abs(#require(report.shortfallCVaR95Sigmas.value) - 488.0 / 300) < 1e-9)
        // -(1 + ... + 500) of 250,500: the whole contribution of two strategies that lost the same.
        #expect(try abs(#require(report.contribution) + 0.5) < 1e-9)
        let read = try restored(record).report(strategyClass: "s", totalMagnitude: 250_500, weight: 0.5)
        #expect(read == report)
    }
}
