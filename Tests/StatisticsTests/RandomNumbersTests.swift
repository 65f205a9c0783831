@testable import Statistics
import Testing

@Suite struct RandomNumbersTests {
    /// The published first outputs of SplitMix64 for seed 1234567.
    @Test func `the published numbers come out`() {
        var generator = SplitMix64(seed: 1_234_567)
        #expect((0..<3).map { _ in generator.next() } == ReferenceSamples.splitMix1234567)
        #expect(ReferenceSamples.splitMix1234567[0] == 6_457_827_717_110_365_317)
        var xoshiro = Xoshiro256(seed: 42)
        #expect((0..<6).map { _ in xoshiro.next() } == ReferenceSamples.xoshiro42)
    }

    @Test func `the same seed gives the same stream, another seed another`() {
        #expect(draws(seed: 1, count: 9, low: 0, high: 1) == draws(seed: 1, count: 9, low: 0, high: 1))
        #expect(draws(seed: 1, count: 9, low: 0, high: 1) != draws(seed: 2, count: 9, low: 0, high: 1))
    }

    @Test func `uniform numbers stay strictly between 0 and 1`() throws {
        let values = draws(seed: 3, count: 100_000, low: 0, high: 1)
        #expect(values.allSatisfy { $0 > 0 && $0 < 1 })
        #expect(isClose(mean(of: values), 0.5, 0, floor: 0.004))
        #expect(isClose(sampleVariance(of: values), 1.0 / 12, 0.02))
    }

    @Test func `normal numbers have the moments of the normal`() {
        var generator = Xoshiro256(seed: 4)
        let values = (0..<100_000).map { _ in generator.normal() }
        #expect(isClose(mean(of: values), 0, 0, floor: 0.013))
        #expect(isClose(sampleVariance(of: values), 1, 0.02))
        #expect(isClose(kurtosis(of: values), 3, 0.03))
    }

    @Test func `t numbers have the variance and quantile of Student's t`() {
        var generator = Xoshiro256(seed: 5)
        let values = (0..<100_000).map { _ in generator.studentT(degreesOfFreedom: 5) }
        #expect(isClose(sampleVariance(of: values), 5.0 / 3, 0.05))
        // The table of Student: 2.015 at 95 % and 5 degrees of freedom.
        #expect(isClose(quantile(0.95, of: values), 2.015, 0.03))
        #expect(isClose(quantile(0.05, of: values), -2.015, 0.03))
    }
}
