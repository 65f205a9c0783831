@testable import Statistics
import Testing

@Suite struct CorrelationTests {
    @Test func `too few pairs or a constant have no correlation`() {
        #expect(spearmanCorrelation([], []) == nil)
        #expect(spearmanCorrelation([1], [1]) == nil)
        #expect(pearsonCorrelation([1, 2], [1, 2]) == nil)
        #expect(spearmanCorrelation([1, 1, 1], [1, 2, 3]) == nil)
        #expect(pearsonCorrelation([1, 2, 3], [0.1, 0.1, 0.1]) == nil)
    }

    @Test func `by hand`() {
        #expect(averageRanks(of: []) == [])
        #expect(averageRanks(of: [20, 10, 20, -1, 20]) == [4, 2, 4, 1, 4])
        #expect(isClose(spearmanCorrelation([1, 2, 3, 4], [1, 8, 9, 1000])?.coefficient, 1))
        #expect(isClose(spearmanCorrelation([1, 2, 3], [9, 1, 0])?.coefficient, -1))
        #expect(isClose(spearmanCorrelation([1, 2, 3, 4], [2, 1, 4, 3])?.coefficient, 0.6))
        #expect(isClose(spearmanCorrelation([1, 2, 3, 4, 5], [2, 1, 4, 3, 9])?.standardError, 0.5))
    }

    @Test func `places in ascending order, equal values as they stand`() {
        #expect(ascendingOrder(of: []) == [])
        #expect(ascendingOrder(of: [20, 10, 20]) == [1, 0, 2])
        let smallest = Double.leastNonzeroMagnitude
        let hard = [0, -smallest, 1e308, -0.0, smallest, -1e308, 1, -1, 0, 1.0.nextUp, 1.0.nextDown]
        #expect(ascendingOrder(of: hard) == [5, 7, 1, 0, 3, 8, 4, 10, 6, 9, 2])
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func `the order is that of comparing pairs`(seed: UInt64) {
        let wide = draws(seed: seed, count: 300, low: -1e6, high: 1e6)
        let tied = wide.map { ($0 / 1e5).rounded() }
        let alike = tied.map { 1 + $0 * 1e-12 }
        for values in [wide, tied, alike, alike + wide, wide.map { $0 * 1e-300 }] {
            #expect(ascendingOrder(of: values) == values.indices.sorted { (values[$0], $0) < (values[$1], $1) })
        }
    }

    @Test(arguments: ReferenceSamples.samples.indices)
    func `as scipy has it, with and without ties`(index: Int) {
        let row = ReferenceSamples.samples[index]
        let x = draws(seed: row.seed, count: row.count, low: row.low, high: row.high)
        let noise = draws(seed: row.seed + 100, count: row.count, low: row.low, high: row.high)
        let y = zip(x, noise).map { $1 + 0.25 * $0 }
        let width = row.high - row.low
        let tiedX = x.map { (($0 - row.low) / width * 9).rounded(.toNearestOrEven) }
        let tiedY = y.map { (($0 - row.low) / width * 7).rounded(.toNearestOrEven) }
        #expect(isClose(spearmanCorrelation(tiedX, tiedY)?.coefficient, row.spearman))
        #expect(isClose(pearsonCorrelation(x, y)?.coefficient, row.pearson))
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func `only the order matters to ranks, and neither series comes first`(seed: UInt64) {
        let x = draws(seed: seed, count: 30, low: -2, high: 2)
        let y = draws(seed: seed + 40, count: 30, low: -2, high: 2)
        let rho = spearmanCorrelation(x, y)
        #expect(spearmanCorrelation(x.map { $0 * $0 * $0 }, y) == rho)
        #expect(isClose(spearmanCorrelation(y, x)?.coefficient, rho?.coefficient))
        #expect(isClose(spearmanCorrelation(x.map { -$0 }, y)?.coefficient, rho.map { -$0.coefficient }))
    }

    @Test func `the standard error is what shuffling shows`() {
        var generator = SplitMix64(seed: 3)
        let x = draws(seed: 5, count: 26, low: 0, high: 1).map { ($0 * 10).rounded() }
        let y = draws(seed: 6, count: 26, low: 0, high: 1)
        let coefficients = (0..<4000).compactMap { _ in
            spearmanCorrelation(x, y.shuffled(using: &generator))?.coefficient
        }
        #expect(isClose(standardDeviation(of: coefficients), 0.2, 0.03))
    }
}
