import Foundation
import Testing

@testable import Statistics

/// What the rules promise, asserted as it is promised: no constant is added, only rounding is allowed.
@Suite struct ExpertBoundTests {
    /// What somebody who knows the weights may do in a round.
    struct Adversary: Sendable, CustomTestStringConvertible {
        let name: String
        let count: Int
        /// Losses and who is awake, from the round, the weights over all that are awake, and luck.
        let play: @Sendable (Int, [Double], inout Xoshiro256) -> (losses: [Double], isAwake: [Bool])
        /// Masses of newcomers by the round before which they join.
        var newcomers: [Int: Double] = [:]

        var testDescription: String { name }
    }

    private static func everybody(_ losses: [Double]) -> (losses: [Double], isAwake: [Bool]) {
        (losses, losses.map { _ in true })
    }

    static let adversaries: [Adversary] = [
        Adversary(name: "two leaders in turn", count: 2) { round, _, _ in
            everybody(round % 2 == 0 ? [0, 1] : [1, 0])
        },
        Adversary(name: "trap for who follows the leader", count: 3) { round, _, _ in
            everybody(round == 0 ? [0.5, 0, 0.25] : round % 2 == 1 ? [0, 1, 0.4] : [1, 0, 0.6])
        },
        Adversary(name: "whoever has the most weight loses", count: 5) { _, weights, _ in
            let heaviest = bestOfFirst(weights) ?? 0
            return everybody(weights.indices.map { $0 == heaviest ? 1 : 0 })
        },
        Adversary(name: "losses in proportion to the weights, and one that is always good", count: 6) { _, weights, _ in
            everybody(weights.indices.map { $0 == 5 ? 0 : 0.2 + weights[$0] })
        },
        Adversary(name: "heavy tails", count: 8) { _, _, luck in
            everybody((0..<8).map { Double($0) * 0.02 + luck.studentT(degreesOfFreedom: 2.1) })
        },
        Adversary(name: "one catastrophe", count: 4) { round, weights, luck in
            let heaviest = bestOfFirst(weights) ?? 0
            return everybody((0..<4).map { luck.normal() * 0.01 + (round == 200 && $0 == heaviest ? 50 : 0) })
        },
        Adversary(name: "every tenth round the scale grows tenfold", count: 4) { round, _, luck in
            let scale = Double.exp10Table[min(30, round / 10)]
            return everybody((0..<4).map { _ in scale * luck.normal() })
        },
        Adversary(name: "a late winner", count: 6) { round, _, luck in
            everybody((0..<6).map { (luck.uniform() - 0.5) + ($0 == 3 ? (round < 250 ? 0.3 : -0.6) : 0) })
        },
        Adversary(name: "another best one every 60 rounds", count: 5) { round, _, luck in
            everybody((0..<5).map { luck.normal() - ($0 == (round / 60) % 5 ? 0.5 : 0) })
        },
        Adversary(name: "asleep at random, the best mostly", count: 6) { _, _, luck in
            let losses = (0..<6).map { luck.normal() - ($0 == 0 ? 1 : 0) }
            return (losses, (0..<6).map { luck.uniform() < ($0 == 0 ? 0.2 : 0.7) })
        },
        Adversary(name: "whoever is good is sent to sleep", count: 5) { round, weights, luck in
            let heaviest = bestOfFirst(weights) ?? 0
            let flags = (0..<5).map { round % 3 == 0 || $0 != heaviest }
            return ((0..<5).map { luck.normal() + (flags[$0] && $0 == heaviest ? 2 : 0) }, flags)
        },
        Adversary(name: "some asleep for the first half", count: 4) { round, _, luck in
            ((0..<4).map { luck.normal() - ($0 > 1 ? 0.3 : 0) }, (0..<4).map { $0 < 2 || round > 180 })
        },
        Adversary(
            name: "newcomers, of which each is better than those before", count: 2,
            play: { round, weights, luck in
                everybody(weights.indices.map { luck.normal() - 0.15 * Double($0) })
            }, newcomers: [50: 0.3, 100: 0.2, 101: 0.1, 200: 1, 300: 0.01]),
        Adversary(
            name: "newcomers that hurt", count: 3,
            play: { round, weights, luck in
                everybody(weights.indices.map { luck.normal() * 0.1 + ($0 > 2 && weights[$0] > 0.02 ? 5 : -0.01) })
            }, newcomers: [30: 0.5, 60: 0.5, 90: 0.5, 120: 0.5, 250: 0.5]),
    ]

