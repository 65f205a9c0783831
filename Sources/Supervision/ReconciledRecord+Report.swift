package import Domain
internal import Scoring
internal import Statistics
internal import StatisticsState

/// What is kept about one agent: the parts of its state in the fold that rows alone can fill.
struct ReconciledMember: Sendable {
    private(set) var statistics = OutcomeStatistics()
    private(set) var skill = ForecastSkill()
    var overlap = ReconciledOverlap()
    private(set) var withoutSigmaCount = 0
    /// As its latest row, or the policy's map, says.
    private(set) var strategy: Int
    private let mappedStrategy: Int?
    /// The classes it had outcomes in, in the order of the first.
    private var strategies: [Int] = []
    private var notedStep = Timestamp(milliseconds: .min)

    init(strategy: Int, mappedStrategy: Int?) {
        self.strategy = strategy
        self.mappedStrategy = mappedStrategy
    }

    /// Between two steps the fold forgets at every grid point; the last of them forgets what the others did.
    mutating func note(from: Timestamp, to: Timestamp, stepBegan: Timestamp) {
        if notedStep.milliseconds != stepBegan.milliseconds {
            overlap.forget(before: stepBegan)
            notedStep = stepBegan
        }
        overlap.note(from: from, to: to)
    }

    mutating func strategy(named own: Int?) -> Int {
        if let own { strategy = own } else if let mappedStrategy { strategy = mappedStrategy }
        return strategy
    }

    /// Notes an outcome in a class; true for the first.
    mutating func isNew(in strategy: Int) -> Bool {
        for known in strategies where known == strategy { return false }
        strategies.append(strategy)
        return true
    }

    /// As `TrackRecord` takes it.
    mutating func take(_ outcome: Outcome, policy: ConfidencePolicy) {
        statistics.take(outcome)
        guard let sigma = outcome.sigmaBps else {
            withoutSigmaCount += 1
            return
        }
        skill.take(
            realizedSigmas: outcome.realizedReturnBps / sigma, expectedSigmas: outcome.expectedReturnBps / sigma,
            overlapCount: outcome.overlapCount, halfLife: policy.halfLifeSignals,
            winsorizedAt: policy.winsorizedAtSigmas)
    }
}

/// The strategy classes: `StrategyRecord`, with agents counted by number.
struct ReconciledStrategies: Sendable {
    private struct Entry: Sendable {
        var name: String
        var statistics = OutcomeStatistics()
        var agentCount = 0
        var shortfalls = RecentValues()
        var shortfallSigmas = RecentValues()
    }

    private var entries: [Entry] = []
    /// By the number of a class in the file, its place here.
    private var indexes: [Int] = []

    init() {}

    mutating func index(of name: String) -> Int {
        if let index = entries.firstIndex(where: { $0.name == name }) { return index }
        entries.append(Entry(name: name))
        return entries.count - 1
    }

    mutating func meet(_ names: [String]) {
        while indexes.count < names.count { indexes.append(index(of: names[indexes.count])) }
    }

    func index(ofName number: Int) -> Int { indexes[number] }

    /// - Parameter isNewAgent: whether it is the agent's first outcome in this class.
    mutating func take(_ outcome: Outcome, in index: Int, isNewAgent: Bool, window: Int) {
        entries[index].statistics.take(outcome)
        if isNewAgent { entries[index].agentCount += 1 }
        entries[index].shortfalls.append(-outcome.forecastErrorBps, capacity: window)
        if let sigma = outcome.sigmaBps {
            entries[index].shortfallSigmas.append(-outcome.forecastErrorBps / sigma, capacity: window)
        }
    }

    /// Those with outcomes, by name.
    var reports: [StrategyReport] {
        let known = entries.filter { $0.statistics.count > 0 }.sorted { $0.name < $1.name }
        let total = known.reduce(0.0) { $0 + $1.statistics.pnlSumBps.magnitude }
        return known.map { entry in
            StrategyReport(
                strategyClass: entry.name, agentCount: entry.agentCount, outcomeCount: entry.statistics.count,
                pnlSumBps: entry.statistics.pnlSumBps,
                contribution: total > 0 ? entry.statistics.pnlSumBps / total : nil, hitRate: entry.statistics.hitRate,
                averageErrorBps: entry.statistics.averageErrorBps,
                shortfallCVaR95: ReconciledStrategies.tail(of: entry.shortfalls, beta: 0.95),
                shortfallCVaR99: ReconciledStrategies.tail(of: entry.shortfalls, beta: 0.99),
                shortfallCVaR95Sigmas: ReconciledStrategies.tail(of: entry.shortfallSigmas, beta: 0.95), weight: 0)
        }
    }

    /// Five observations beyond the level are the least that is called a tail.
    private static func tail(of losses: RecentValues, beta: Double) -> Evidence<Double> {
        let needed = Int((5 / (1 - beta)).rounded())
        guard losses.count >= needed, let value = conditionalValueAtRisk(of: losses.values, beta: beta) else {
            return .insufficient(count: losses.count, needed: needed)
        }
        return .known(value)
    }
}

extension ReconciledRecord {
    /// - Precondition: `finish` was called.
    package var report: ReconciledReport {
        let order = names.agents.indices.filter { $0 < members.count && members[$0].statistics.count > 0 }
            .sorted { names.agents[$0] < names.agents[$1] }
        return ReconciledReport(
            asOf: reportedAt, policyName: policy.name, policyFingerprint: policy.fingerprint, lines: lines,
            horizons: horizonCounts, agents: order.map { agentReport(names.agents[$0], members[$0]) },
            strategies: strategies.reports)
    }

    private func agentReport(_ agent: AgentID, _ member: ReconciledMember) -> ReconciledAgentReport {
        let statistics = member.statistics
        return ReconciledAgentReport(
            agent: agent, strategyClass: strategies.name(member.strategy),
            multiplier: member.skill.multiplier(policy.confidence), outcomeCount: statistics.count,
            withoutSigmaCount: member.withoutSigmaCount, independentCount: statistics.independentCount,
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

extension ReconciledStrategies {
    func name(_ index: Int) -> String { entries[index].name }
}
