package import Domain
import Metrics
package import Operation

/// Our numbers, from the values that the program has anyway. What it is not told of is not shown.
package struct FleetMetrics: Sendable {
    package let registry: PrometheusRegistry
    let agentsMax: Int
    let symbolsMax: Int

    /// What stands for all that have no series of their own. An agent of that very name never gets one.
    static let other = "other"

    /// - Parameters:
    ///   - agentsMax: Agents with series of their own: those with the largest weights.
    ///   - symbolsMax: Symbols with series of their own, in the order of their names: a set that changes with every
    ///     price would make new series for ever.
    package init(
        registry: PrometheusRegistry, agentsMax: Int, symbolsMax: Int = 200, startedAt: Timestamp, version: String,
        methodVersion: Int, venues: [Venue]
    ) {
        precondition(agentsMax >= 0 && symbolsMax >= 0, "Invariant: a bound is not negative")
        self.registry = registry
        self.agentsMax = agentsMax
        self.symbolsMax = symbolsMax
        registry.describe(FleetMetric.all)
        registry.replace(
            [FleetMetric.build.name, FleetMetric.startedAt.name],
            with: [
                Reading(FleetMetric.build, [("version", version), ("method_version", String(methodVersion))], 1),
                Reading(FleetMetric.startedAt, FleetMetrics.seconds(startedAt)),
            ])
        beginCounters(venues)
    }

    /// A counter that appears with its first event hides that event from `rate`: those we know of begin at 0.
    private func beginCounters(_ venues: [Venue]) {
        for venue in venues {
            for outcome in VenueRequestOutcome.allCases {
                count(0, FleetMetric.requests, [("venue", venue.rawValue), ("outcome", outcome.rawValue)])
            }
        }
        for job in JobName.allCases {
            for outcome in JobOutcome.allCases where outcome != .running {
                count(0, FleetMetric.jobRuns, [("job_name", job.rawValue), ("outcome", outcome.rawValue)])
            }
        }
        for kind in SourceKind.allCases { record(IngestCounts(), of: kind) }
        count(0, FleetMetric.cycleNewOutcomes, [])
        for venue in venues { _ = timer(FleetMetric.requestDuration, [("venue", venue.rawValue)]) }
        for outcome in CycleOutcome.allCases { _ = timer(FleetMetric.cycleDuration, [("outcome", outcome.rawValue)]) }
    }

    /// A cycle that ended. `newOutcomeCount` and `isRestored` say what a successful one did.
    package func recordCycle(
        _ outcome: CycleOutcome, took duration: Span, endedAt: Timestamp, newOutcomeCount: Int = 0,
        isRestored: Bool? = nil
    ) {
        observe(duration, FleetMetric.cycleDuration, [("outcome", outcome.rawValue)])
        guard outcome == .succeeded else { return }
        count(newOutcomeCount, FleetMetric.cycleNewOutcomes, [])
        update(lastCycleAt: endedAt)
        if let isRestored {
            registry.replace(
                [FleetMetric.cycleRestored.name], with: [Reading(FleetMetric.cycleRestored, isRestored ? 1 : 0)])
        }
    }

    /// The last success as the ledger knows it, before this process has had one.
    package func update(lastCycleAt: Timestamp) {
        registry.replace(
            [FleetMetric.cycleSucceededAt.name],
            with: [Reading(FleetMetric.cycleSucceededAt, FleetMetrics.seconds(lastCycleAt))])
    }

    package func record(_ counts: IngestCounts, of kind: SourceKind) {
        let fates = [
            ("accepted", counts.accepted), ("blank", counts.blank), ("duplicate", counts.duplicates),
            ("header", counts.header), ("ignored", counts.ignored), ("rejected", counts.quarantined),
        ]
        for (fate, number) in fates {
            count(number, FleetMetric.lines, [("kind", kind.rawValue), ("fate", fate)])
        }
        count(counts.late, FleetMetric.lateSignals, [("kind", kind.rawValue)])
    }

    package func update(ledgerBytes: Int64) {
        registry.replace(
            [FleetMetric.ledgerBytes.name], with: [Reading(FleetMetric.ledgerBytes, Double(ledgerBytes))])
    }

    package func update(quarantinedLineCount: Int) {
        registry.replace(
            [FleetMetric.quarantined.name], with: [Reading(FleetMetric.quarantined, Double(quarantinedLineCount))])
    }

    package func recordRequest(to venue: Venue, _ outcome: VenueRequestOutcome, took duration: Span) {
        count(1, FleetMetric.requests, [("venue", venue.rawValue), ("outcome", outcome.rawValue)])
        observe(duration, FleetMetric.requestDuration, [("venue", venue.rawValue)])
    }

    package func update(breakers: [Venue: BreakerState]) {
        let readings = breakers.keys.sorted().flatMap { venue in
            BreakerState.allCases.map { state in
                Reading(
                    FleetMetric.breaker, [("venue", venue.rawValue), ("state", state.rawValue)],
                    breakers[venue] == state ? 1 : 0)
            }
        }
        registry.replace([FleetMetric.breaker.name], with: readings)
    }

    /// An attempt that ended.
    package func record(_ run: JobRun) {
        guard run.outcome != .running else { return }
        count(1, FleetMetric.jobRuns, [("job_name", run.job.rawValue), ("outcome", run.outcome.rawValue)])
    }

    package func update(jobs: [WatchedJob]) {
        var readings: [PrometheusRegistry.Reading] = []
        for standing in jobs {
            let job = [("job_name", standing.job.rawValue)]
            readings.append(Reading(FleetMetric.jobRunning, job, standing.runningSince == nil ? 0 : 1))
            if let time = standing.lastSuccessAt {
                readings.append(Reading(FleetMetric.jobSucceededAt, job, FleetMetrics.seconds(time)))
            }
            if let time = standing.nextDueAt {
                readings.append(Reading(FleetMetric.jobDueAt, job, FleetMetrics.seconds(time)))
            }
            if let run = standing.lastRun, let end = run.endedAt {
                readings.append(Reading(FleetMetric.jobDuration, job, FleetMetrics.seconds(end - run.startedAt)))
            }
        }
        let metrics = [
            FleetMetric.jobRunning, FleetMetric.jobSucceededAt, FleetMetric.jobDueAt, FleetMetric.jobDuration,
        ]
        registry.replace(metrics.map(\.name), with: readings)
    }

    package func update(alerts: [AlertRecord], undeliveredCount: Int) {
        var readings = AlertKind.allCases.map { kind in
            let count = alerts.count { $0.kind == kind && $0.state == .raised }
            return Reading(FleetMetric.standingAlerts, [("kind", kind.rawValue)], Double(count))
        }
        readings.append(Reading(FleetMetric.undelivered, Double(undeliveredCount)))
        registry.replace([FleetMetric.standingAlerts.name, FleetMetric.undelivered.name], with: readings)
    }

    private func count(_ number: Int, _ metric: MetricDescription, _ labels: [(String, String)]) {
        Counter(label: metric.name, dimensions: labels, factory: registry).increment(by: number)
    }

    private func observe(_ duration: Span, _ metric: MetricDescription, _ labels: [(String, String)]) {
        // A clock set back while something ran.
        timer(metric, labels).recordMilliseconds(max(0, duration.milliseconds))
    }

    private func timer(_ metric: MetricDescription, _ labels: [(String, String)]) -> Metrics.Timer {
        Metrics.Timer(label: metric.name, dimensions: labels, factory: registry)
    }

    static func seconds(_ time: Timestamp) -> Double { Double(time.milliseconds) / 1_000 }
    static func seconds(_ span: Span) -> Double { Double(max(0, span.milliseconds)) / 1_000 }
}

typealias Reading = PrometheusRegistry.Reading

extension PrometheusRegistry.Reading {
    init(_ metric: MetricDescription, _ value: Double) { self.init(metric.name, [], value) }

    init(_ metric: MetricDescription, _ labels: [(String, String)], _ value: Double) {
        self.init(metric.name, labels, value)
    }
}