    /// A game, with what the mix lost against each expert while that one was awake.
    struct Game {
        var experts: ExpertAggregation
        var regrets: [Double] = []
        var gains: [[Double]] = []
        /// The size of the numbers that went in, for rounding.
        var size = 0.0

        mutating func round(losses: [Double], isAwake: [Bool]) {
            let weights = experts.weights(isAwake: isAwake)
            let mix = zip(weights, losses).reduce(0) { $0 + $1.0 * $1.1 }
            size = max(size * experts.decay, losses.map(\.magnitude).max() ?? 0)
            experts.update(losses: losses, isAwake: isAwake)
            let gain = losses.indices.map { isAwake[$0] ? mix - losses[$0] : 0 }
            while regrets.count < losses.count { regrets.append(0) }
            for index in regrets.indices { regrets[index] = regrets[index] * experts.decay + gain[index] }
            gains.append(gain)
        }

        var rounding: Double { 1e-11 * size * Double(gains.count + 1) }
    }

    static let roundCount = 400

    private func play(
        _ adversary: Adversary, rule: ExpertAggregation.Rule, halfLife: Double?, seed: UInt64, masses: [Double]? = nil,
        after: (Int, Game) -> Void
    ) -> Game {
        let given = masses ?? [Double](repeating: 1, count: adversary.count)
        var game = Game(experts: ExpertAggregation(rule: rule, halfLife: halfLife, priorMasses: given))
        var luck = Xoshiro256(seed: seed)
        for round in 0..<Self.roundCount {
            if let mass = adversary.newcomers[round] { game.experts.join(priorMass: mass) }
            let weights = game.experts.weights(isAwake: [Bool](repeating: true, count: game.experts.count))
            let (losses, isAwake) = adversary.play(round, weights, &luck)
            game.round(losses: losses, isAwake: isAwake)
            after(round, game)
        }
        return game
    }

    @Test(arguments: adversaries, expertRules)
    func `no expert is further ahead of the mix than the bound says`(
        adversary: Adversary, rule: ExpertAggregation.Rule
    ) {
        for (seed, halfLife) in [(1, nil), (2, 25), (3, nil)] as [(UInt64, Double?)] {
            let masses = seed == 3 ? (0..<adversary.count).map { 1 / Double($0 + 1) } : nil
            _ = play(adversary, rule: rule, halfLife: halfLife, seed: seed, masses: masses) { round, game in
                guard round < 50 || round % 7 == 0 || round == Self.roundCount - 1 else { return }
                for index in game.regrets.indices {
                    let bound = game.experts.regretBound(of: index)
                    if game.regrets[index] > bound + game.rounding {
                        Issue.record("seed \(seed), round \(round), expert \(index): above \(bound)")
                    }
                    if (game.regrets[index] - game.experts.regrets[index]).magnitude > game.rounding {
                        Issue.record("seed \(seed), round \(round), expert \(index): not the regret")
                    }
                }
            }
        }
    }

    @Test(arguments: adversaries) func `AdaHedge keeps what de Rooij et al. promise`(adversary: Adversary) {
        for seed in 1...2 as ClosedRange<UInt64> {
            let nats = log(Double(adversary.count))
            let game = play(adversary, rule: .adaHedge, halfLife: nil, seed: seed) { _, game in
                let bound = game.experts.gapBound ?? 0
                if game.experts.gap > bound + game.rounding { Issue.record("seed \(seed): \(bound)") }
            }
            guard adversary.newcomers.isEmpty else { continue }
            // R <= 2 gaps, and R <= 2 sqrt(V ln K) + S (4/3 ln K + 2), V the summed variances, S the largest range.
            let worst = game.regrets.max() ?? 0
            let (range, variance) = (game.experts.range, game.experts.variance)
            #expect(worst <= 2 * game.experts.gap + game.rounding, "seed \(seed)")
            let promised = range * (2 * (variance * nats).squareRoot() + 4 / 3 * nats + 2)
            #expect(worst <= promised + game.rounding, "seed \(seed)")
        }
    }

    @Test(arguments: adversaries) func `the gaps of fixed share stay within their variance`(adversary: Adversary) {
        for halfLife in [nil, 25] as [Double?] {
            _ = play(
                adversary, rule: .fixedShare(switchProbability: 0.02, learningRate: nil), halfLife: halfLife, seed: 4
            ) { _, game in
                let bound = game.experts.gapBound ?? 0
                if game.experts.gap > bound + game.rounding { Issue.record("half-life \(halfLife ?? 0): \(bound)") }
            }
        }
    }

