@testable import Statistics
import Testing

@Suite struct MomentTests {
    @Test func `no values have no moments`() {
        #expect(mean(of: []) == nil)
        #expect(sampleVariance(of: []) == nil)
        #expect(skewness(of: []) == nil)
        #expect(weightedMean(of: [], weights: []) == nil)
        #expect(effectiveSampleSize(ofWeights: []) == nil)
    }

    @Test func `one value has a mean and no scatter`() {
        #expect(mean(of: [3]) == 3)
        #expect(sampleVariance(of: [3]) == nil)
        #expect(standardDeviation(of: [3]) == nil)
        #expect(standardErrorOfMean(of: [3]) == nil)
        #expect(effectiveSampleSize(ofWeights: [0.2]) == 1)
    }

    @Test func `a constant scatters by exactly 0 and has no shape`() {
        let values = [Double](repeating: 0.1, count: 77)
        #expect(mean(of: values) == 0.1)
        #expect(sampleVariance(of: values) == 0)
        #expect(standardErrorOfMean(of: values) == 0)
        #expect(skewness(of: values) == nil)
        #expect(kurtosis(of: values) == nil)
    }

    @Test func `by hand`() {
        #expect(mean(of: [1, 2, 6]) == 3)
        #expect(sampleVariance(of: [1, 2, 6]) == 7)
        #expect(standardErrorOfMean(of: [1, 3]) == 1)
        #expect(weightedMean(of: [1, 5], weights: [3, 1]) == 2)
        #expect(weightedMean(of: [1, 5], weights: [0, 0]) == nil)
        #expect(effectiveSampleSize(ofWeights: [1, 1, 1, 0]) == 3)
        #expect(effectiveSampleSize(ofWeights: [0, 0]) == nil)
        #expect(isClose(skewness(of: [0, 0, 3]), 0.5.squareRoot()))
        #expect(isClose(kurtosis(of: [-1, 1, -1, 1]), 1))
        #expect(skewness(of: [1, 2]) == nil)
        #expect(kurtosis(of: [1, 2, 4]) == nil)
    }

    @Test func `a great mean does not eat the scatter`() {
        let values = draws(seed: 9, count: 50, low: 0, high: 1).map { ($0 * 1024).rounded() / 1024 }
        #expect(isClose(sampleVariance(of: values.map { $0 + 1e9 }), sampleVariance(of: values), 1e-12))
    }

    @Test(arguments: ReferenceSamples.samples.indices)
    func `as numpy and scipy have it`(index: Int) {
        let row = ReferenceSamples.samples[index]
        let x = draws(seed: row.seed, count: row.count, low: row.low, high: row.high)
        #expect(isClose(mean(of: x), row.mean))
        #expect(isClose(sampleVariance(of: x), row.variance))
        #expect(isClose(standardErrorOfMean(of: x), row.error))
        #expect(isClose(skewness(of: x), row.skewness, 1e-11))
        #expect(isClose(kurtosis(of: x), row.kurtosis))
        #expect(isClose(quantile(0.37, of: x), row.quantile37))
        #expect(isClose(median(of: x), row.median))
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func `scale and sign act as they must`(seed: UInt64) {
        let x = draws(seed: seed, count: 40, low: -1, high: 2)
        let scaled = x.map { -4 * $0 }
        #expect(isClose(mean(of: scaled), mean(of: x).map { -4 * $0 }))
        #expect(isClose(sampleVariance(of: scaled), sampleVariance(of: x).map { 16 * $0 }))
        #expect(isClose(skewness(of: scaled), skewness(of: x).map { -$0 }, 1e-10, floor: 1e-14))
        #expect(isClose(kurtosis(of: scaled), kurtosis(of: x)))
    }
}
