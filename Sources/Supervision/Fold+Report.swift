internal import Books
package import Domain
internal import Forecasting
internal import PortfolioConstruction
internal import PromotionGates
internal import Scoring
internal import Statistics
internal import StatisticsState

extension Fold {
    /// What is known at `time`: the state of the last grid point, the facts that came since, and kills that people
    /// decided since, which take effect at once.
    ///
    /// - Precondition: the fold has been advanced to `time`, and not beyond.
    package func report(asOf time: Timestamp) -> Report {
        precondition(nextGridPoint.map { $0 > time } ?? true, "Invariant: advance(to:) comes before report(asOf:)")
        let (known, since) = tallyKnown(at: time)
        let recent = queue.decisions.waiting.filter { $0.knownAt <= time }.map(\.value).sorted(by: Fold.precedes)
        let ratios = decisions.members.map(\.record.sharpeRatio)
        let peers = peers(ratios)
        var reports = agentOrder.map { agentReport($0, ratios[$0], peers: peers) }
        var current = allocation()
        if !recent.isEmpty {
            Overlay.apply(recent, to: &reports, &current, newNames: namesKnown(at: time))
            current.lookThrough = lookThrough(current)
        }
        var report = Report(
            asOf: time, decidedAt: position, policyName: policy.name, policyFingerprint: policy.fingerprint,
            methodVersion: Report.methodVersion, facts: known.digest, factCounts: known.counts,
            fleet: fleetReport(reports), agents: reports, strategies: strategyReports(current),
            forecaster: training.report, allocation: current, findings: [])
        report.findings = findings(for: report, factsSince: since)
        return report
    }

    /// Human decisions that stand in the ledger, oldest first, up to the state's grid point and those waiting by
    /// `time`.
    package func decisions(knownAt time: Timestamp) -> [HumanDecision] {
        decisionHistory + queue.decisions.waiting.filter { $0.knownAt <= time }.map(\.value).sorted(by: Fold.precedes)
    }

    /// New names by old ones, those included that have not been taken over yet: who kills an agent by its new name
    /// means it at once.
    private func namesKnown(at time: Timestamp) -> [AgentID: AgentID] {
        var names = newNames
        let waiting = queue.renames.waiting.filter { $0.knownAt <= time }.map(\.value)
        for rename in waiting.sorted(by: Fold.precedes) {
            let present = Fold.newestName(of: rename.old, in: names)
            guard present != rename.new, agentIndexes[rename.new] == nil,
                Fold.newestName(of: rename.new, in: names) == rename.new
            else { continue }
            names[present] = rename.new
        }
        return names
    }

    /// The facts known at `time`, those that wait for the next grid point included, and how many those are.
    func tallyKnown(at time: Timestamp) -> (known: FactTally, sinceCount: Int) {
        var known = tally
        func count<Value>(
            _ queue: DatedQueue<Value>, _ kind: FactKind, _ identity: (Value) -> FactIdentity
        ) {
            known.count(queue.waiting.prefix { $0.knownAt <= time }, kind: kind, identity: identity)
        }
        for symbol in queue.bars.keys.sorted() {
            if let bars = queue.bars[symbol] { count(bars, .bar) { $0.identity(of: symbol) } }
        }
        count(queue.signals, .signal, \.identity)
        for stretch in queue.outcomes.waiting(through: time) {
            known.count(stretch.series.digests[stretch.rows], kind: .outcome)
        }
        count(queue.telemetry, .telemetry, \.identity)
        count(queue.decisions, .decision, \.identity)
        count(queue.renames, .rename, \.identity)
        count(queue.policyChanges, .policyChange, \.identity)
        count(queue.barWithdrawals, .barWithdrawal, \.identity)
        return (known, known.digest.count - tally.digest.count)
    }

    private func agentReport(_ index: Int, _ ratio: SharpeRatio?, peers: [Double]) -> AgentReport {
        let state = agents[index]
        let member = decisions.members[index]
        let isAsleep = position.map { !state.book.isAwake(at: $0) } ?? true
        return AgentReport(
            agent: state.agent, version: state.version, trackNumber: state.trackNumber,
            strategyClass: state.strategyClass, isAsleep: isAsleep, scorecard: scorecard(index, ratio),
            multiplier: state.track.multiplier(policy.confidence), verdict: member.verdict ?? .none,
            movesWith: decisions.capital.movingWith(index).map { agents[$0].agent }.sorted(),
            significance: SharpeSignificance(
                of: ratio, among: peers, trialCount: decisions.trials.trialCount,
                minimalMarks: BookRecord.minimalMarks))
    }

    /// The ratios per mark of all that have marks enough for one, by name: what the trials are compared by.
    private func peers(_ ratios: [SharpeRatio?]) -> [Double] {
        agentOrder.compactMap { index -> Double? in
            guard let ratio = ratios[index], ratio.count >= BookRecord.minimalMarks else { return nil }
            return ratio.perPeriod
        }
    }

