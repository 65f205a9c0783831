@testable import Statistics
import Testing

@Suite struct RoundedHalfEvenTests {
    @Test func `as Python has it, to the bit and the sign of zero`() {
        for row in ReferenceRoundings.roundings {
            let rounded = roundedHalfEven(row.x, decimals: row.decimals)
            #expect(rounded.bitPattern == row.rounded.bitPattern, "round(\(row.x), \(row.decimals)) = \(rounded)")
        }
    }

    @Test func `by hand`() {
        #expect(roundedHalfEven(0.125, decimals: 2) == 0.12)
        #expect(roundedHalfEven(0.375, decimals: 2) == 0.38)
        #expect(roundedHalfEven(2.675, decimals: 2) == 2.67)
        #expect(roundedHalfEven(-0.00001, decimals: 4).sign == .minus)
    }

    @Test(arguments: 1...50 as ClosedRange<UInt64>)
    func `rounding twice is rounding once, and order is kept`(seed: UInt64) {
        let values = draws(seed: seed, count: 200, low: -1e6, high: 1e6).sorted()
        let rounded = values.map { roundedHalfEven($0, decimals: 4) }
        #expect(rounded.map { roundedHalfEven($0, decimals: 4) } == rounded)
        #expect(rounded == rounded.sorted())
        #expect(zip(values, rounded).allSatisfy { ($0 - $1).magnitude <= 0.500001e-4 })
    }
}
