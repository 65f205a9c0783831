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
    /// Without the shortfalls that are still in `recent`.
    private var strategyRecords: [Strategy] = []
    /// Shortfalls in the order of the rows, the first `recentCount` of them: of a great many only the newest of each
    /// class are ever asked for, and those are picked out once in a while.
    private var recent: [Shortfall] = []
    private var recentCount = 0
    private let confidence: ConfidencePolicy
    private let window: Int
    /// By the number of rows open together; rows of one agent have the same few.
    private var steps: [ForecastSkill.Step] = []

    private static let stepsMax = 1 << 12
    private static let recentMax = 1 << 15

    private struct Shortfall {
        var strategy: Int32
        var bps: Double
        /// Not a number where the row has no volatility.
        var sigmas: Double
    }

    package init(_ policy: Policy) {
        confidence = policy.confidence
        window = policy.window
    }

    /// Makes room for the places that rows may name.
    package mutating func meet(agentCount: Int, strategyCount: Int) {
        while agents.count < agentCount { agents.append(Agent()) }
        while strategyRecords.count < strategyCount { strategyRecords.append(Strategy()) }
    }

    package var strategies: [Strategy] {
        var settled = self
        settled.settle()
        return settled.strategyRecords
    }

    /// Takes rows in order.
    package mutating func take(_ rows: [ScoredRow]) {
        let (halfLife, bound) = (confidence.halfLifeSignals, confidence.winsorizedAtSigmas)
        let greatest = rows.reduce(0) { max($0, $1.overlapCount) }
        while steps.count <= min(greatest, RowScores.stepsMax) {
            steps.append(ForecastSkill.Step(overlapCount: max(1, steps.count), halfLife: halfLife))
        }
        makeRoom(for: rows.count)
        let first = recentCount
        recentCount += rows.count
        steps.withUnsafeBufferPointer { steps in
            agents.withUnsafeMutableBufferPointer { agents in
                strategyRecords.withUnsafeMutableBufferPointer { strategies in
                    recent.withUnsafeMutableBufferPointer { recent in
                        for (place, row) in rows.enumerated() {
                            let step =
                                row.overlapCount < steps.count
                                ? steps[row.overlapCount]
                                : ForecastSkill.Step(overlapCount: row.overlapCount, halfLife: halfLife)
                            let error = row.realizedBps - row.expectedBps
                            strategies[Int(row.strategy)].statistics.take(
                                grossBps: row.realizedBps, realizedBps: row.realizedBps, errorBps: error,
                                share: step.share)
                            let agent = Int(row.agent)
                            agents[agent].statistics.take(
                                grossBps: row.realizedBps, realizedBps: row.realizedBps, errorBps: error,
                                share: step.share)
                            recent[first + place].strategy = row.strategy
                            recent[first + place].bps = -error
                            guard row.sigmaBps > 0 else {
                                recent[first + place].sigmas = .nan
                                agents[agent].withoutSigmaCount += 1
                                continue
                            }
                            recent[first + place].sigmas = -error / row.sigmaBps
                            let sigmas = SIMD2(row.realizedBps, row.expectedBps) / row.sigmaBps
                            agents[agent].skill.take(
                                realizedSigmas: sigmas.x, expectedSigmas: sigmas.y, step, winsorizedAt: bound)
                        }
                    }
                }
            }
        }
    }

    private mutating func makeRoom(for count: Int) {
        guard recentCount + count > recent.count else { return }
        settle()
        if count > recent.count {
            let nothing = Shortfall(strategy: 0, bps: 0, sigmas: .nan)
            recent = [Shortfall](repeating: nothing, count: max(count, RowScores.recentMax))
        }
    }

    /// Hands to each class the newest of its shortfalls, as many as it keeps.
    private mutating func settle() {
        var newest = [(bps: [Double], sigmas: [Double])](repeating: ([], []), count: strategyRecords.count)
        for shortfall in recent[..<recentCount].reversed() {
            let strategy = Int(shortfall.strategy)
            if newest[strategy].bps.count < window { newest[strategy].bps.append(shortfall.bps) }
            if !shortfall.sigmas.isNaN, newest[strategy].sigmas.count < window {
                newest[strategy].sigmas.append(shortfall.sigmas)
            }
        }
        for (strategy, own) in newest.enumerated() {
            for value in own.bps.reversed() {
                strategyRecords[strategy].shortfalls.append(value, capacity: window)
            }
            for value in own.sigmas.reversed() {
                strategyRecords[strategy].shortfallSigmas.append(value, capacity: window)
            }
        }
        recentCount = 0
    }
}
