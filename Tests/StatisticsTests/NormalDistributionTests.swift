@testable import Statistics
import Testing

@Suite struct NormalDistributionTests {
    @Test func `the quantile is scipy's to a few last digits`() {
        for row in ReferenceSamples.quantiles {
            #expect(isClose(normalQuantile(row.p), row.z, 2e-15, floor: 1e-17), "\(row.p)")
        }
    }

    @Test func `the probability is scipy's to a few last digits`() {
        for row in ReferenceSamples.probabilities {
            // Near -37 one last bit of the argument moves the answer by 1e-13.
            #expect(isClose(normalCDF(row.x), row.p, row.x < -8 ? 1e-12 : 2e-15), "\(row.x)")
        }
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func `each undoes the other and both are symmetric`(seed: UInt64) {
        for p in draws(seed: seed, count: 50, low: 1e-6, high: 0.5) {
            #expect(isClose(normalCDF(normalQuantile(p)), p, 1e-13))
            #expect(isClose(normalQuantile(1 - p), -normalQuantile(p), 1e-9, floor: 1e-15))
        }
    }
}
