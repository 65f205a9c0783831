import Domain

/// What each step of the chain does to the fleet's capital: where the money that is not invested went.
struct CapitalFlow {
    struct Step {
        var step: AllocationStep
        /// The sum of all weights after the step.
        var total: Double
        /// Against the sum before it; the first step's is its total.
        var change: Double
        var passesThrough: Bool
    }

    let steps: [Step]
    let invested: Double

    init(_ allocation: Allocation) {
        invested = allocation.agents.reduce(0) { $0 + $1.weight }
        var current = [Double](repeating: 0, count: allocation.agents.count)
        var steps: [Step] = []
        var before = 0.0
        for step in AllocationStep.allCases {
            let passesThrough = allocation.passThroughSteps.contains(step)
            var isTaken = passesThrough
            for (index, agent) in allocation.agents.enumerated() {
                // A chain without the step keeps its weight.
                guard let link = agent.chain.first(where: { $0.step == step }) else { continue }
                current[index] = link.weight
                isTaken = true
            }
            guard isTaken else { continue }
            let total = current.reduce(0, +)
            steps.append(Step(step: step, total: total, change: total - before, passesThrough: passesThrough))
            before = total
        }
        self.steps = steps
    }

    /// The steps behind the prior that take half a percentage point of the capital or more, the largest first.
    var largestCuts: [Step] {
        steps.dropFirst().filter { $0.change <= -0.005 }.enumerated()
            .sorted { ($0.element.change, $0.offset) < ($1.element.change, $1.offset) }.map(\.element)
    }
}
