@testable import Statistics
import Testing

@Suite struct ExponentialForgettingTests {
    @Test func `weight halves in one half-life and nothing fades for ever`() {
        #expect(decayFactor(halfLife: 1) == 0.5)
        #expect(decayFactor(halfLife: 24, elapsed: 48) == 0.25)
        #expect(decayFactor(halfLife: .infinity) == 1)
    }

    @Test func `nothing seen is nothing known`() {
        let empty = ExponentialMoments(decay: 0.9)
        #expect(empty.mean == nil)
        #expect(empty.populationVariance == nil)
        #expect(empty.sampleVariance == nil)
        #expect(empty.effectiveSampleSize == nil)
        #expect(ExponentialCovariance(decay: 0.9).slope == nil)
    }

    @Test func `one value is its own mean without a variance`() {
        var one = ExponentialMoments(decay: 0.9)
        one.update(0.3)
        #expect(one.mean == 0.3)
        #expect(one.populationVariance == 0)
        #expect(one.sampleVariance == nil)
    }

    @Test func `a mean of exactly 0 does not start over`() {
        var moments = ExponentialMoments(decay: 0.5)
        for value in [0.0, 0, 3] { moments.update(value) }
        #expect(isClose(moments.mean, 3 / 1.75))
    }

    @Test func `a constant keeps its value and has no scatter`() {
        var moments = ExponentialMoments(decay: 0.99)
        for _ in 0..<500 { moments.update(0.1) }
        #expect(moments.mean == 0.1)
        #expect(moments.sampleVariance == 0)
    }

    @Test func `without forgetting it is the plain mean and variance`() {
        let x = draws(seed: 3, count: 200, low: -1, high: 5)
        var moments = ExponentialMoments(decay: 1)
        for value in x { moments.update(value) }
        #expect(isClose(moments.mean, mean(of: x)))
        #expect(isClose(moments.sampleVariance, sampleVariance(of: x)))
        #expect(isClose(moments.standardErrorOfMean, standardErrorOfMean(of: x)))
        #expect(isClose(moments.effectiveSampleSize, 200))
    }

    @Test(arguments: 1...10 as ClosedRange<UInt64>)
    func `online equals the weighted batch at every prefix`(seed: UInt64) {
        let x = draws(seed: seed, count: 60, low: -1, high: 3)
        let y = draws(seed: seed + 50, count: 60, low: -2, high: 2)
        var pair = ExponentialCovariance(decay: 0.93)
        var weights: [Double] = []
        for index in x.indices {
            pair.update(first: x[index], second: y[index], weight: Double(1 + index % 3))
            weights = weights.map { $0 * 0.93 } + [Double(1 + index % 3)]
            let xMean = weightedMean(of: Array(x[...index]), weights: weights)!
            let yMean = weightedMean(of: Array(y[...index]), weights: weights)!
            let products = (0...index).map { (x[$0] - xMean) * (y[$0] - yMean) }
            #expect(isClose(pair.first.mean, xMean))
            let covariance = weightedMean(of: products, weights: weights)
            #expect(isClose(pair.populationCovariance, covariance, 1e-11, floor: 1e-15))
            #expect(isClose(pair.first.effectiveSampleSize, effectiveSampleSize(ofWeights: weights)))
        }
    }

    @Test(arguments: ReferenceSamples.samples.indices)
    func `as pandas has it`(index: Int) {
        let row = ReferenceSamples.samples[index]
        let x = draws(seed: row.seed, count: row.count, low: row.low, high: row.high)
        let noise = draws(seed: row.seed + 100, count: row.count, low: row.low, high: row.high)
        var pair = ExponentialCovariance(decay: decayFactor(halfLife: 5.5))
        for (value, other) in zip(x, noise) { pair.update(first: value, second: other + 0.25 * value) }
        #expect(isClose(pair.first.mean, row.forgettingMean))
        #expect(isClose(pair.first.sampleVariance, row.forgettingVariance))
        #expect(isClose(pair.populationCovariance, row.forgettingCovariance, 1e-11))
    }

    @Test func `the slope of a line is its slope`() {
        var pair = ExponentialCovariance(decay: 0.9)
        for x in draws(seed: 8, count: 30, low: 0, high: 1) { pair.update(first: x, second: 7 - 1.5 * x) }
        #expect(isClose(pair.slope, -1.5))
        #expect(isClose(pair.correlation, -1))
    }
}
