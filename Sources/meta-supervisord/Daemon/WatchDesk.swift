import Composition
import Dashboard
import Domain
import Ledger
import Logging
import MarketData
import Operation
import Scheduling
import Settings
import Synchronization

/// The daemon's numbers, and what it answers to those who watch it.
final class WatchDesk: Sendable {

    private let workspace: Workspace
    private let schedules: [JobName: JobPlan]
    private let metrics: FleetMetrics
    private let breakers = Mutex<[Venue: BreakerState]>([:])
    /// When the scheduler last said that it cannot keep its records: once a minute, while that is so.
    private let recordFailedAt = Mutex<Timestamp?>(nil)

    init(_ workspace: Workspace, schedules: [JobName: JobPlan]) {
        self.workspace = workspace
        self.schedules = schedules
        let settings = workspace.settings.runtime
        let logger = workspace.logger
        // Room for every agent that is to have a series, and the others' sum: what is refused is in no sum.
        let limits = PrometheusRegistry.Limits(seriesPerFamily: max(1_000, settings.server.metricAgents + 1))
        metrics = FleetMetrics(
            registry: PrometheusRegistry(limits: limits, report: { logger.warning("\($0)") }),
            agentsMax: settings.server.metricAgents, startedAt: workspace.clock.now(), version: Program.version,
            methodVersion: Report.methodVersion, venues: settings.prices.venues)
    }

    // MARK: What happened

    /// For the clients of the venues.
    var venueObserver: VenueObserver {
        VenueObserver(
            request: { [self] venue, outcome, took in
                if let outcome = VenueRequestOutcome(outcome) { metrics.recordRequest(to: venue, outcome, took: took) }
            },
            breaker: { [self] venue, breaker in
                breakers.withLock { breakers in
                    breakers[venue] = BreakerState(breaker)
                    metrics.update(breakers: breakers)
                }
            })
    }

    func take(_ report: Report) { metrics.update(report: report) }

    func note(_ counts: IngestCounts, of kind: SourceKind) { metrics.record(counts, of: kind) }

    /// No job starts as long as this goes on. From the scheduler's thread: at once.
    func noteRecordFailure() {
        let now = workspace.clock.now()
        recordFailedAt.withLock { $0 = now }
    }

    /// A run of a job ended.
    func note(_ run: JobRun) {
        metrics.record(run)
        if run.job == .supervise, [.failed, .timedOut].contains(run.outcome), let endedAt = run.endedAt {
            metrics.recordCycle(.failed, took: endedAt - run.startedAt, endedAt: endedAt)
        }
    }

    func note(_ result: Cycle.Result, startedAt: Timestamp, endedAt: Timestamp) {
        metrics.recordCycle(
            .succeeded, took: endedAt - startedAt, endedAt: endedAt, newOutcomeCount: result.newOutcomeCount,
            isRestored: result.restoredFrom != nil)
    }

    // MARK: What is answered

    func sources(lastHeartbeat: @escaping @Sendable () async -> Timestamp?) -> WatchSources {
        WatchSources(
            lastHeartbeat: lastHeartbeat,
            readiness: { try await BlockingWork.run("readiness") { _ in self.readiness() } },
            metrics: { try await BlockingWork.run("metrics") { _ in self.scrape() } },
            jobs: { try await BlockingWork.run("jobs") { _ in try self.jobs() } })
    }

    private func readiness() -> [ReadinessCheck] {
        let runs = try? workspace.ledger.jobLog.recent(.supervise, 50)
        let succeeded = runs?.first { $0.outcome == .succeeded }
        let limit = Span(minutes: workspace.settings.runtime.server.readyWithinMinutes)
        let now = workspace.clock.now()
        let standard = ReadinessCheck.standard(
            ledgerAnswers: runs != nil, lastCycleAt: succeeded?.endedAt, now: now, within: limit, isLockHeld: true)
        return standard + [clockCheck(now), recordCheck(now)]
    }

