/// All of our metrics: what each is called, counts and means. `_seconds`, `_bytes` and `_ratio` are base units (a
/// ratio of 1 is the whole); times are seconds since 1970-01-01 00:00 UTC, so that an age goes on growing when nobody
/// tells it. A value that is not known is absent, never zero.
package enum FleetMetric {
    package static let prefix = "meta_supervisor_"

    package static let all: [MetricDescription] =
        [PrometheusRegistry.refused] + process + cycle + fleet + agents + ingestion + prices + venues + jobs + alerts

    private static func gauge(_ name: String, _ help: String) -> MetricDescription { gauge(name, [], help) }

    private static func gauge(_ name: String, _ labels: [String], _ help: String) -> MetricDescription {
        MetricDescription(.gauge, prefix + name, labels: labels, help: help)
    }

    private static func counter(_ name: String, _ help: String) -> MetricDescription { counter(name, [], help) }

    private static func counter(_ name: String, _ labels: [String], _ help: String) -> MetricDescription {
        MetricDescription(.counter, prefix + name, labels: labels, help: help)
    }

    private static func durations(_ name: String, _ labels: [String], _ help: String) -> MetricDescription {
        MetricDescription(
            .histogram, prefix + name, labels: labels, buckets: MetricDescription.durationBuckets, help: help)
    }
}

// The process and its cycles.
extension FleetMetric {
    static let build = gauge(
        "build_info", ["version", "method_version"],
        "Always 1. The method version rises when a number changes for the same facts and policy.")
    static let startedAt = gauge("start_timestamp_seconds", "When this process started.")
    static let ledgerBytes = gauge("ledger_bytes", "Size of the ledger, its write-ahead log included.")
    static let process = [build, startedAt, ledgerBytes]

    static let cycleDuration = durations(
        "cycle_duration_seconds", ["outcome"], "How long cycles took, from reading the ledger to the files written.")
    static let cycleSucceededAt = gauge(
        "cycle_last_success_timestamp_seconds", "When the last cycle that succeeded ended, this process or before.")
    static let cycleRestored = gauge(
        "cycle_snapshot_restored", "1 if the last cycle went on from a snapshot, 0 if it folded from the first fact.")
    static let cycleNewOutcomes = counter("cycle_new_outcomes_total", "Outcomes that cycles made final.")
    static let cycle = [cycleDuration, cycleSucceededAt, cycleRestored, cycleNewOutcomes]
}

// What the last report says of the fleet.
extension FleetMetric {
    static let reportAsOf = gauge("report_as_of_timestamp_seconds", "The moment the last report is about.")
    static let decidedAt = gauge("decision_timestamp_seconds", "When the weights in force were decided.")
    static let facts = gauge("facts", ["kind"], "Facts known at the last report.")
    static let signals = gauge(
        "signals", ["attestation"], "Signals known: seen as they were written (attested), or history (unattested).")
    static let outcomes = gauge("outcomes", ["state"], "Signals whose answer is final, and those that wait for it.")
    static let rejectedSignals = gauge("signals_rejected", ["reason"], "Signals that have no outcome and get none.")
    static let symbols = gauge("symbols", "Symbols with at least one bar.")
    static let correctedBars = gauge("bars_corrected", "Bars repeated with other prices; the first known counts.")
    static let findings = gauge("findings", ["severity"], "Findings of the last report.")
    static let cash = gauge("cash_ratio", "Capital that no agent holds.")
    static let invested = gauge("invested_ratio", "Capital that agents hold: the sum of their weights.")
    static let netExposure = gauge("net_exposure_ratio", "Net position of the fleet, through the weights.")
    static let grossExposure = gauge("gross_exposure_ratio", "Gross position of the fleet, through the weights.")
    static let stressLoss = gauge(
        "stress_loss_ratio", "Loss if every symbol moves 10 percent against the net exposure of the fleet.")
    static let drawdownSigmas = gauge(
        "fleet_drawdown_sigmas", "Fall of the paper record from its best point, in daily volatilities.")
    static let maximalDrawdown = gauge("fleet_maximal_drawdown_ratio", "Deepest fall of the paper record.")
    static let totalReturn = gauge("fleet_return_ratio", "Return of the paper record since its beginning, net.")
    static let fleet = [
        reportAsOf, decidedAt, facts, signals, outcomes, rejectedSignals, symbols, correctedBars, findings, cash,
        invested, netExposure, grossExposure, stressLoss, drawdownSigmas, maximalDrawdown, totalReturn,
    ]

