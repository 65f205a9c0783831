@testable import Statistics
import Testing

@Suite struct RidgeRegressionTests {
    /// The rows that the reference script draws.
    private func rows(_ row: ReferenceRidges.Ridge) -> (features: [Double], targets: [Double], weights: [Double]) {
        var generator = Xoshiro256(seed: row.seed)
        var (features, targets, weights): ([Double], [Double], [Double]) = ([], [], [])
        for _ in 0..<row.rows {
            var x = (0..<row.features).map { _ in generator.uniform() }
            x[row.features - 1] = 0.9 * x[0] + 0.1 * x[row.features - 1]
            targets.append(3 * x[0] - 2 * x[1] + generator.uniform())
            x[1] = row.mean + row.scale * x[1]
            if row.features == 8 { x[2] = 7 }
            features += x
            weights.append(generator.uniform())
        }
        return (features, targets, weights)
    }

    @Test func `no rows give no fit`() {
        #expect(ridgeFit(RegressionMoments(featureCount: 2), penalty: 1) == nil)
    }

    @Test func `one row, or constant features, predict the mean`() throws {
        var moments = RegressionMoments(featureCount: 2)
        moments.add(row: [3, 4], target: 5)
        let one = try #require(ridgeFit(moments, penalty: 0))
        #expect(one.coefficients == [0, 0])
        #expect(one.featureScales == [1, 1])
        #expect(one.predict([100, 100]) == 5)
        for _ in 0..<30 { moments.add(row: [3, 4], target: 7) }
        #expect(isClose(ridgeFit(moments, penalty: 0)?.predict([0, 0]), (5 + 30 * 7) / 31))
    }

    @Test func `by hand`() throws {
        // x = ±1, standardized as it is; y = 2 x + 10: b = 4 * 2 / (4 + penalty).
        var moments = RegressionMoments(featureCount: 1)
        moments.add(rows: [1, -1, 1, -1], targets: [12, 8, 12, 8])
        let fit = try #require(ridgeFit(moments, penalty: 4))
        #expect(isClose(fit.coefficients, [1]))
        #expect(isClose(fit.intercept, 10))
        #expect(isClose(fit.predict([3]), 13))
        #expect(isClose(fit.squaredErrorSum(on: moments), 4))
        #expect(isClose(ridgeFit(moments, penalty: 0)?.coefficients ?? [], [2]))
    }

    @Test func `copies of a feature need a penalty`() {
        var moments = RegressionMoments(featureCount: 2)
        for x in draws(seed: 7, count: 40, low: -1, high: 1) { moments.add(row: [x, 3 * x], target: x) }
        #expect(ridgeFit(moments, penalty: 0) == nil)
        let fit = ridgeFit(moments, penalty: 0.1)
        #expect(isClose(fit?.coefficients[0], fit?.coefficients[1], 1e-9))
    }

    @Test(arguments: ReferenceRidges.ridges.indices)
    func `as scikit-learn has it, to 1e-9`(index: Int) throws {
        let row = ReferenceRidges.ridges[index]
        let sample = rows(row)
        var moments = RegressionMoments(featureCount: row.features)
        moments.add(rows: sample.features, targets: sample.targets, weights: row.weighted ? sample.weights : nil)
        let fit = try #require(ridgeFit(moments, penalty: row.penalty))
        #expect(isClose(fit.coefficients, row.coefficients, 1e-9))
        // Ours is the mean of the target; scikit-learn's is moved by the rounding of its standardized rows.
        #expect(isClose(fit.intercept, row.intercept, 1e-10))
        #expect(isClose(fit.predict(sample.features[..<row.features].map { $0 + 0.25 }), row.prediction, 1e-9))
    }

    @Test(arguments: ReferenceRidges.ridges.indices)
    func `row by row is the batch to the bit, and merged blocks to 1e-9`(index: Int) throws {
        let row = ReferenceRidges.ridges[index]
        let p = row.features
        let sample = rows(row)
        var whole = RegressionMoments(featureCount: p)
        whole.add(rows: sample.features, targets: sample.targets, weights: sample.weights)
        var single = RegressionMoments(featureCount: p)
        var merged = RegressionMoments(featureCount: p)
        var block = RegressionMoments(featureCount: p)
        for i in 0..<row.rows {
            let x = Array(sample.features[i * p..<(i + 1) * p])
            single.add(row: x, target: sample.targets[i], weight: sample.weights[i])
            block.add(row: x, target: sample.targets[i], weight: sample.weights[i])
            if block.count == 7 {
                merged.merge(block)
                block = RegressionMoments(featureCount: p)
            }
        }
        merged.merge(block)
        #expect(single == whole)
        #expect(merged.count == whole.count)
        #expect(isClose(merged.totalWeight, whole.totalWeight))
        let one = try #require(ridgeFit(whole, penalty: 0.5))
        let two = try #require(ridgeFit(merged, penalty: 0.5))
        #expect(isClose(one.coefficients, two.coefficients, 1e-9))
    }

    @Test(arguments: ReferenceRidges.ridges.indices)
    func `the error from moments is the error over the rows, also of rows never fitted`(index: Int) throws {
        let row = ReferenceRidges.ridges[index]
        let p = row.features
        let sample = rows(row)
        let half = row.rows / 2
        var (early, late) = (RegressionMoments(featureCount: p), RegressionMoments(featureCount: p))
        early.add(rows: Array(sample.features[..<(half * p)]), targets: Array(sample.targets[..<half]))
        late.add(
            rows: Array(sample.features[(half * p)...]), targets: Array(sample.targets[half...]),
            weights: Array(sample.weights[half...]))
        let fit = try #require(ridgeFit(early, penalty: 1))
        let errors = (half..<row.rows).map { i in
            let error = sample.targets[i] - fit.predict(Array(sample.features[i * p..<(i + 1) * p]))
            return sample.weights[i] * error * error
        }
        #expect(isClose(fit.squaredErrorSum(on: late), compensatedSum(errors), 1e-9))
    }

    @Test func `a greater penalty never lengthens the coefficients`() throws {
        let row = ReferenceRidges.ridges[0]
        let sample = rows(row)
        var moments = RegressionMoments(featureCount: row.features)
        moments.add(rows: sample.features, targets: sample.targets)
        var previous = Double.infinity
        for penalty in [0, 0.1, 1, 10, 100, 1e6, 1e12] {
            let fit = try #require(ridgeFit(moments, penalty: penalty))
            let length = compensatedSum(fit.coefficients.map { $0 * $0 })
            #expect(length < previous)
            previous = length
        }
        #expect(previous < 1e-15)
    }
}