    private func recordCheck(_ now: Timestamp) -> ReadinessCheck {
        let failedAt = recordFailedAt.withLock { $0 }
        let isPassed = failedAt.map { abs((now - $0).milliseconds) > 120_000 } ?? true
        return ReadinessCheck(
            name: "records", isPassed: isPassed,
            detail: isPassed
                ? "runs of jobs are recorded" : "no job starts: its run cannot be recorded; the log says why")
    }

    /// Cycles go on succeeding behind a ledger that was written by a clock ahead of this one, and decide nothing until
    /// the clock gets there.
    private func clockCheck(_ now: Timestamp) -> ReadinessCheck {
        let recordedAt = try? workspace.ledger.factLog.lastRecordedAt()
        let isPassed = recordedAt.map { $0 - now <= .minutes(1) } ?? true
        return ReadinessCheck(
            name: "clock", isPassed: isPassed,
            detail: isPassed
                ? "the clock is not behind the ledger"
                : "the clock is behind the ledger: nothing is decided until it has caught up")
    }

    private func jobs() throws -> [WatchedJob] {
        let now = workspace.clock.now()
        return try JobName.allCases.map { job in
            let runs = try workspace.ledger.jobLog.recent(job, 200)
            return WatchedJob(job, plan: schedules[job], runs: runs, now: now)
        }
    }

    /// What the ledger cannot say now is left as it was said last.
    private func scrape() -> [UInt8] {
        let ledger = workspace.ledger
        let now = workspace.clock.now()
        part("jobs") {
            let jobs = try jobs()
            metrics.update(jobs: jobs)
            if let time = jobs.first(where: { $0.job == .supervise })?.lastSuccessAt {
                metrics.update(lastCycleAt: time)
            }
        }
        part("alerts") {
            metrics.update(
                alerts: try ledger.alertLog.records(), undeliveredCount: try ledger.alertLog.undeliveredCount())
        }
        part("prices") {
            let watched = try ledger.priceLog.watches().map { watch in
                let newest = try ledger.priceLog.newestBar(watch.symbol, now)
                return WatchedPrice(watch: watch, newestCloseAt: newest?.closeAt)
            }
            metrics.update(prices: watched, gaps: try ledger.priceLog.gaps(nil))
        }
        part("quarantine") { metrics.update(quarantinedLineCount: try ledger.quarantinedLineCount()) }
        metrics.update(ledgerBytes: ledger.sizeInBytes())
        return metrics.registry.render()
    }

    private func part(_ name: String, _ body: () throws -> Void) {
        do {
            try body()
        } catch {
            workspace.logger.warning("the metrics of \(name) are those of an earlier scrape: \(error)")
        }
    }
}

extension WatchedJob {
    /// From the recorded runs alone, as the scheduler sees it too. What is owed is due at its own time, past or not.
    init(_ job: JobName, plan: JobPlan?, runs: [JobRun], now: Timestamp) {
        var nextDueAt: Timestamp?
        switch plan?.decide(now: now, recent: runs) {
        case .waits(let next): nextDueAt = next
        case .run(let due), .misses(let due): nextDueAt = due.dueAt
        case .retries(let time, _): nextDueAt = time
        case .isRunning, nil: nextDueAt = nil
        }
        self.init(
            job: job, schedule: plan?.schedule.description ?? "off", lastRun: runs.first,
            lastSuccessAt: runs.first { $0.outcome == .succeeded }?.endedAt,
            runningSince: runs.first { $0.outcome == .running }?.startedAt, nextDueAt: nextDueAt)
    }
}

extension VenueRequestOutcome {
    /// `nil` for what was cancelled by ourselves.
    fileprivate init?(_ outcome: VenueObserver.Outcome) {
        switch outcome {
        case .answered: self = .answered
        case .timedOut, .connection, .server: self = .unreachable
        case .limited: self = .limited
        case .malformed: self = .malformed
        case .refused: self = .refused
        case .cancelled: return nil
        }
    }
}

extension BreakerState {
    fileprivate init(_ breaker: VenueObserver.Breaker) {
        switch breaker {
        case .closed: self = .closed
        case .open: self = .open
        case .probing: self = .probing
        }
    }
}
