import Domain
import Operation
import Synchronization

/// Alerts and their outbox in memory, as the ledger keeps them.
final class AlertLedger: Sendable {
    struct State {
        var records: [AlertRecord] = []
        var messages: [AlertMessage] = []
        /// By their bytes.
        var identities: Set<[UInt8]> = []
        /// Commits that still succeed; `nil` for all.
        var commitsLeft: Int?
        /// Every message ever offered, those that were there already included.
        var offered = 0
    }

    private let mutex = Mutex(State())

    func with<Value: Sendable>(_ body: (inout State) throws -> Value) rethrows -> Value {
        try mutex.withLock { state in try body(&state) }
    }

    var log: AlertLog {
        AlertLog(
            records: { self.with { $0.records } },
            commit: { records, messages in try self.commit(records, messages) },
            due: { now, limit in
                self.with { state in
                    Array(state.messages.filter { $0.deliveredAt == nil && $0.nextAttemptAt <= now }.prefix(limit))
                }
            },
            update: { message in
                self.with { state in
                    for index in state.messages.indices where state.messages[index].id == message.id {
                        state.messages[index] = message
                    }
                }
            },
            messages: { limit in self.with { Array($0.messages.reversed().prefix(limit)) } },
            undeliveredCount: { self.with { $0.messages.count { $0.deliveredAt == nil } } },
            prune: { before in
                self.with { state in state.messages.removeAll { $0.deliveredAt.map { $0 < before } ?? false } }
            })
    }

    private func commit(_ records: [AlertRecord], _ messages: [AlertMessage]) throws {
        try with { state in
            if let left = state.commitsLeft {
                guard left > 0 else { throw Interruption() }
                state.commitsLeft = left - 1
            }
            for record in records {
                state.records.removeAll {
                    $0.kind == record.kind && Array($0.subject.utf8) == Array(record.subject.utf8)
                }
                state.records.append(record)
            }
            state.records.sort { ($0.kind, $0.subject) < ($1.kind, $1.subject) }
            for message in messages {
                state.offered += 1
                let key = Array((message.channel + "/" + message.identity).utf8)
                guard state.identities.insert(key).inserted else { continue }
                var message = message
                message.id = Int64(state.messages.count + 1)
                state.messages.append(message)
            }
        }
    }
}

/// Reports and states to raise alerts with.
enum AlertSample {
    static let start = Timestamp(seconds: 1_761_350_400)  // 2025-10-25T00:00:00Z

    static func agentID(_ name: String) -> AgentID {
        guard let agent = AgentID(name) else { preconditionFailure("not a name: \(name)") }
        return agent
    }

    static func symbol(_ name: String) -> Symbol {
        guard let symbol = Symbol(name) else { preconditionFailure("not a symbol: \(name)") }
        return symbol
    }

    static func verdict(
        _ kind: VerdictKind, _ stage: Stage, reason: String = "as it is", sigmas: Double? = 3,
        isNearLimit: Bool = false, standing: DecisionKind? = nil
    ) -> Verdict {
        Verdict(
            kind: kind, stage: stage, stageSince: start - .days(2),
            gates: [
                Gate(
                    name: "error_rate", value: .known(0), comparison: .atMost, threshold: 0, isRequired: true,
                    isPassed: true, isWaived: false)
            ], reason: reason,
            drawdownSigmas: sigmas.map { .known($0) } ?? .insufficient(count: 3, needed: 20),
            isInWarningBand: isNearLimit, trialCount: 3, standingDecision: standing, lossEValue: .known(21.5),
            lossThreshold: 20)
    }

    static func card(lastSignalAt: Timestamp?, signals: Int = 100, open: Int) -> Scorecard {
        let few = Evidence<Estimate>.insufficient(count: 0, needed: 10)
        return Scorecard(
            signalCount: lastSignalAt == nil ? 0 : signals, unattestedCount: 0, pendingCount: 0, rejections: [:],
            firstSignalAt: lastSignalAt.map { $0 - .hours(Int64(signals - 1)) }, lastSignalAt: lastSignalAt,
            openSignalCount: open, outcomeCount: 0, pnlSumBps: 0, pnlSumBpsByCostFactor: [], hitRate: few,
            averageReturnBps: few, averageAbsoluteErrorBps: few, averageErrorBps: few, informationCoefficient: few,
            brierScore: few, forecasterVersion: nil, diagnostics: [], errorRate: .insufficient(count: 0, needed: 1),
            averageLatencyMilliseconds: nil, totalCostUSD: nil,
            book: BookSummary(
                markCount: 0, lastMarkAt: nil, totalReturnNet: 0, totalReturnGross: 0, marketPartSum: 0,
                residualPartSum: 0, beta: nil, sharpeRatio: few, dailyVolatility: .insufficient(count: 0, needed: 2),
                maximalDrawdown: 0, currentDrawdown: 0, exposedShare: 0, averageTurnover: 0, staleMarkCount: 0,
                abandonedPositionCount: 0, importedPositionCount: 0, isRuined: false))
    }

