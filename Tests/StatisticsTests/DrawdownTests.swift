@testable import Statistics
import Testing

@Suite struct DrawdownTests {
    @Test func `no returns have no drawdown and an equity of 1`() {
        #expect(maxDrawdown(ofReturns: []) == nil)
        #expect(equityCurve(ofReturns: []) == [1])
        #expect(DrawdownTracker().current == nil)
    }

    @Test func `the start counts as a peak`() {
        #expect(maxDrawdown(ofReturns: [-0.25]) == Drawdown(fraction: 0.25, peakIndex: 0, troughIndex: 1))
    }

    @Test func `a rising curve falls by 0`() {
        #expect(maxDrawdown(ofReturns: [0.01, 0.01]) == Drawdown(fraction: 0, peakIndex: 0, troughIndex: 0))
    }

    @Test func `by hand`() {
        let returns = [1.0, -0.5, 0.5, -0.5, 3]
        #expect(equityCurve(ofReturns: returns) == [1, 2, 1, 1.5, 0.75, 3])
        #expect(maxDrawdown(ofReturns: returns) == Drawdown(fraction: 0.625, peakIndex: 1, troughIndex: 4))
    }

    @Test func `who lost all stays there`() {
        #expect(equityCurve(ofReturns: [-1, 5, 0.1]) == [1, 0, 0, 0])
        #expect(equityCurve(ofReturns: [-1.5, 5]) == [1, -0.5, -0.5])
        #expect(maxDrawdown(ofReturns: [-1.5, 5])?.fraction == 1.5)
    }

    @Test(arguments: ReferenceSamples.drawdowns.indices)
    func `as empyrical has it`(index: Int) {
        let row = ReferenceSamples.drawdowns[index]
        let returns = draws(seed: row.seed, count: row.count, low: -0.05, high: 0.052)
        #expect(isClose(maxDrawdown(ofReturns: returns)?.fraction, row.drawdown))
        #expect(isClose(sharpeRatio(ofReturns: returns)?.annualized(periodsPerYear: 365), row.annualSharpe, 1e-11))
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func `the points named are the fall named, and it only deepens`(seed: UInt64) throws {
        let returns = draws(seed: seed, count: 200, low: -0.1, high: 0.1)
        let curve = equityCurve(ofReturns: returns)
        var tracker = DrawdownTracker()
        var previous = 0.0
        for index in returns.indices {
            tracker.update(returns[index])
            let worst = try #require(tracker.maximum)
            #expect(isClose(worst.fraction, 1 - curve[worst.troughIndex] / curve[worst.peakIndex], 1e-11))
            #expect(worst.fraction >= previous)
            previous = worst.fraction
        }
        #expect(tracker.maximum == maxDrawdown(ofReturns: returns))
    }
}
