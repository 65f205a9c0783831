import Foundation
import Testing

@testable import Statistics

struct SharpeFilterTests {
    private let model = SharpeFilter.Model.agent(halfLife: 100)

    /// The greatest log-wealth less its price in the bound, over all sequences of stakes: by dynamic programming, with
    /// the price of every start and every switch.
    private func bestSequence(_ returns: [Double], _ model: SharpeFilter.Model) -> Double {
        let ratios = model.dailyRatios
        let stay = log(1 - model.switchProbability)
        var best = model.prior.map { log($0) }
        for (day, value) in returns.enumerated() {
            for index in best.indices {
                best[index] += ratios[index] * min(value, SharpeFilter.cut) - ratios[index] * ratios[index] / 2
            }
            guard day < returns.count - 1, let greatest = best.max() else { continue }
            best = best.indices.map { index in
                max(best[index] + stay, greatest + log(model.switchProbability * model.prior[index]))
            }
        }
        return best.max() ?? 0
    }

    /// The log-wealth of the mixture itself, day by day.
    private func mixture(_ returns: [Double], _ model: SharpeFilter.Model) -> Double {
        var filter = SharpeFilter(model)
        var wealth = 0.0
        for value in returns {
            var growth = 0.0
            for (probability, ratio) in zip(filter.probabilities, model.dailyRatios) {
                growth += probability * exp(ratio * min(value, SharpeFilter.cut) - ratio * ratio / 2)
            }
            wealth += log(growth)
            filter.update(value, model)
        }
        return wealth
    }

    @Test(arguments: 1...12 as ClosedRange<UInt64>)
    func `no sequence of stakes beats the mixture by more than its price`(seed: UInt64) {
        var generator = Xoshiro256(seed: seed)
        let kinds: [(Int) -> Double] = [
            { _ in generator.normal() }, { $0 < 300 ? 0.2 + generator.normal() : generator.normal() - 0.2 },
            { $0 % 2 == 0 ? 3 : -3 }, { $0 % 50 == 49 ? -20 : 0.5 }, { _ in 4 }, { ($0 / 40) % 2 == 0 ? 0.4 : -0.4 },
        ]
        for (number, kind) in kinds.enumerated() {
            let returns = (0..<500).map(kind)
            #expect(
                mixture(returns, model) >= bestSequence(returns, model) - 1e-9, "seed \(seed), sequence \(number)")
        }
    }

    @Test func `belief adds up, whatever comes`() {
        var filter = SharpeFilter(model)
        for value in [0, 1e300, -1e300, 4, -4, 1e-300, -1e6, 1e6] {
            filter.update(value, model)
            #expect((filter.probabilities.reduce(0, +) - 1).magnitude < 1e-12, "\(value)")
            #expect(filter.probabilities.allSatisfy { $0 > 0 && $0.isFinite }, "\(value)")
            #expect(filter.annualRatio(model).magnitude <= 4)
        }
    }

    @Test func `a record raises the ratio, a change lowers it, and idle days bring the prior back`() {
        var filter = SharpeFilter(model)
        let start = filter.annualRatio(model)
        #expect((start - 0.1).magnitude < 1e-12)
        for _ in 0..<250 { filter.update(0.2, model) }
        let best = filter.annualRatio(model)
        #expect(best > 1.9)
        for _ in 0..<120 { filter.update(0, model) }
        #expect(filter.annualRatio(model) < best / 2)
        for _ in 0..<5_000 { filter.age(model) }
        #expect((filter.annualRatio(model) - start).magnitude < 1e-9)
    }

    @Test func `one lucky day is no proof, one ruinous day is one`() {
        var (lucky, unlucky) = (SharpeFilter(model), SharpeFilter(model))
        lucky.update(1_000, model)
        #expect(lucky.annualRatio(model) < 1.5)
        unlucky.update(-1_000, model)
        #expect(unlucky.annualRatio(model) < -3)
    }
}
