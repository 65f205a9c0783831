import Testing

@testable import Statistics

/// Rules as they are tested everywhere.
let expertRules: [ExpertAggregation.Rule] = [
    .adaHedge, .fixedShare(switchProbability: 0.02, learningRate: nil),
    .fixedShare(switchProbability: 0.05, learningRate: 0.5), .polynomial, .bernstein,
]

@Suite struct ExpertAggregationTests {
    private func awake(_ count: Int) -> [Bool] { [Bool](repeating: true, count: count) }

    private func isDistribution(_ weights: [Double]) -> Bool {
        weights.allSatisfy { $0 >= 0 && $0 <= 1 } && (compensatedSum(weights) - 1).magnitude < 1e-12
    }

    // MARK: - Against the published algorithms

    /// Losses as the reference script draws them.
    private func generated() -> (losses: [[Double]], awake: [[Bool]]) {
        var generator = Xoshiro256(seed: ExpertReferences.seed)
        let count = ExpertReferences.masses.count
        var (losses, awake): ([[Double]], [[Bool]]) = ([], [])
        for round in 0..<ExpertReferences.rounds {
            var (row, flags): ([Double], [Bool]) = ([], [])
            for index in 0..<count {
                let u = 2 * generator.uniform() - 1
                row.append((index == (round / 70) % count ? -0.2 : 0.3) + u / (1.02 - u.magnitude))
                flags.append(generator.uniform() > 0.25 || round == 0 || index == count - 1)
            }
            losses.append(row)
            awake.append(flags)
        }
        return (losses, awake)
    }

