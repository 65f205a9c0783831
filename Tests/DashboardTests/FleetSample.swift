import Dashboard
import Domain
import Operation

/// A small fleet to show.
enum FleetSample {
    static let start = Timestamp(seconds: 1_761_350_400)

    static func agentID(_ name: String) -> AgentID {
        guard let agent = AgentID(name) else { preconditionFailure("not a name: \(name)") }
        return agent
    }

    static func symbol(_ name: String) -> Symbol {
        guard let symbol = Symbol(name) else { preconditionFailure("not a symbol: \(name)") }
        return symbol
    }

    static func agent(
        _ name: String, multiplier: Double, stage: Stage = .promoted, isAsleep: Bool = false, isWarned: Bool = false
    ) -> AgentReport {
        let few = Evidence<Estimate>.insufficient(count: 0, needed: 10)
        let card = Scorecard(
            signalCount: 1, unattestedCount: 0, pendingCount: 0, rejections: [:], firstSignalAt: nil,
            lastSignalAt: nil, openSignalCount: 1, outcomeCount: 0, pnlSumBps: 0, pnlSumBpsByCostFactor: [],
            hitRate: few, averageReturnBps: few, averageAbsoluteErrorBps: few, averageErrorBps: few,
            informationCoefficient: few, brierScore: few, forecasterVersion: nil, diagnostics: [],
            errorRate: .insufficient(count: 0, needed: 1), averageLatencyMilliseconds: nil, totalCostUSD: nil,
            book: BookSummary(
                markCount: 0, lastMarkAt: nil, totalReturnNet: 0, totalReturnGross: 0, marketPartSum: 0,
                residualPartSum: 0, beta: nil, sharpeRatio: few, dailyVolatility: .insufficient(count: 0, needed: 2),
                maximalDrawdown: 0, currentDrawdown: 0, exposedShare: 0, averageTurnover: 0, staleMarkCount: 0,
                abandonedPositionCount: 0, importedPositionCount: 0, isRuined: false))
        let verdict = Verdict(
            kind: stage == .killed ? .kill : .hold, stage: stage, stageSince: nil, gates: [], reason: "as it is",
            drawdownSigmas: .insufficient(count: 3, needed: 20), isInWarningBand: isWarned, trialCount: 3,
            standingDecision: nil)
        return AgentReport(
            agent: agentID(name), version: nil, trackNumber: 0, strategyClass: "trend", isAsleep: isAsleep,
            scorecard: card,
            multiplier: ConfidenceMultiplier(
                value: multiplier, skill: .insufficient(count: 0, needed: 10), effectiveSignals: 0),
            verdict: verdict, movesWith: [], significance: SharpeSignificance(
                probabilityAboveZero: .insufficient(count: 0, needed: 20),
                deflatedProbability: .insufficient(count: 0, needed: 20), trialCount: 3, minimumTrackRecordDays: nil))
    }

    /// - Parameter weights: By agent; the rest is cash.
    static func report(
        _ agents: [AgentReport], weights: [String: Double], drawdownSigmas: Double? = nil, markCount: Int = 0,
        findings: [Finding] = []
    ) -> Report {
        let names = weights.keys.map(agentID).sorted()
        let allocation = Allocation(
            agents: names.map {
                AgentAllocation(agent: $0, strategyClass: "trend", weight: weights[$0.name] ?? 0, chain: [])
            }, cash: 1 - names.reduce(0) { $0 + (weights[$1.name] ?? 0) }, passThroughSteps: [], lookThrough: .none)
        return Report(
            asOf: start, decidedAt: start - .hours(5), policyName: "standard@1", policyFingerprint: "f",
            methodVersion: 2, facts: FactsDigest(), factCounts: [.bar: 700, .signal: 40],
            fleet: FleetReport(
                agentCount: agents.count, awakeCount: agents.count { !$0.isAsleep }, signalCount: 40,
                unattestedCount: 15, outcomeCount: 30, pendingCount: 6, rejections: [.missingEntry: 3, .late: 1],
                barCount: 700, correctedBarCount: 2, symbolCount: 3,
                record: FleetRecord(
                    markCount: markCount, totalReturnNet: 0.125, sharpeRatio: .insufficient(count: 0, needed: 20),
                    maximalDrawdown: 0.0625, averageCash: nil, averageTurnover: nil, equalWeightTotalReturnNet: 0),
                condition: FleetCondition(
                    drawdownSigmas: drawdownSigmas.map { .known($0) } ?? .insufficient(count: 3, needed: 20))),
            agents: agents.sorted { $0.agent < $1.agent }, strategies: [],
            forecaster: ForecasterReport(
                inForce: Forecaster(
                    version: "score-linear@1", fallback: ScoreLinear(bpsPerScore: 25, maximalBps: 250), ridge: nil),
                outcomeCount: 0, outOfSampleCount: 0, candidates: [], reason: "too few outcomes"),
            allocation: allocation, findings: findings)
    }

    static func price(_ name: String, closedAt: Timestamp?, state: InstrumentState = .trading) -> WatchedPrice {
        WatchedPrice(
            watch: PriceWatch(
                symbol: symbol(name), firstLookedAt: start - .days(1), lookedAt: start, state: state, venue: .kraken),
            newestCloseAt: closedAt)
    }

    static func gap(_ name: String, hours: Int64) -> PriceGap {
        let from = (start - .days(2)).floored(to: .hours(1))
        return PriceGap(
            symbol: symbol(name), range: OpeningRange(from: from, through: from + .hours(hours), barLength: .hours(1)),
            attempts: 1, firstAskedAt: start, lastAskedAt: start, nextAskAt: start + .hours(1), reason: "none")
    }

    static func run(_ job: JobName, _ outcome: JobOutcome, took milliseconds: Int64? = 1_500) -> JobRun {
        JobRun(
            id: 1, job: job, dueAt: start, coversFrom: start - .hours(1), attempt: 2, startedAt: start,
            endedAt: milliseconds.map { start + Span(milliseconds: $0) }, outcome: outcome,
            detail: "wrote /srv/somebody/secret-token")
    }

    static func standing(_ job: JobName, lastRun: JobRun?, runningSince: Timestamp? = nil) -> WatchedJob {
        WatchedJob(
            job: job, schedule: "every 5m", lastRun: lastRun, lastSuccessAt: lastRun?.endedAt,
            runningSince: runningSince, nextDueAt: start + .minutes(5))
    }

    static func alert(_ kind: AlertKind, _ state: AlertRecord.State) -> AlertRecord {
        AlertRecord(
            kind: kind, subject: "a", state: state, episode: 1, raisedAt: start, title: "title", text: "text")
    }
}