    static let agentCount = gauge("agents", ["state"], "Agents with an open signal (awake) and without (asleep).")
    static let stages = gauge("agents_by_stage", ["stage"], "Agents by stage.")
    static let verdicts = gauge("agents_by_verdict", ["verdict"], "Agents by the last verdict.")
    static let warned = gauge("agents_in_warning_band", "Agents close to a limit at which they are killed.")
    static let weight = gauge(
        "agent_weight_ratio", ["agent"],
        "Capital an agent holds; agent=\"other\" is the sum of those without a series of their own.")
    static let multiplier = gauge(
        "agent_multiplier", ["agent"], "Confidence multiplier of the agents with the largest weights.")
    static let agents = [agentCount, stages, verdicts, warned, weight, multiplier]
}

// What comes in.
extension FleetMetric {
    static let lines = counter(
        "ingest_lines_total", ["kind", "fate"], "Lines read: blank, header, ignored, accepted, duplicate, rejected.")
    static let lateSignals = counter("ingest_late_total", ["kind"], "Accepted lines that were appended too late.")
    static let quarantined = gauge("quarantined_lines", "Rejected lines that nobody has resolved.")
    static let ingestion = [lines, lateSignals, quarantined]

    static let priceClosedAt = gauge(
        "price_last_close_timestamp_seconds", ["symbol", "venue"],
        "Close of the newest bar; symbol=\"other\" is the oldest of those without a series of their own.")
    static let priceLookedAt = gauge(
        "price_last_look_timestamp_seconds", ["symbol", "venue"], "When a venue last answered for a symbol.")
    static let instruments = gauge("price_instruments", ["state"], "Watched symbols by what their venue says of them.")
    static let gaps = gauge("price_gaps", ["symbol"], "Ranges of bars that no venue has, asked again later.")
    static let missingBars = gauge("price_gap_bars", ["symbol"], "Bars in these ranges.")
    static let prices = [priceClosedAt, priceLookedAt, instruments, gaps, missingBars]

    static let requests = counter("venue_requests_total", ["venue", "outcome"], "Requests to venues, every attempt.")
    static let requestDuration = durations("venue_request_duration_seconds", ["venue"], "How long venues took.")
    static let breaker = gauge(
        "venue_breaker", ["venue", "state"], "1 at the state of the circuit breaker: closed lets requests through.")
    static let venues = [requests, requestDuration, breaker]
}

// What the daemon does and says.
extension FleetMetric {
    static let jobRuns = counter("job_runs_total", ["job_name", "outcome"], "Attempts of jobs that ended.")
    static let jobRunning = gauge("job_running", ["job_name"], "1 while the job runs.")
    static let jobSucceededAt = gauge("job_last_success_timestamp_seconds", ["job_name"], "End of the last success.")
    static let jobDuration = gauge("job_last_duration_seconds", ["job_name"], "How long the last attempt took.")
    static let jobDueAt = gauge("job_next_due_timestamp_seconds", ["job_name"], "When the job is due next.")
    static let jobs = [jobRuns, jobRunning, jobSucceededAt, jobDuration, jobDueAt]

    static let standingAlerts = gauge("alerts", ["kind"], "Alerts that stand.")
    static let undelivered = gauge("messages_undelivered", "Messages in the outbox that no channel has taken yet.")
    static let alerts = [standingAlerts, undelivered]
}