    @Test(arguments: ExpertReferences.runs.indices)
    func `weights and losses agree with an independent implementation of the papers`(index: Int) throws {
        let run = ExpertReferences.runs[index]
        let rule = try #require(namedRule(run.rule, learningRate: 0.5))
        let (losses, flags) = generated()
        var experts = ExpertAggregation(
            rule: rule, halfLife: run.halfLife, priorMasses: ExpertReferences.masses)
        var sum = CompensatedSum()
        var rows: [[Double]] = []
        for round in losses.indices {
            let isAwake = run.sleeping ? flags[round] : awake(losses[round].count)
            let mixLoss = experts.update(losses: losses[round], isAwake: isAwake)
            sum.add(try #require(mixLoss))
            if ExpertReferences.shown.contains(round + 1) { rows.append(experts.weights(isAwake: isAwake)) }
        }
        #expect(isClose(sum.value, run.mixLoss, 1e-9))
        for (row, expected) in zip(rows, run.weights) {
            let name = "\(run.rule), half-life \(run.halfLife.map { String($0) } ?? "none"), sleeping \(run.sleeping)"
            #expect(isClose(row, expected, 1e-9, floor: 1e-13), "\(name): \(row) \(expected)")
        }
        #expect(rows.count == run.weights.count)
    }

    // MARK: - The smallest cases

    @Test(arguments: expertRules) func `nobody gives no weights, one gets all`(rule: ExpertAggregation.Rule) {
        var experts = ExpertAggregation(rule: rule)
        #expect(experts.weights(isAwake: []) == [])
        let nothing = experts.update(losses: [], isAwake: [])
        #expect(nothing == nil)
        experts.join(priorMass: 3)
        for loss in [1.0, -5, 0, 1e6] {
            #expect(experts.weights(isAwake: [true]) == [1])
            let mixLoss = experts.update(losses: [loss], isAwake: [true])
            #expect(mixLoss == loss)
        }
        #expect(experts.regrets == [0])
        #expect(experts.regretBound(of: 0) >= 0)
    }

    @Test(arguments: expertRules) func `before the first round weights are the prior among the awake`(
        rule: ExpertAggregation.Rule
    ) {
        let experts = ExpertAggregation(rule: rule, priorMasses: [1, 2, 1])
        #expect(isClose(experts.weights(isAwake: awake(3)), [0.25, 0.5, 0.25]))
        #expect(isClose(experts.weights(isAwake: [true, false, true]), [0.5, 0, 0.5]))
        #expect(experts.weights(isAwake: [false, false, false]) == [0, 0, 0])
    }

    @Test(arguments: expertRules) func `equal losses teach nothing`(rule: ExpertAggregation.Rule) {
        var experts = ExpertAggregation(rule: rule, halfLife: 10, priorMasses: [1, 3])
        for loss in [0, 1e-300, 7, -1e6, 0.1] { experts.update(losses: [loss, loss], isAwake: awake(2)) }
        #expect(isClose(experts.weights(isAwake: awake(2)), [0.25, 0.75], 1e-9))
        #expect(experts.regrets.allSatisfy { $0.magnitude < 1e-8 })
    }

    @Test func `AdaHedge by hand`() {
        // Losses 0 and 1 from even weights: the mix loses 1/2, the leader nothing, so the gap is 1/2 and the rate
        // ln 2 / (1/2); the loser's weight relative to the winner's is exp(-2 ln 2) = 1/4.
        var experts = ExpertAggregation(rule: .adaHedge, priorMasses: [1, 1])
        let mixLoss = experts.update(losses: [0, 1], isAwake: awake(2))
        #expect(mixLoss == 0.5)
        #expect(experts.gap == 0.5)
        #expect(isClose(experts.weights(isAwake: awake(2)), [0.8, 0.2]))
        #expect(isClose(experts.regretBound(of: 0), 1))
    }

    @Test func `ML-Poly by hand`() {
        // Regrets 1/2 and -1/2: only the winner has any weight. Then it loses 1 more than the other.
        var experts = ExpertAggregation(rule: .polynomial, priorMasses: [1, 1])
        experts.update(losses: [0, 1], isAwake: awake(2))
        #expect(experts.weights(isAwake: awake(2)) == [1, 0])
        experts.update(losses: [1, 0.75], isAwake: awake(2))
        // Regrets 1/2 and -1/4: nothing changes for the winner of the weights.
        #expect(isClose(experts.regrets, [0.5, -0.25]))
        #expect(experts.weights(isAwake: [false, true]) == [0, 1])
    }

    @Test func `fixed share without switching is AdaHedge`() {
        var pair = (
            ExpertAggregation(rule: .adaHedge, halfLife: 30, priorMasses: [1, 2, 3]),
            ExpertAggregation(
                rule: .fixedShare(switchProbability: 0, learningRate: nil), halfLife: 30, priorMasses: [1, 2, 3])
        )
        for round in 0..<200 {
            let losses = draws(seed: UInt64(900 + round), count: 3, low: -1, high: 1)
            let flags = [true, round % 3 > 0, round % 5 > 1]
            #expect(pair.0.weights(isAwake: flags) == pair.1.weights(isAwake: flags))
            pair.0.update(losses: losses, isAwake: flags)
            pair.1.update(losses: losses, isAwake: flags)
        }
    }

    // MARK: - Laws

    @Test(arguments: expertRules) func `weights are a distribution whatever the losses`(rule: ExpertAggregation.Rule) {
        let sizes = [1e-300, 1e-160, 1e-12, 1, 1e6, 1e90]
        for halfLife in [nil, 0.5, 60] as [Double?] {
            for (offset, size) in sizes.enumerated() {
                for other in sizes {
                    var experts = ExpertAggregation(rule: rule, halfLife: halfLife, priorMasses: [1, 1e-6, 1e6, 1])
                    var generator = Xoshiro256(seed: UInt64(100 + offset))
                    for round in 0..<40 {
                        let scale = round % 7 == 3 ? other : size
                        let losses = (0..<4).map { _ in scale * (generator.uniform() - 0.5) * (round % 9 == 0 ? 0 : 1) }
                        let flags = (0..<4).map { _ in generator.uniform() < 0.7 }
                        experts.update(losses: losses, isAwake: flags)
                        let weights = experts.weights(isAwake: awake(4))
                        #expect(isDistribution(weights), "\(rule) \(size) \(other) \(weights)")
                        #expect(experts.isConsistent)
                        #expect((0..<4).allSatisfy { experts.regretBound(of: $0).isFinite })
                        #expect(experts.scores.allSatisfy(\.isFinite) && experts.regrets.allSatisfy(\.isFinite))
                    }
                }
            }
        }
    }

    @Test func `weights know no scale, no common loss and no order`() {
        for rule in expertRules {
            if case .fixedShare(_, .some) = rule { continue }
            var plain = ExpertAggregation(rule: rule, halfLife: 50, priorMasses: [1, 2, 3, 4])
            var scaled = plain
            var shifted = plain
            var reversed = ExpertAggregation(rule: rule, halfLife: 50, priorMasses: [4, 3, 2, 1])
            for round in 0..<300 {
                let losses = draws(seed: UInt64(2_000 + round), count: 4, low: -1, high: 1)
                let flags = [true, round % 4 > 0, round % 3 > 0, round % 2 > 0]
                plain.update(losses: losses, isAwake: flags)
                scaled.update(losses: losses.map { $0 * 1e-9 }, isAwake: flags)
                shifted.update(losses: losses.map { $0 + 3 }, isAwake: flags)
                reversed.update(losses: losses.reversed(), isAwake: flags.reversed())
                let weights = plain.weights(isAwake: awake(4))
                #expect(isClose(weights, scaled.weights(isAwake: awake(4)), 1e-9, floor: 1e-12))
                #expect(isClose(weights, shifted.weights(isAwake: awake(4)), 1e-6, floor: 1e-9))
                #expect(isClose(weights, reversed.weights(isAwake: awake(4)).reversed(), 1e-9, floor: 1e-12))
            }
        }
    }

    @Test(arguments: expertRules) func `a copy continues without a difference, a sleeper's loss is not read`(
        rule: ExpertAggregation.Rule
    ) {
        var first = ExpertAggregation(rule: rule, halfLife: 90, priorMasses: [1, 1, 1])
        for round in 0..<50 {
            first.update(losses: draws(seed: UInt64(round), count: 3, low: -1, high: 1), isAwake: awake(3))
        }
        var second = first
        first.update(losses: [1, 2, 5], isAwake: [true, true, false])
        second.update(losses: [1, 2, .nan], isAwake: [true, true, false])
        #expect(first == second)
    }

    // MARK: - Who comes and goes

    @Test(arguments: expertRules) func `a newcomer starts even with the mix and with no more than its share`(
        rule: ExpertAggregation.Rule
    ) {
        var experts = ExpertAggregation(rule: rule, priorMasses: [1, 1, 1])
        for round in 0..<200 {
            experts.update(losses: draws(seed: UInt64(500 + round), count: 3, low: -1, high: 1), isAwake: awake(3))
        }
        let before = experts.weights(isAwake: awake(3))
        experts.join(priorMass: 0.1)
        let weights = experts.weights(isAwake: awake(4))
        #expect(isDistribution(weights))
        #expect(experts.regrets[3] == 0)
        // It takes from all alike.
        for index in 0..<3 {
            #expect(isClose(weights[index], before[index] * (1 - weights[3]), 1e-9, floor: 1e-12))
        }
        if rule == .polynomial {
            // As long as somebody is ahead of the mix, only those have weight.
            #expect(weights[3] == 0)
        } else {
            #expect(weights[3] > 0 && weights[3] < 0.1)
        }
        #expect(experts.regretBound(of: 3) >= 0)
    }

    @Test(arguments: expertRules) func `a retired expert has no weight, and comes back as it was`(
        rule: ExpertAggregation.Rule
    ) {
        var experts = ExpertAggregation(rule: rule, priorMasses: [1, 1, 1])
        for _ in 0..<20 { experts.update(losses: [0, 1, 0.9], isAwake: awake(3)) }
        let regret = experts.regrets[0]
        experts.retire(0)
        let weights = experts.weights(isAwake: awake(3))
        #expect(weights[0] == 0 && isDistribution(weights))
        for round in 0..<5 { experts.update(losses: [9, Double(round), 1], isAwake: awake(3)) }
        #expect(experts.regrets[0] == regret)
        experts.reinstate(0)
        #expect(experts.weights(isAwake: awake(3))[0] > 0.2)
    }

    @Test(arguments: expertRules)
    func `rounds in which all sleep only let the past fade`(rule: ExpertAggregation.Rule) {
        var experts = ExpertAggregation(rule: rule, halfLife: 1, priorMasses: [1, 1])
        experts.update(losses: [0, 1], isAwake: awake(2))
        let regret = experts.regrets[0]
        let mixLoss = experts.update(losses: [5, 5], isAwake: [false, false])
        #expect(mixLoss == nil)
        #expect(isClose(experts.regrets[0], regret / 2))
        #expect(experts.roundCount == 1)
        for _ in 0..<3_000 { experts.update(losses: [5, 5], isAwake: [false, false]) }
        #expect(isDistribution(experts.weights(isAwake: awake(2))))
    }

    @Test func `forgetting follows a leader that changes`() {
        for rule in expertRules {
            var experts = ExpertAggregation(rule: rule, halfLife: 20, priorMasses: [1, 1])
            for round in 0..<400 {
                let noise = draws(seed: UInt64(7_000 + round), count: 2, low: -1, high: 1)
                let favorite = round < 300 ? 0 : 1
                let losses = noise.indices.map { noise[$0] - ($0 == favorite ? 1 : 0) }
                experts.update(losses: losses, isAwake: awake(2))
                if round == 299 { #expect(experts.weights(isAwake: awake(2))[0] > 0.6, "\(rule)") }
            }
            #expect(experts.weights(isAwake: awake(2))[1] > 0.6, "\(rule)")
        }
    }
}

func namedRule(_ name: String, learningRate: Double) -> ExpertAggregation.Rule? {
    switch name {
    case "adaHedge": .adaHedge
    case "fixedShare": .fixedShare(switchProbability: 0.02, learningRate: nil)
    case "fixedShareConstant": .fixedShare(switchProbability: 0.02, learningRate: learningRate)
    case "polynomial": .polynomial
    case "bernstein": .bernstein
    default: nil
    }
}
