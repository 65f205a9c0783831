package import Domain
internal import Scoring

/// What is kept about one agent besides its scores.
struct ReconciledMember: Sendable {
    private var overlap = ImportedOverlap()
    /// As its latest row, or the policy's map, says.
    private(set) var strategy: Int
    private let mappedStrategy: Int?
    /// The classes it had outcomes in, in the order of the first, and the latest of them; -1 before the first.
    private var strategies: [Int] = []
    private var latestStrategy = -1
    private var notedStep = Timestamp(milliseconds: .min)

    init(strategy: Int, mappedStrategy: Int?) {
        self.strategy = strategy
        self.mappedStrategy = mappedStrategy
    }

    /// Notes an outcome; says how many were open with it where that is known at once.
    ///
    /// Between two steps the fold forgets at every grid point; the last of them forgets what the others did.
    @inline(__always)
    mutating func note(from: Timestamp, to: Timestamp, stepBegan: Timestamp) -> Int? {
        if notedStep.milliseconds != stepBegan.milliseconds {
            overlap.forget(before: stepBegan)
            notedStep = stepBegan
        }
        if let count = overlap.noteLatest(from: from, to: to) { return count }
        overlap.note(from: from, to: to)
        return nil
    }

    mutating func overlapCount(at beginning: Timestamp) -> Int { overlap.count(at: beginning) }

    mutating func strategy(named own: Int?) -> Int {
        if let own { strategy = own } else if let mappedStrategy { strategy = mappedStrategy }
        return strategy
    }

    /// Notes an outcome in a class; true for the first.
    mutating func isNew(in strategy: Int) -> Bool {
        if strategy == latestStrategy { return false }
        latestStrategy = strategy
        if strategies.contains(strategy) { return false }
        strategies.append(strategy)
        return true
    }
}

/// The names of strategy classes, and how many agents had outcomes in each.
struct ReconciledStrategies: Sendable {
    private(set) var names: [String] = []
    private var agentCounts: [Int] = []
    /// By the number of a class in the file, its place here.
    private var indexes: [Int] = []

    init() {}

    mutating func index(of name: String) -> Int {
        if let index = names.firstIndex(of: name) { return index }
        names.append(name)
        agentCounts.append(0)
        return names.count - 1
    }

    mutating func meet(_ names: [String]) {
        while indexes.count < names.count { indexes.append(index(of: names[indexes.count])) }
    }

    func index(ofName number: Int) -> Int { indexes[number] }

    mutating func countAgent(in index: Int) { agentCounts[index] += 1 }

    /// Those with outcomes, by name.
    func reports(_ scores: [RowScores.Strategy]) -> [StrategyReport] {
        let known = names.indices.filter { $0 < scores.count && scores[$0].statistics.count > 0 }
            .sorted { names[$0] < names[$1] }
        let total = known.reduce(0.0) { $0 + scores[$1].statistics.pnlSumBps.magnitude }
        return known.map { index in
            let score = scores[index]
            return StrategyReport(
                strategyClass: names[index], agentCount: agentCounts[index], outcomeCount: score.statistics.count,
                pnlSumBps: score.statistics.pnlSumBps,
                contribution: total > 0 ? score.statistics.pnlSumBps / total : nil, hitRate: score.statistics.hitRate,
                averageErrorBps: score.statistics.averageErrorBps, shortfallCVaR95: score.shortfallCVaR95,
                shortfallCVaR99: score.shortfallCVaR99, shortfallCVaR95Sigmas: score.shortfallCVaR95Sigmas, weight: 0)
        }
    }
}

extension ReconciledRecord {
    /// - Precondition: `finish` was called.
    package var report: ReconciledReport {
        let order = names.agents.indices.filter { $0 < members.count && scores.agents[$0].statistics.count > 0 }
            .sorted { names.agents[$0] < names.agents[$1] }
        return ReconciledReport(
            asOf: reportedAt, policyName: policy.name, policyFingerprint: policy.fingerprint, lines: lines,
            horizons: horizonCounts,
            agents: order.map { agentReport(names.agents[$0], members[$0], scores.agents[$0]) },
            strategies: strategies.reports(scores.strategies))
    }

    private func agentReport(
        _ agent: AgentID, _ member: ReconciledMember, _ score: RowScores.Agent
    ) -> ReconciledAgentReport {
        let statistics = score.statistics
        return ReconciledAgentReport(
            agent: agent, strategyClass: strategies.names[member.strategy],
            multiplier: score.skill.multiplier(policy.confidence), outcomeCount: statistics.count,
            withoutSigmaCount: score.withoutSigmaCount, independentCount: statistics.independentCount,
            pnlSumBps: statistics.pnlSumBps, hitRate: statistics.hitRate,
            averageReturnBps: statistics.averageReturnBps,
            averageAbsoluteErrorBps: statistics.averageAbsoluteErrorBps,
            averageErrorBps: statistics.averageErrorBps, gates: gates(statistics))
    }

    /// The seed's five and the evidence gate. Telemetry and books are not in the rows.
    private func gates(_ statistics: OutcomeStatistics) -> [Gate] {
        let (own, seed) = (policy.gates, Policy.seed.gates)
        let minimal = OutcomeStatistics.minimalCount
        let pnl: Evidence<Double> =
            statistics.count >= minimal
            ? .known(statistics.pnlSumBps) : .insufficient(count: statistics.count, needed: minimal)
        var errorRate = ReconciledRecord.gate(
            "error_rate", .insufficient(count: 0, needed: 1), .atMost, own.errorRateAtMost, seed.errorRateAtMost)
        errorRate.isWaived = errorRate.isRequired && own.waivesMissingTelemetry
        errorRate.isPassed = errorRate.isWaived
        return [
            ReconciledRecord.gate("pnl_sum_bps", pnl, .above, own.pnlSumBpsAbove, seed.pnlSumBpsAbove),
            ReconciledRecord.gate(
                "hit_rate", statistics.hitRate.map(\.value), .atLeast, own.hitRateAtLeast, seed.hitRateAtLeast),
            errorRate,
            ReconciledRecord.gate(
                "avg_abs_error_bps", statistics.averageAbsoluteErrorBps.map(\.value), .atMost,
                own.averageAbsoluteErrorBpsAtMost, seed.averageAbsoluteErrorBpsAtMost),
            ReconciledRecord.gate(
                "avg_pnl_error_bps", statistics.averageErrorBps.map(\.value), .atLeast, own.averageErrorBpsAtLeast,
                seed.averageErrorBpsAtLeast),
            Gate(
                name: "evidence", value: .insufficient(count: 0, needed: 1), comparison: .atLeast, threshold: nil,
                isRequired: own.errorLevel != nil, isPassed: own.errorLevel == nil, isWaived: false),
        ]
    }

    private static func gate(
        _ name: String, _ value: Evidence<Double>, _ comparison: Gate.Comparison, _ own: Double?, _ seeds: Double?
    ) -> Gate {
        let threshold = own ?? seeds
        var isPassed = false
        if let number = value.value, let threshold {
            switch comparison {
            case .above: isPassed = number > threshold
            case .atLeast: isPassed = number >= threshold
            case .atMost: isPassed = number <= threshold
            }
        }
        return Gate(
            name: name, value: value, comparison: comparison, threshold: threshold, isRequired: own != nil,
            isPassed: isPassed, isWaived: false)
    }
}
