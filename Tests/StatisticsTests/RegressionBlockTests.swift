import CVectorLoops
@testable import Statistics
import Testing

@Suite struct RegressionBlockTests {
    private struct Sample {
        var features: [Double] = []
        var targets: [Double] = []

        /// Features of different scales, far from zero where `mean` is, the second almost a copy of the first.
        init(seed: UInt64, rows: Int, features count: Int, mean: Double = 0) {
            var generator = Xoshiro256(seed: seed)
            for _ in 0..<rows {
                var row = (0..<count).map { mean + Double($0 + 1) * (generator.uniform() - 0.5) }
                if count > 1 { row[1] = row[0] + 1e-4 * (row[1] - mean) }
                targets.append((row.first ?? 0) - mean + generator.uniform())
                features += row
            }
        }

        func moments(_ count: Int) -> RegressionMoments {
            RegressionMoments(featureCount: count, rows: features.span, targets: targets.span)
        }
    }

    /// Sums over the rows, one product after the other, compensated, around compensated means.
    private func plainMoments(_ sample: Sample, _ p: Int) -> RegressionMoments {
        var plain = RegressionMoments(featureCount: p)
        let n = sample.targets.count
        guard n > 0 else { return plain }
        func column(_ index: Int) -> [Double] { (0..<n).map { sample.features[$0 * p + index] } }
        func centered(_ values: [Double]) -> (mean: Double, deviations: [Double]) {
            let mean = compensatedSum(values) / Double(n)
            return (mean, values.map { $0 - mean })
        }
        func product(_ a: [Double], _ b: [Double]) -> Double { compensatedSum(zip(a, b).map { $0 * $1 }) }
        let target = centered(sample.targets)
        let columns = (0..<p).map { centered(column($0)) }
        plain.count = n
        plain.totalWeight = Double(n)
        plain.featureMeans = columns.map(\.mean)
        plain.targetMean = target.mean
        plain.targetSquares = product(target.deviations, target.deviations)
        for i in 0..<p {
            plain.targetProducts[i] = product(columns[i].deviations, target.deviations)
            for j in i..<p {
                plain.featureProducts[plain.productIndex(i, j)] = product(columns[i].deviations, columns[j].deviations)
            }
        }
        return plain
    }

    /// Every product within `tolerance` of what the two columns' spreads allow (Cauchy-Schwarz).
    private func expectClose(
        _ ours: RegressionMoments, _ plain: RegressionMoments, _ tolerance: Double, _ comment: Comment
    ) {
        let p = plain.featureCount
        #expect(ours.count == plain.count && ours.totalWeight == plain.totalWeight, comment)
        let spreads = (0..<p).map { plain.featureProducts[plain.productIndex($0, $0)].squareRoot() }
        let targetSpread = plain.targetSquares.squareRoot()
        #expect(isClose(ours.targetSquares, plain.targetSquares, tolerance), comment)
        #expect(isClose(ours.targetMean, plain.targetMean, 1e-14, floor: 1e-15), comment)
        #expect(isClose(ours.featureMeans, plain.featureMeans, 1e-14, floor: 1e-14), comment)
        for i in 0..<p {
            let difference = (ours.targetProducts[i] - plain.targetProducts[i]).magnitude
            #expect(difference <= tolerance * spreads[i] * targetSpread, comment)
            for j in i..<p {
                let place = plain.productIndex(i, j)
                let difference = (ours.featureProducts[place] - plain.featureProducts[place]).magnitude
                #expect(difference <= tolerance * spreads[i] * spreads[j], comment)
            }
        }
    }

