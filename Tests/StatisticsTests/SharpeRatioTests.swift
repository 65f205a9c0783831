@testable import Statistics
import Testing

@Suite struct SharpeRatioTests {
    @Test func `too little, or no risk, is no ratio`() {
        #expect(sharpeRatio(ofReturns: []) == nil)
        #expect(sharpeRatio(ofReturns: [0.1]) == nil)
        #expect(sharpeRatio(ofReturns: [0.1, 0.1, 0.1]) == nil)
        #expect(sharpeRatio(ofReturns: [0, 0, 0]) == nil)
        #expect(sharpeRatio(ofReturns: [0.1, 0.1 + 0x1p-56]) == nil)
    }

    @Test func `by hand`() throws {
        let two = try #require(sharpeRatio(ofReturns: [1, 3]))
        #expect(isClose(two.perPeriod, 2.0.squareRoot()))
        #expect(isClose(two.normalStandardError, 1))
        #expect(two.standardError == nil)
        #expect(two.probabilistic(above: 0) == nil)
        #expect(two.minimumTrackRecordLength(above: 0) == nil)
        let normal = SharpeRatio(perPeriod: 0.1, count: 401, skewness: 0, kurtosis: 3)
        #expect(isClose(normal.standardError, (1.005 / 400).squareRoot()))
        #expect(isClose(normal.annualized(periodsPerYear: 400), 2))
        #expect(isClose(normal.annualizedStandardError(periodsPerYear: 400), 1.005.squareRoot()))
    }

    /// Bailey & López de Prado 2014, "The Deflated Sharpe Ratio", numerical example.
    @Test func `the published deflated ratio`() throws {
        let crooked = SharpeRatio(perPeriod: 2.5 / 250.0.squareRoot(), count: 1250, skewness: -3, kurtosis: 10)
        let variance = 0.5 / 250
        #expect(isClose(expectedMaximumSharpe(trialCount: 100, trialVariance: variance), 0.1132, 0, floor: 5e-5))
        #expect(isClose(crooked.deflated(trialCount: 100, trialVariance: variance), 0.9004, 0, floor: 5e-5))
        #expect(isClose(crooked.deflated(trialCount: 46, trialVariance: variance), 0.9505, 0, floor: 5e-5))
        let normal = SharpeRatio(perPeriod: 2.5 / 250.0.squareRoot(), count: 1250, skewness: 0, kurtosis: 3)
        #expect(isClose(normal.deflated(trialCount: 88, trialVariance: variance), 0.9505, 0, floor: 5e-5))
    }

    /// Bailey & López de Prado 2012, "The Sharpe Ratio Efficient Frontier", 24 monthly returns.
    @Test func `the published probabilistic ratio`() {
        let normal = SharpeRatio(perPeriod: 0.458, count: 24, skewness: 0, kurtosis: 3)
        #expect(isClose(normal.probabilistic(above: 0), 0.982, 0, floor: 5e-4))
        let crooked = SharpeRatio(perPeriod: 0.458, count: 24, skewness: -2.448, kurtosis: 10.164)
        #expect(isClose(crooked.probabilistic(above: 0), 0.913, 0, floor: 5e-4))
    }

    /// The same paper: years until a yearly ratio of 2 is above 1 with 95 %; the last is an index of hedge funds.
    @Test(arguments: [(250.0, 0.0, 3.0, 2.73), (52, 0, 3, 2.83), (12, 0, 3, 3.24), (12, -0.72, 5.78, 4.99)])
    func `the published track record lengths`(marks: Double, skewness: Double, kurtosis: Double, years: Double) {
        let ratio = SharpeRatio(perPeriod: 2 / marks.squareRoot(), count: 24, skewness: skewness, kurtosis: kurtosis)
        let length = ratio.minimumTrackRecordLength(above: 1 / marks.squareRoot())
        #expect(isClose(length.map { $0 / marks }, years, 0, floor: 5e-3))
    }

    @Test func `no length is enough for a ratio below its benchmark`() {
        let ratio = SharpeRatio(perPeriod: 0.1, count: 50, skewness: 0, kurtosis: 3)
        #expect(ratio.minimumTrackRecordLength(above: 0.1) == nil)
    }

    @Test func `one trial is not deflated, and more trials deflate more`() throws {
        #expect(expectedMaximumSharpe(trialCount: 1, trialVariance: 1) == 0)
        let ratio = try #require(sharpeRatio(ofReturns: draws(seed: 4, count: 300, low: -0.02, high: 0.024)))
        #expect(ratio.deflated(trialCount: 1, trialVariance: 0.01) == ratio.probabilistic(above: 0))
        var previous = 1.0
        for count in [1, 2, 3, 10, 100, 10_000, 1_000_000_000] {
            let deflated = try #require(ratio.deflated(trialCount: count, trialVariance: 0.01))
            #expect(deflated < previous)
            previous = deflated
        }
    }

    @Test func `the standard error is what repetition shows`() {
        var generator = Xoshiro256(seed: 17)
        var ratios: [Double] = []
        var errors: [Double] = []
        for _ in 0..<1000 {
            // Folded heavy tails: losses are skewed and gains are bounded.
            let record = (0..<250).map { _ in 1.3 - generator.studentT(degreesOfFreedom: 8).magnitude }
            guard let ratio = sharpeRatio(ofReturns: record), let error = ratio.standardError else { continue }
            ratios.append(ratio.perPeriod)
            errors.append(error)
        }
        #expect(isClose(standardDeviation(of: ratios), mean(of: errors), 0.06))
    }
}