    @Test(arguments: adversaries, [nil, 0.3] as [Double?])
    func `fixed share keeps its bound against the best succession with any number of switches`(
        adversary: Adversary, learningRate: Double?
    ) throws {
        for halfLife in [nil, 100] as [Double?] {
            let rule = ExpertAggregation.Rule.fixedShare(switchProbability: 0.02, learningRate: learningRate)
            let game = play(adversary, rule: rule, halfLife: halfLife, seed: 5) { _, _ in }
            let count = game.experts.count
            var gains = game.gains.map { $0 + [Double](repeating: 0, count: count - $0.count) }
            var weight = 1.0
            for round in gains.indices.reversed() {
                gains[round] = gains[round].map { $0 * weight }
                weight *= game.experts.decay
            }
            for limit in [0, 1, 3, 12, 40] {
                let best = try #require(bestSuccession(gains: gains, switchLimit: limit))
                var succession = [best.agents[0]]
                for agent in best.agents where agent != succession.last { succession.append(agent) }
                let bound = game.experts.regretBound(along: succession)
                #expect(best.total <= bound + game.rounding, "seed 5, half-life \(halfLife ?? 0), \(limit) switches")
            }
        }
    }

    @Test(arguments: adversaries) func `the potential of ML-Poly stays within its closed form`(adversary: Adversary) {
        for seed in 1...2 as ClosedRange<UInt64> {
            var first: Double?
            let game = play(adversary, rule: .polynomial, halfLife: nil, seed: seed) { _, game in
                if first == nil, game.experts.range > 0 { first = game.experts.range }
            }
            guard let first, adversary.newcomers.isEmpty else { continue }
            let growth = log(game.experts.range / first)
            var sum = 0.0
            for square in game.experts.squares { sum += (log(square + 1) + 2 * growth) / log(2) }
            let closed = sum.squareRoot() + Double(adversary.count).squareRoot() * (1 + growth)
            #expect(game.experts.potentialBound <= closed * (1 + 1e-12), "seed \(seed)")
        }
    }

    @Test(arguments: adversaries) func `potentials are never above what was accounted for`(adversary: Adversary) {
        for halfLife in [nil, 25] as [Double?] {
            _ = play(adversary, rule: .bernstein, halfLife: halfLife, seed: 6) { round, game in
                let experts = game.experts
                var potential = 0.0
                for index in 0..<experts.count {
                    let scale = experts.range * (2.2 * experts.squares[index]).squareRoot()
                    potential += experts.priorMasses[index] * exp(scale > 0 ? experts.scores[index] / scale : 0)
                }
                if potential > experts.potentialBound * (1 + 1e-9) {
                    Issue.record("Bernstein, round \(round): \(potential) above \(experts.potentialBound)")
                }
            }
            _ = play(adversary, rule: .polynomial, halfLife: halfLife, seed: 6) { round, game in
                let experts = game.experts
                var potential = 0.0
                for index in 0..<experts.count where experts.range > 0 {
                    let ahead = max(0, experts.regrets[index]) / experts.range
                    potential += experts.priorMasses[index] * ahead * ahead / (experts.squares[index] + 1)
                }
                if potential.squareRoot() > experts.potentialBound * (1 + 1e-9) {
                    Issue.record("polynomial, round \(round): \(potential) above \(experts.potentialBound)")
                }
            }
        }
    }

    @Test func `bounds are worth having`() {
        // Ten experts, 2,000 rounds of losses in [-1, 1]: a bound near 2,000 would say nothing. sqrt(T ln n) is 68.
        for (rule, most) in zip(expertRules, [150.0, 500, 900, 700, 260]) {
            var game = Game(experts: ExpertAggregation(rule: rule, priorMasses: [Double](repeating: 1, count: 10)))
            var luck = Xoshiro256(seed: 77)
            for _ in 0..<2_000 {
                let losses = (0..<10).map { _ in 2 * luck.uniform() - 1 }
                game.round(losses: losses, isAwake: losses.map { _ in true })
            }
            let bounds = game.regrets.indices.map { game.experts.regretBound(of: $0) }
            #expect((bounds.max() ?? 0) < most, "\(rule): \(bounds)")
        }
    }
}

extension Double {
    fileprivate static let exp10Table: [Double] = (0...30).map { power in
        (0..<power).reduce(1.0) { value, _ in value * 10 }
    }
}