    private func scorecard(_ index: Int, _ ratio: SharpeRatio?) -> Scorecard {
        let state = agents[index]
        let track = state.track
        let all = track.all
        return Scorecard(
            signalCount: state.signalCount, unattestedCount: state.unattestedCount,
            pendingCount: state.openSignals.count, rejections: state.rejections, firstSignalAt: state.firstSignalAt,
            lastSignalAt: state.lastSignalAt,
            openSignalCount: position.map { state.book.openCount(at: $0) } ?? 0, outcomeCount: all.count,
            pnlSumBps: all.pnlSumBps,
            pnlSumBpsByCostFactor: [0, 1, 2, 3].map { all.pnlSumBps(costFactor: $0) }, hitRate: all.hitRate,
            averageReturnBps: all.averageReturnBps, averageAbsoluteErrorBps: all.averageAbsoluteErrorBps,
            averageErrorBps: all.averageErrorBps, informationCoefficient: track.informationCoefficient,
            brierScore: track.brierScore, forecasterVersion: track.forecasterVersion,
            diagnostics: track.diagnosticSummaries, errorRate: state.telemetry.errorRate,
            averageLatencyMilliseconds: state.telemetry.averageLatencyMilliseconds,
            totalCostUSD: state.telemetry.totalCostUSD,
            book: decisions.members[index].record.summary(
                book: state.book, ratio: ratio, fleetMedianBeta: decisions.medianBeta))
    }

    private func fleetReport(_ reports: [AgentReport]) -> FleetReport {
        var rejections: [RejectionReason: Int] = [:]
        for report in reports { rejections.merge(report.scorecard.rejections, uniquingKeysWith: +) }
        return FleetReport(
            agentCount: reports.count, awakeCount: reports.count { !$0.isAsleep },
            signalCount: reports.reduce(0) { $0 + $1.scorecard.signalCount },
            unattestedCount: reports.reduce(0) { $0 + $1.scorecard.unattestedCount }, outcomeCount: outcomeCount,
            pendingCount: reports.reduce(0) { $0 + $1.scorecard.pendingCount }, rejections: rejections,
            barCount: barCounts.reduce(0, +), correctedBarCount: correctedBarCount,
            withdrawnBarCount: withdrawnBarCount, symbolCount: barCounts.count { $0 > 0 },
            record: decisions.fleet.record, condition: decisions.capital.condition(policy.allocation))
    }

    private func strategyReports(_ allocation: Allocation) -> [StrategyReport] {
        let names = strategies.keys.sorted()
        let total = names.reduce(0.0) { $0 + (strategies[$1]?.statistics.pnlSumBps.magnitude ?? 0) }
        return names.compactMap { name in
            let weight = allocation.agents.reduce(0.0) { $0 + ($1.strategyClass == name ? $1.weight : 0) }
            return strategies[name]?.report(strategyClass: name, totalMagnitude: total, weight: weight)
        }
    }
}

extension Verdict {
    /// Before the first grid point has judged an agent.
    static let none = Verdict(
        kind: .insufficientEvidence, stage: .candidate, stageSince: nil, gates: [], reason: "not judged yet",
        drawdownSigmas: .insufficient(count: 0, needed: 1), isInWarningBand: false, trialCount: 0,
        standingDecision: nil)
}

/// Kills that people decided since the last grid point: the weight goes to cash at once, everything else waits. A kill
/// that was taken back before it was acted on never was.
enum Overlay {
    static func apply(
        _ decisions: [HumanDecision], to reports: inout [AgentReport], _ allocation: inout Allocation,
        newNames: [AgentID: AgentID]
    ) {
        for index in reports.indices {
            let concerning = decisions.filter { concerns($0, reports[index], newNames) }
            guard let last = concerning.last(where: { $0.kind == .kill || $0.kind == .revive }), last.kind == .kill,
                reports[index].verdict.stage != .killed
            else { continue }
            reports[index].verdict.stage = .killed
            reports[index].verdict.kind = .kill
            reports[index].verdict.stageSince = last.at
            reports[index].verdict.standingDecision = .kill
            reports[index].verdict.reason = "killed by \(last.author): \(last.reason)"
            takeAway(from: reports[index].agent, &allocation, at: last.at)
        }
    }

    private static func takeAway(from agent: AgentID, _ allocation: inout Allocation, at time: Timestamp) {
        guard let place = allocation.agents.firstIndex(where: { $0.agent == agent }) else { return }
        let weight = allocation.agents[place].weight
        guard weight > 0 else { return }
        allocation.agents[place].weight = 0
        allocation.agents[place].chain.append(
            AllocationLink(
                step: .stage, weight: 0, reason: "killed at \(time), since the last decision",
                finalWeightWithout: weight))
        allocation.cash = min(1, allocation.cash + weight)
    }

    private static func concerns(
        _ decision: HumanDecision, _ report: AgentReport, _ newNames: [AgentID: AgentID]
    ) -> Bool {
        switch decision.scope {
        case .agent(let agent):
            Fold.newestName(of: agent, in: newNames) == Fold.newestName(of: report.agent, in: newNames)
        case .strategy(let strategyClass): report.strategyClass == strategyClass
        }
    }
}