    @Test func `no rows and no features`() {
        let none: [Double] = []
        #expect(
            RegressionMoments(featureCount: 3, rows: none.span, targets: none.span)
                == RegressionMoments(featureCount: 3))
        let targets: [Double] = [1, 2, 6]
        let moments = RegressionMoments(featureCount: 0, rows: none.span, targets: targets.span)
        #expect(moments.count == 3 && moments.targetMean == 3 && moments.targetSquares == 14)
    }

    @Test func `by hand`() {
        // Means 2 and 20; deviations (-1, 0, 1) and (10, -10, 0); target deviations (-3, 1, 2).
        let rows: [Double] = [1, 30, 2, 10, 3, 20]
        let targets: [Double] = [4, 8, 9]
        let moments = RegressionMoments(featureCount: 2, rows: rows.span, targets: targets.span)
        #expect(moments.featureMeans == [2, 20] && moments.targetMean == 7)
        #expect(moments.featureProducts == [2, -10, 200])
        #expect(moments.targetProducts == [5, -40] && moments.targetSquares == 14)
    }

    @Test(arguments: 1...40)
    func `any number of features and rows is what plain sums give`(p: Int) {
        for rows in [1, 2, 3, 5, 6] + (p < 5 || p % 8 < 2 ? [255, 256, 257, 1_000] : []) {
            let sample = Sample(seed: UInt64(1_000 * p + rows), rows: rows, features: p)
            expectClose(sample.moments(p), plainMoments(sample, p), 1e-13, "seed \(1_000 * p + rows), \(rows) rows")
        }
    }

    @Test(arguments: [1e3, 1e6, 1e9])
    func `features far from zero keep their digits`(mean: Double) {
        // What is left to find is the rounding of the values themselves, mean * 1e-16 of a spread near 1.
        let sample = Sample(seed: 5, rows: 3_001, features: 7, mean: mean)
        expectClose(sample.moments(7), plainMoments(sample, 7), 1e-13 + mean * 1e-14, "seed 5, mean \(mean)")
    }

    @Test func `a level that drifts from block to block, and one wild row, are no trouble`() {
        var sample = Sample(seed: 9, rows: 2_000, features: 5)
        for row in 0..<2_000 { sample.features[row * 5 + 2] += 100 * Double(row) }
        sample.features[777 * 5 + 3] = 1e9
        expectClose(sample.moments(5), plainMoments(sample, 5), 1e-12, "seed 9")
    }

    /// The block sums as documented, one number after the other: means by fours, then the even rows and the odd ones.
    private func orderedBlock(_ sample: Sample, _ p: Int, _ rows: Range<Int>) -> RegressionMoments {
        var block = RegressionMoments(featureCount: p)
        let n = Double(rows.count)
        func mean(_ values: [Double]) -> Double {
            let fours = values.count / 4 * 4
            var sum = 0.0
            for i in stride(from: 0, to: fours, by: 4) {
                sum += (values[i] + values[i + 1]) + (values[i + 2] + values[i + 3])
            }
            return values[fours...].reduce(sum, +) / n
        }
        func product(_ a: [Double], _ b: [Double]) -> Double {
            var (even, odd) = (0.0, 0.0)
            for i in stride(from: 0, to: a.count, by: 2) { even += a[i] * b[i] }
            for i in stride(from: 1, to: a.count, by: 2) { odd += a[i] * b[i] }
            return even + odd
        }
        let columns = (0..<p).map { column in rows.map { sample.features[$0 * p + column] } }
        let targets = Array(sample.targets[rows])
        block.count = rows.count
        block.totalWeight = n
        block.featureMeans = columns.map(mean)
        block.targetMean = targets.reduce(0, +) / n
        let centered = zip(columns, block.featureMeans).map { column, mean in column.map { $0 - mean } }
        let ofTarget = targets.map { $0 - block.targetMean }
        block.targetSquares = product(ofTarget, ofTarget)
        for i in 0..<p {
            block.targetProducts[i] = product(centered[i], ofTarget)
            for j in i..<p { block.featureProducts[block.productIndex(i, j)] = product(centered[i], centered[j]) }
        }
        return block
    }

    @Test(arguments: 0..<60)
    func `the sums are added in the documented order, to the bit`(seed: UInt64) {
        var generator = Xoshiro256(seed: seed)
        let (p, n) = (Int(generator.next() % 37), 1 + Int(generator.next() % 1_300))
        // Some near a border of blocks, or of two of them.
        let rows = seed % 3 == 0 ? [255, 256, 257, 511, 512, 513, 767, 769][Int(seed / 3 % 8)] : n
        let sample = Sample(seed: seed, rows: rows, features: p, mean: 3)
        var ordered = RegressionMoments(featureCount: p)
        for start in stride(from: 0, to: rows, by: 256) {
            ordered.merge(orderedBlock(sample, p, start..<min(start + 256, rows)))
        }
        #expect(sample.moments(p) == ordered, "seed \(seed), \(rows) rows, \(p) features")
    }

    @Test(arguments: 0..<50)
    func `every processor multiplies to the same bits`(seed: UInt64) {
        var generator = Xoshiro256(seed: seed)
        let count = seed < 3 ? Int(seed) : Int(generator.next() % 130)
        func panel() -> [SIMD4<Double>] {
            (0..<count * 3).map { _ in
                SIMD4((0..<4).map { _ in (generator.uniform() - 0.5) * 1e3 })
            }
        }
        let (a, b) = (panel(), panel())
        var plain = [SIMD4<Double>](repeating: .zero, count: 9)
        for place in 0..<count {
            for i in 0..<3 { for j in 0..<3 { plain[3 * i + j] += a[3 * place + i] * b[3 * place + j] } }
        }
        for multiply in [block_products, block_products_anywhere] {
            var sums = [SIMD4<Double>](repeating: SIMD4(repeating: .infinity), count: 9)
            multiply(a, b, count, &sums)
            #expect(sums == plain, "seed \(seed), \(count) pairs")
        }
    }

    @Test func `runs computed apart, in any order, and merged in order are the whole to the bit`() {
        let (p, n, length) = (6, 40_000, RegressionMoments.rowsInRun)
        let sample = Sample(seed: 3, rows: n, features: p, mean: 50)
        let starts = Array(stride(from: 0, to: n, by: length))
        var runs: [Int: RegressionMoments] = [:]
        for start in starts.reversed() {
            let end = min(start + length, n)
            runs[start] = RegressionMoments(
                featureCount: p, run: sample.features.span.extracting(start * p..<end * p),
                targets: sample.targets.span.extracting(start..<end))
        }
        var merged = RegressionMoments(featureCount: p)
        for start in starts { runs[start].map { merged.merge($0) } }
        #expect(starts.count == 3 && merged == sample.moments(p))
        expectClose(merged, plainMoments(sample, p), 1e-12, "seed 3")
    }

    @Test func `blocks merged in another order are the same up to rounding`() {
        let (p, n) = (9, 2_560)
        let sample = Sample(seed: 21, rows: n, features: p, mean: 7)
        var backward = RegressionMoments(featureCount: p)
        for start in stride(from: n - 256, through: 0, by: -256) {
            backward.merge(
                RegressionMoments(
                    featureCount: p, run: sample.features.span.extracting(start * p..<(start + 256) * p),
                    targets: sample.targets.span.extracting(start..<start + 256)))
        }
        #expect(backward != sample.moments(p))
        expectClose(backward, sample.moments(p), 1e-13, "seed 21")
    }

    @Test func `row by row says the same up to rounding, and so does the fit`() throws {
        let sample = Sample(seed: 11, rows: 1_300, features: 8, mean: 60_000)
        var single = RegressionMoments(featureCount: 8)
        single.add(rows: sample.features, targets: sample.targets)
        let blocks = sample.moments(8)
        expectClose(blocks, single, 1e-11, "seed 11")
        let one = try #require(ridgeFit(single, penalty: 1))
        let two = try #require(ridgeFit(blocks, penalty: 1))
        #expect(isClose(one.coefficients, two.coefficients, 1e-8, floor: 1e-9))
        #expect(isClose(one.intercept, two.intercept, 1e-12))
    }

    @Test func `each penalty of a grid is fitted as if it were alone`() throws {
        let sample = Sample(seed: 13, rows: 700, features: 32)
        let moments = sample.moments(32)
        let penalties = [0] + (0..<19).map { 1e-3 * Double(1 << $0) }
        let grid = ridgeFits(moments, penalties: penalties)
        #expect(grid.count == 20)
        for (fit, penalty) in zip(grid, penalties) {
            #expect(fit == ridgeFit(moments, penalty: penalty))
            let fit = try #require(fit)
            // The gradient of the penalized squares is zero: z'(y - z b) = penalty b, in standardized features.
            for i in 0..<32 {
                var gradient = CompensatedSum(plain: moments.targetProducts[i] / fit.featureScales[i])
                for j in 0..<32 {
                    let product = moments.featureProducts[moments.productIndex(i, j)]
                    gradient.add(-product / fit.featureScales[i] / fit.featureScales[j] * fit.coefficients[j])
                }
                gradient.add(-penalty * fit.coefficients[i])
                #expect(gradient.value.magnitude < 1e-9, "seed 13, penalty \(penalty)")
            }
        }
    }
}