    static func agent(
        _ name: String, _ verdict: Verdict, isAsleep: Bool = false, card: Scorecard? = nil
    ) -> AgentReport {
        AgentReport(
            agent: agentID(name), version: nil, trackNumber: 1, strategyClass: "trend", isAsleep: isAsleep,
            scorecard: card ?? self.card(lastSignalAt: start, open: 1),
            multiplier: ConfidenceMultiplier(
                value: 1, skill: .insufficient(count: 0, needed: 10), effectiveSignals: 0),
            verdict: verdict, movesWith: [],
            significance: SharpeSignificance(
                probabilityAboveZero: .insufficient(count: 0, needed: 20),
                deflatedProbability: .insufficient(count: 0, needed: 20), trialCount: 1,
                minimumTrackRecordDays: nil))
    }

    static func strategy(_ name: String, sigmas: Double?) -> StrategyReport {
        let few = Evidence<Estimate>.insufficient(count: 0, needed: 10)
        let none = Evidence<Double>.insufficient(count: 12, needed: 100)
        return StrategyReport(
            strategyClass: name, agentCount: 2, outcomeCount: sigmas == nil ? 12 : 412, pnlSumBps: -350,
            contribution: nil, hitRate: few, averageErrorBps: few,
            shortfallCVaR95: sigmas.map { .known($0 * 150) } ?? none, shortfallCVaR99: none,
            shortfallCVaR95Sigmas: sigmas.map { .known($0) } ?? none, weight: 0.125)
    }

    static func forecaster(reason: String, isTried: Bool, isRidge: Bool = false) -> ForecasterReport {
        let ridge = RidgeModel(
            intercept: 0, features: [], l2Penalty: 1, maximalBps: 250, outcomeCount: 400, trainedFrom: start,
            trainedThrough: start, fittedAt: start, dataDigest: "0")
        return ForecasterReport(
            inForce: Forecaster(
                version: "score-linear@1", fallback: ScoreLinear(bpsPerScore: 25, maximalBps: 250),
                ridge: isRidge ? ridge : nil),
            outcomeCount: 400, outOfSampleCount: isTried ? 380 : 0,
            candidates: isTried ? [.init(name: "zero", meanSquaredErrorBps: 31_000)] : [], reason: reason)
    }

    static func report(
        _ agents: [AgentReport] = [], strategies: [StrategyReport] = [], forecaster: ForecasterReport? = nil,
        fleetSigmas: Double? = nil, weights: [String: Double] = [:], asOf: Timestamp = start
    ) -> Report {
        let allocation = Allocation(
            agents: weights.sorted { $0.key < $1.key }.map {
                AgentAllocation(agent: agentID($0.key), strategyClass: "trend", weight: $0.value, chain: [])
            }, cash: 0.4, passThroughSteps: [], lookThrough: .none)
        let fleet = FleetReport(
            agentCount: agents.count, awakeCount: agents.count, signalCount: 0, unattestedCount: 0, outcomeCount: 0,
            pendingCount: 0, rejections: [:], barCount: 0, correctedBarCount: 0, symbolCount: 1,
            record: FleetRecord(
                markCount: 120, totalReturnNet: -0.031, sharpeRatio: .insufficient(count: 0, needed: 20),
                maximalDrawdown: 0.062, averageCash: nil, averageTurnover: nil, equalWeightTotalReturnNet: 0),
            condition: FleetCondition(
                drawdownSigmas: fleetSigmas.map { .known($0) } ?? .insufficient(count: 3, needed: 20)))
        return Report(
            asOf: asOf, decidedAt: asOf, policyName: "standard@1", policyFingerprint: "0", methodVersion: 2,
            facts: FactsDigest(), factCounts: [:], fleet: fleet, agents: agents, strategies: strategies,
            forecaster: forecaster ?? self.forecaster(reason: "score-linear: 12 of the 300 outcomes", isTried: false),
            allocation: allocation, findings: [])
    }

    static func killed(_ name: String, byPerson: Bool = false) -> AgentReport {
        agent(
            name,
            verdict(
                .kill, .killed,
                reason: byPerson
                    ? "killed: by ada at 2025-10-23T00:00:00Z (\"broken\"); until a revive"
                    : "killed: fell by 31.2 >= 30 sigmas; until a revive",
                standing: byPerson ? .kill : nil))
    }

    static func prices(_ name: String, hours: Int64, now: Timestamp, open: Int = 2) -> PriceStanding {
        PriceStanding(
            symbol: symbol(name), openSignalCount: open, newestCloseAt: now - .hours(hours),
            lackingSince: now - .hours(hours))
    }

    static func run(
        _ job: JobName, _ outcome: JobOutcome, at minute: Int64, _ detail: String = "disk full"
    ) -> JobRun {
        JobRun(
            job: job, dueAt: start, coversFrom: start, attempt: 1, startedAt: start + .minutes(minute),
            endedAt: start + .minutes(minute + 1), outcome: outcome, detail: detail)
    }
}
