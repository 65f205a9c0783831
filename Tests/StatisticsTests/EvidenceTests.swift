@testable import Statistics
import Testing

@Suite struct BettingEProcessTests {
    @Test func `before the first mark the e-value is 1`() {
        let process = BettingEProcess()
        #expect(process.eValue == 1)
        #expect(process.logEValue == 0)
        #expect(!process.isEvidence(atLevel: 0.05))
        #expect(process.isEvidence(atLevel: 1))
    }

    @Test func `without a scale nothing is staked`() {
        var process = BettingEProcess()
        process.update(-5, scale: nil)
        #expect(process == BettingEProcess())
    }

    @Test func `by hand`() {
        var process = BettingEProcess(stakes: [0.1, 0.5])
        process.update(0.02, scale: 0.01)
        #expect(isClose(process.eValue, (1.2 + 2) / 2))
        process.update(-0.02, scale: 0.01)
        #expect(isClose(process.eValue, 1.2 * 0.8 / 2))
        #expect(process.logWealths[1] == nil)
        process.update(1, scale: 0.01)
        #expect(process.logWealths[1] == nil)
        #expect(isClose(process.eValue, 1.2 * 0.8 * 11 / 2))
        process.update(-1, scale: 0.01)
        #expect(process.logEValue == nil)
        #expect(process.eValue == 0)
        #expect(!process.isEvidence(atLevel: 1))
        #expect(process.count == 4)
    }

    @Test func `a clip lowers gains and never losses`() {
        var (plain, clipped) = (BettingEProcess(), BettingEProcess())
        plain.update(-9, scale: 1)
        clipped.update(-9, scale: 1, clip: 3)
        #expect(plain == clipped)
        clipped.update(9, scale: 1, clip: 3)
        plain.update(3, scale: 1)
        #expect(plain == clipped)
    }

    @Test func `a known largest loss bankrupts nobody before it`() {
        var process = BettingEProcess()
        process.update(-0.999, scale: 0.001, largestLoss: 1)
        #expect(process.logWealths.allSatisfy { $0 != nil })
        var bold = BettingEProcess()
        bold.update(-0.999, scale: 0.001)
        #expect(bold.eValue == 0)
    }

    @Test func `ages of gains do not overflow`() {
        var process = BettingEProcess()
        for _ in 0..<200_000 { process.update(1, scale: 1) }
        #expect(process.eValue == .greatestFiniteMagnitude)
        #expect(process.isEvidence(atLevel: 1e-300))
    }

    /// The share of 500 agents whose e-value ever reaches 20, looked at after each of 1,000 marks.
    private func convincedShare(largestLoss: Double?, _ draw: (inout Xoshiro256) -> Double) -> Double {
        var generator = Xoshiro256(seed: 2024)
        var convinced = 0
        for _ in 0..<500 {
            var process = BettingEProcess()
            var scale = VolatilityScale()
            for _ in 0..<1000 {
                let value = draw(&generator)
                process.update(value, scale: scale.scale, largestLoss: largestLoss)
                scale.update(value)
                if process.isEvidence(atLevel: 0.05) {
                    convinced += 1
                    break
                }
            }
        }
        return Double(convinced) / 500
    }

    @Test func `noise, heavy tails included, fools it in less than five of a hundred`() {
        let normal = convincedShare(largestLoss: nil) { 0.01 * $0.normal() }
        let heavy = convincedShare(largestLoss: nil) { 0.01 * $0.studentT(degreesOfFreedom: 3) }
        #expect(normal < 0.05, "\(normal)")
        #expect(heavy < 0.05, "\(heavy)")
    }

    /// One in 500 marks loses 0.499 and the others gain 0.001: the mean is 0.
    private func insurance(_ generator: inout Xoshiro256) -> Double {
        generator.uniform() < 0.002 ? -0.499 : 0.001
    }

    @Test func `sold insurance is evidence only where the largest loss is not known`() {
        let unknown = convincedShare(largestLoss: nil, insurance)
        let known = convincedShare(largestLoss: 0.5, insurance)
        #expect(known < 0.05, "\(known)")
        #expect(unknown > 0.5, "the doc comment warns of this: \(unknown)")
    }

    @Test func `an honest bound on the loss costs a skilled agent on coins little`() {
        let found = convincedShare(largestLoss: 0.5) { 0.0036 + 0.03 * $0.normal() }
        #expect(found > 0.8, "\(found)")
    }

    @Test func `skill is found`() {
        var generator = Xoshiro256(seed: 7)
        var process = BettingEProcess()
        var scale = VolatilityScale()
        for _ in 0..<1500 {
            let value = 0.0012 + 0.01 * generator.normal()
            process.update(value, scale: scale.scale)
            scale.update(value)
        }
        #expect(process.isEvidence(atLevel: 0.05))
    }
}

@Suite struct VolatilityScaleTests {
    @Test func `there is no scale before ten marks, nor of nothing`() {
        var scale = VolatilityScale()
        for _ in 0..<9 { scale.update(0.01) }
        #expect(scale.scale == nil)
        scale.update(0.01)
        #expect(isClose(scale.scale, 0.01))
        var still = VolatilityScale()
        for _ in 0..<50 { still.update(0) }
        #expect(still.scale == nil)
    }

    @Test func `each of the three measures can be the greatest`() throws {
        var scale = VolatilityScale()
        scale.update(-1)
        for _ in 0..<5000 { scale.update(0.001) }
        #expect(scale.scale == 0.1)
        var calm = VolatilityScale()
        for index in 0..<2000 { calm.update(index < 1000 ? 0.04 : -0.001) }
        #expect(isClose(calm.scale, ((0.0016 + 0.000001) / 2).squareRoot()))
        var wild = VolatilityScale()
        for index in 0..<2000 { wild.update(index < 1000 ? 0.001 : 0.04) }
        #expect(isClose(wild.scale, 0.04, 1e-4))
    }
}

@Suite struct ErrorBudgetTests {
    @Test func `the shares add up to the budget`() {
        #expect(errorBudgetShare(rank: 1, firstFleetCount: 4) == 0.125)
        #expect(errorBudgetShare(rank: 4, firstFleetCount: 4) == 0.125)
        #expect(isClose(errorBudgetShare(rank: 5, firstFleetCount: 4), 0.303_963_550_927_013_3))
        #expect(isClose(errorBudgetShare(rank: 7, firstFleetCount: 4), 0.303_963_550_927_013_3 / 9))
        #expect(isClose(errorBudgetShare(rank: 1, firstFleetCount: 0), 0.303_963_550_927_013_3))
        let sum = compensatedSum((1...100_000).map { errorBudgetShare(rank: $0, firstFleetCount: 10) })
        #expect(sum < 1 && sum > 0.99999)
    }
}

@Suite struct DiscoveryTests {
    @Test func `by hand`() {
        #expect(discoveries(amongEValues: [], level: 0.1) == [])
        #expect(discoveries(amongEValues: [10], level: 0.1) == [true])
        #expect(discoveries(amongEValues: [9.99], level: 0.1) == [false])
        // n / level = 40: the second greatest needs 20, the third 13.4.
        #expect(discoveries(amongEValues: [20, 1, 25, 13], level: 0.1) == [true, false, true, false])
        #expect(discoveries(amongEValues: [20, 0, 25, 14], level: 0.1) == [true, false, true, true])
    }
}
