package import Domain
package import Reporting
package import Supervision

/// Turns the records of a replay into an answer: every policy by itself, against what was best in hindsight, and
/// against the policies that it has to beat.
package struct ReplayComparison: Sendable {
    package var switchLimit: Int
    /// The names of the policies that all others are compared with.
    package var references: [String]

    package init(switchLimit: Int, references: [String]) {
        self.switchLimit = switchLimit
        self.references = references
    }

    /// `nil` if not one day was settled.
    package func document(
        _ folds: [ReplayFold], from start: Timestamp, through end: Timestamp
    ) -> ReplayDocument? {
        guard let first = folds.first else { return nil }
        let records = folds.map(\.record)
        var known: [(books: [[Double]], costs: Double, oracles: ReplayOracles?)] = []
        var policies: [ReplayPolicy] = []
        for record in records {
            // Policies with the same prices and costs have the same books, and oracles take time.
            let costs = record.policy.costs.roundTripBps
            let oracles: ReplayOracles?
            if let same = known.first(where: { $0.costs == costs && $0.books == record.bookReturns }) {
                oracles = same.oracles
            } else {
                oracles = ReplayOracles(record, switchLimit: switchLimit)
                known.append((record.bookReturns, costs, oracles))
            }
            guard var policy = ReplayComparison.policy(record) else { continue }
            policy.regrets = oracles.map { ReplayComparison.regrets(record, $0) } ?? []
            policy.differences = records.filter {
                references.contains($0.policy.name) && $0.policy.name != record.policy.name
            }.map { other in
                let difference = ReplayDifference(record, less: other)
                return ReplayPolicy.Difference(
                    other: other.policy.name, dailyBps: difference.dailyBps, sharpe: difference.sharpe)
            }
            policies.append(policy)
        }
        guard !policies.isEmpty else { return nil }
        let signals = first.signalCounts
        return ReplayDocument(
            start: start, end: end, factCounts: first.fold.tally.counts, agentCount: first.record.agents.count,
            signalCount: signals.all, unattestedCount: signals.unattested, switchLimit: switchLimit,
            policies: policies)
    }

    private static func policy(_ record: ReplayRecord) -> ReplayPolicy? {
        guard let statistics = ReplayStatistics(record) else { return nil }
        let fates = ReplayFate.all(of: record)
        let gates = record.policy.gates
        return ReplayPolicy(
            name: record.policy.name, fingerprint: record.policy.fingerprint,
            promotesOnHistory: gates.promotion == .approval || !gates.requiresAttestation,
            decisionEvery: record.policy.decisionEvery, decisionCount: record.decisionCount,
            days: record.days.map {
                ReplayPolicy.Day(
                    start: $0.start, netReturn: $0.netReturn, grossReturn: $0.grossReturn, turnover: $0.turnover,
                    cash: $0.cash)
            },
            netReturn: statistics.netReturn, grossReturn: statistics.grossReturn,
            annualVolatility: statistics.annualVolatility, sharpeRatio: statistics.sharpeRatio,
            maximalDrawdown: statistics.maximalDrawdown, averageTurnover: statistics.averageTurnover,
            averageCash: statistics.averageCash, investedShare: statistics.investedShare,
            winningShare: statistics.winningShare, fates: fates.map(ReplayPolicy.Fate.init),
            otherStageChangeCount: record.stageChanges.count - fates.count)
    }

    private static func regrets(_ record: ReplayRecord, _ oracles: ReplayOracles) -> [ReplayPolicy.Regret] {
        let own = ReplayOracles.logWealth(of: record)
        func regret(
            _ oracle: ReplayPolicy.Regret.Oracle, _ choice: ReplayOracles.Choice, _ note: String, gap: Double = 0
        ) -> ReplayPolicy.Regret {
            let total = (choice.logWealth - own) * 10_000
            return ReplayPolicy.Regret(
                oracle: oracle, note: note, totalBps: total, dailyBps: total / Double(oracles.dayCount),
                oracleLogWealthBps: choice.logWealth * 10_000, gapBps: gap * 10_000)
        }
        let changes = oracles.switchCount
        return [
            regret(.bestAgent, oracles.bestAgent, oracles.bestAgent.agent?.name ?? "cash"),
            regret(
                .bestSuccession, oracles.bestSuccession, "\(changes) " + (changes == 1 ? "change" : "changes")),
            regret(.bestRebalanced, oracles.bestRebalanced, "constant shares", gap: oracles.gap),
        ]
    }
}

extension ReplayPolicy.Fate {
    init(_ fate: ReplayFate) {
        self.init(
            at: fate.at, agent: fate.agent, isPromotion: fate.isPromotion, reason: fate.reason,
            after30: fate.after30.map(Stretch.init), after90: fate.after90.map(Stretch.init),
            untilEnd: fate.untilEnd.map(Stretch.init))
    }
}

extension ReplayPolicy.Fate.Stretch {
    init(_ stretch: ReplayFate.Stretch) {
        self.init(dayCount: stretch.dayCount, netReturn: stretch.netReturn, residual: stretch.residual)
    }
}
