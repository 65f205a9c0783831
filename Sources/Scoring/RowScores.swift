package import Domain
internal import StatisticsState

/// What rows that another system reconciled say to the scores: numbers alone.
package struct ScoredRow: Sendable {
    /// Places among the scores.
    package var agent: Int32
    package var strategy: Int32
    /// How many rows the agent had open with it, itself included.
    package var overlapCount: Int
    /// Net of costs, which are not told apart.
    package var realizedBps: Double
    package var expectedBps: Double
    /// 0 for none.
    package var sigmaBps: Double

    package init(
        agent: Int32, strategy: Int32, overlapCount: Int, realizedBps: Double, expectedBps: Double, sigmaBps: Double
    ) {
        self.agent = agent
        self.strategy = strategy
        self.overlapCount = overlapCount
        self.realizedBps = realizedBps
        self.expectedBps = expectedBps
        self.sigmaBps = sigmaBps
    }
}

/// The scores of agents and of strategy classes from rows: what `TrackRecord` and `StrategyRecord` make of the same
/// outcomes, to the last bit, without names, texts and dates. Rows are taken many at once, since files have millions.
package struct RowScores: Sendable {
    package struct Agent: Sendable {
        package fileprivate(set) var statistics = OutcomeStatistics()
        package fileprivate(set) var skill = ForecastSkill()
        package fileprivate(set) var withoutSigmaCount = 0
    }

    package struct Strategy: Sendable {
        package fileprivate(set) var statistics = OutcomeStatistics()
        fileprivate var shortfalls = RecentValues()
        fileprivate var shortfallSigmas = RecentValues()

        package var shortfallCVaR95: Evidence<Double> { StrategyRecord.tail(of: shortfalls, beta: 0.95) }
        package var shortfallCVaR99: Evidence<Double> { StrategyRecord.tail(of: shortfalls, beta: 0.99) }
        package var shortfallCVaR95Sigmas: Evidence<Double> { StrategyRecord.tail(of: shortfallSigmas, beta: 0.95) }
    }

    package private(set) var agents: [Agent] = []
    package private(set) var strategies: [Strategy] = []
    private let confidence: ConfidencePolicy
    private let window: Int
    /// By the number of rows open together; rows of one agent have the same few.
    private var steps: [ForecastSkill.Step] = []

    private static let stepsMax = 1 << 12

    package init(_ policy: Policy) {
        confidence = policy.confidence
        window = policy.window
    }

    /// Makes room for the places that rows may name.
    package mutating func meet(agentCount: Int, strategyCount: Int) {
        while agents.count < agentCount { agents.append(Agent()) }
        while strategies.count < strategyCount { strategies.append(Strategy()) }
    }

    /// Takes rows in order.
    package mutating func take(_ rows: [ScoredRow]) {
        let (halfLife, bound) = (confidence.halfLifeSignals, confidence.winsorizedAtSigmas)
        let greatest = rows.reduce(0) { max($0, $1.overlapCount) }
        while steps.count <= min(greatest, RowScores.stepsMax) {
            steps.append(ForecastSkill.Step(overlapCount: max(1, steps.count), halfLife: halfLife))
        }
        let window = self.window
        steps.withUnsafeBufferPointer { steps in
            agents.withUnsafeMutableBufferPointer { agents in
                strategies.withUnsafeMutableBufferPointer { strategies in
                    for row in rows {
                        let step =
                            row.overlapCount < steps.count
                            ? steps[row.overlapCount]
                            : ForecastSkill.Step(overlapCount: row.overlapCount, halfLife: halfLife)
                        let error = row.realizedBps - row.expectedBps
                        let strategy = Int(row.strategy)
                        strategies[strategy].statistics.take(
                            grossBps: row.realizedBps, realizedBps: row.realizedBps, errorBps: error, share: step.share)
                        strategies[strategy].shortfalls.append(-error, capacity: window)
                        let agent = Int(row.agent)
                        agents[agent].statistics.take(
                            grossBps: row.realizedBps, realizedBps: row.realizedBps, errorBps: error, share: step.share)
                        guard row.sigmaBps > 0 else {
                            agents[agent].withoutSigmaCount += 1
                            continue
                        }
                        strategies[strategy].shortfallSigmas.append(-error / row.sigmaBps, capacity: window)
                        let sigmas = SIMD2(row.realizedBps, row.expectedBps) / row.sigmaBps
                        agents[agent].skill.take(
                            realizedSigmas: sigmas.x, expectedSigmas: sigmas.y, step, winsorizedAt: bound)
                    }
                }
            }
        }
    }
}
