@testable import Statistics
import Testing

@Suite struct SumTests {
    @Test func `the sum of nothing is 0 and of one value that value`() {
        #expect(compensatedSum([]) == 0)
        #expect(compensatedSum([0.1]) == 0.1)
    }

    @Test func `small values survive beside huge ones`() {
        #expect(compensatedSum([1, 1e100, 1, -1e100]) == 2)
        #expect(compensatedSum([Double](repeating: 0.1, count: 10)) == 1)
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func `no order changes more than the last bit`(seed: UInt64) {
        var generator = SplitMix64(seed: seed)
        let values = draws(seed: seed, count: 300, low: -1, high: 1)
        let shuffled = values.shuffled(using: &generator)
        #expect(isClose(compensatedSum(values), compensatedSum(shuffled), 1e-15, floor: 1e-15))
    }

    @Test func `a stream continued from its two numbers gives the same bits`() {
        let values = draws(seed: 5, count: 100, low: -1, high: 1e6)
        var first = CompensatedSum()
        for value in values[..<40] { first.add(value) }
        var second = CompensatedSum(plain: first.plain, compensation: first.compensation)
        for value in values[40...] { second.add(value) }
        #expect(second.value == compensatedSum(values))
    }
}
