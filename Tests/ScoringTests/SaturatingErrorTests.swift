import Domain
import Foundation
import Scoring
import Testing

@Suite("The seed's multiplier")
struct SaturatingErrorTests {
    /// The rule in words: of the agent's newest 250 rows among the fleet's newest 8,000, each takes from the multiplier
    /// the share 8 % * e / (e + 50), times a half for every 80 rows behind the newest, times 1.3 where money was lost;
    /// ten or more rows in profit with an error of at most 30, and none at a loss with 60 or more, add 2 %; the result
    /// is kept in 0.5 to 1.1 and rounded to four digits.
    private func reference(_ multiplier: Double, rows: [SaturatingError.Row], fleetCount: Int) -> Double {
        let counted = rows.suffix(250).filter { $0.fleetNumber > fleetCount - 8_000 }
        if counted.isEmpty { return multiplier }
        var result = multiplier
        for (age, row) in zip((0..<counted.count).reversed(), counted) {
            let weight = exp(-log(2) / 80 * Double(age))
            let loss = row.realizedBps < 0 ? 1.3 : 1
            result *= 1 - 0.08 * row.absoluteErrorBps / (row.absoluteErrorBps + 50) * weight * loss
        }
        let good = counted.filter { $0.realizedBps > 0 && $0.absoluteErrorBps <= 30 }.count
        let isBad = counted.contains { $0.realizedBps < 0 && $0.absoluteErrorBps >= 60 }
        if good >= 10, !isBad { result *= 1.02 }
        return (min(max(result, 0.5), 1.1) * 10_000).rounded() / 10_000
    }

    @Test("it is the rule in words, run after run, over random histories", arguments: [UInt64(1), 2, 3])
    func transcription(seed: UInt64) throws {
        var draws = Draws(seed: seed)
        for _ in 0..<40 {
            var state = SaturatingError()
            var rows: [SaturatingError.Row] = []
            var fleetNumber = 0
            var expected = 1.0
            let scale = [0.5, 2, 20, 200][Int(draws.uniform() * 4)]
            let isProfitable = draws.uniform() < 0.5
            for _ in 0..<Int(draws.uniform() * 5) + 1 {
                for _ in 0..<Int(draws.uniform() * 120) {
                    fleetNumber += 1 + Int(draws.uniform() * 60)
                    let row = SaturatingError.Row(
                        absoluteErrorBps: draws.uniform() * scale,
                        realizedBps: isProfitable ? draws.uniform() * 9 : draws.normal(), fleetNumber: fleetNumber)
                    state.take(row)
                    rows.append(row)
                }
                fleetNumber += Int(draws.uniform() * 500)
                state.update(fleetCount: fleetNumber, policy: Policy.seed.confidence)
                expected = reference(expected, rows: rows, fleetCount: fleetNumber)
                #expect(state.multiplier == expected, "seed \(seed)")
                state = try restored(state)
            }
        }
    }

    @Test("one row by hand")
    func oneRow() {
        var state = SaturatingError()
        state.take(SaturatingError.Row(absoluteErrorBps: 50, realizedBps: 1, fleetNumber: 1))
        state.update(fleetCount: 1, policy: Policy.seed.confidence)
        #expect(state.multiplier == 0.96)
        state = SaturatingError()
        state.take(SaturatingError.Row(absoluteErrorBps: 50, realizedBps: -1, fleetNumber: 1))
        state.update(fleetCount: 1, policy: Policy.seed.confidence)
        #expect(state.multiplier == 0.948)
    }

    @Test("its faults are the seed's: small errors reach the floor, and unchanged history is charged again")
    func faults() {
        var state = SaturatingError()
        for number in 1...250 {
            state.take(SaturatingError.Row(absoluteErrorBps: 5, realizedBps: 1e-3, fleetNumber: number))
        }
        // Ten good rows lift it by 2 %, and still.
        state.update(fleetCount: 250, policy: Policy.seed.confidence)
        let first = state.multiplier
        state.update(fleetCount: 250, policy: Policy.seed.confidence)
        #expect(first < 0.55 && state.multiplier == 0.5)
    }

    @Test("rows beyond the fleet's newest 8,000 charge nothing, nor does an agent without rows change")
    func rowLimit() {
        var state = SaturatingError()
        state.update(fleetCount: 10, policy: Policy.seed.confidence)
        #expect(state.multiplier == 1)
        state.take(SaturatingError.Row(absoluteErrorBps: 50, realizedBps: 1, fleetNumber: 1))
        state.update(fleetCount: 8_001, policy: Policy.seed.confidence)
        #expect(state.multiplier == 1)
        state.update(fleetCount: 8_000, policy: Policy.seed.confidence)
        #expect(state.multiplier == 0.96)
    }

    @Test("streaks of good rows end at the ceiling")
    func ceiling() {
        var state = SaturatingError()
        for number in 1...20 {
            state.take(SaturatingError.Row(absoluteErrorBps: 0, realizedBps: 1, fleetNumber: number))
        }
        for _ in 0..<10 { state.update(fleetCount: 20, policy: Policy.seed.confidence) }
        #expect(state.multiplier == 1.1)
    }
}
