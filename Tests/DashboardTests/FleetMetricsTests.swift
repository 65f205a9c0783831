import Dashboard
import Domain
import Operation
import Testing

struct FleetMetricsTests {
    static func metrics(agentsMax: Int = 50, symbolsMax: Int = 200) -> FleetMetrics {
        FleetMetrics(
            registry: PrometheusRegistry(), agentsMax: agentsMax, symbolsMax: symbolsMax, startedAt: FleetSample.start,
            version: "0.4.0", methodVersion: 2, venues: [.binance, .kraken])
    }

    /// All there is, told once.
    static func everything() -> FleetMetrics {
        let metrics = metrics()
        metrics.update(
            report: FleetSample.report(
                [FleetSample.agent("aurora", multiplier: 1.05), FleetSample.agent("borealis", multiplier: 0.5)],
                weights: ["aurora": 0.25, "borealis": 0.125], drawdownSigmas: 2.5, markCount: 30,
                findings: [Finding(.warning, .prices, "few")]))
        metrics.recordCycle(
            .succeeded, took: Span(milliseconds: 700), endedAt: FleetSample.start, newOutcomeCount: 4, isRestored: true)
        metrics.update(ledgerBytes: 1_048_576)
        metrics.update(quarantinedLineCount: 3)
        metrics.update(
            prices: [FleetSample.price("BTC", closedAt: FleetSample.start)], gaps: [FleetSample.gap("BTC", hours: 3)])
        metrics.recordRequest(to: .kraken, .answered, took: Span(milliseconds: 120))
        metrics.update(breakers: [.kraken: .closed])
        metrics.record(FleetSample.run(.backup, .failed))
        metrics.update(jobs: [FleetSample.standing(.backup, lastRun: FleetSample.run(.backup, .succeeded))])
        metrics.update(alerts: [FleetSample.alert(.kill, .raised)], undeliveredCount: 2)
        let alerts = FleetMetric.prefix + "alerts"
        metrics.registry.replace([alerts], with: [.init(alerts, [], .nan)])
        metrics.update(alerts: [FleetSample.alert(.kill, .raised)], undeliveredCount: 2)
        return metrics
    }

    private static func page(_ metrics: FleetMetrics) throws -> Exposition { try Exposition(metrics.registry.render()) }

    private static func name(_ name: String) -> String { FleetMetric.prefix + name }

    @Test("Whoever tells all sees exactly the metrics of the table, with their types and help")
    func table() throws {
        let page = try FleetMetricsTests.page(FleetMetricsTests.everything())
        let table = FleetMetric.all.sorted { $0.name < $1.name }
        #expect(page.families.map(\.name) == table.map(\.name))
        #expect(page.families.map(\.type) == table.map(\.kind.rawValue))
        #expect(page.families.map(\.help) == table.map(\.help))
        for (family, description) in zip(page.families, table) {
            let labels = Set(family.samples.flatMap(\.labels).map(\.name)).subtracting(["le"])
            #expect(labels == Set(description.labels), "labels of \(family.name)")
        }
    }

    @Test("Names keep the conventions: our prefix, base units, _total on counters and on nothing else")
    func conventions() {
        for metric in FleetMetric.all {
            #expect(metric.name.hasPrefix("meta_supervisor_"))
            #expect(metric.name.hasSuffix("_total") == (metric.kind == .counter), "\(metric.name)")
            #expect(metric.kind != .histogram || metric.name.hasSuffix("_seconds"), "\(metric.name)")
            #expect(!metric.help.isEmpty && metric.help.hasSuffix("."), "\(metric.name)")
            // Prometheus puts its own there and renames ours.
            #expect(!metric.labels.contains("job") && !metric.labels.contains("instance"), "\(metric.name)")
            let banned = ["milliseconds", "minutes", "hours", "percent", "_ms", "bps", "_count", "_sum", "_bucket"]
            #expect(!banned.contains { metric.name.contains($0) }, "\(metric.name)")
        }
        #expect(Set(FleetMetric.all.map(\.name)).count == FleetMetric.all.count)
    }

    @Test("What nobody told is absent, and counters that can be foreseen begin at zero")
    func absent() throws {
        let page = try FleetMetricsTests.page(FleetMetricsTests.metrics())
        #expect(page.samples(FleetMetricsTests.name("cash_ratio")).isEmpty)
        #expect(page.samples(FleetMetricsTests.name("ledger_bytes")).isEmpty)
        #expect(page.samples(FleetMetricsTests.name("cycle_last_success_timestamp_seconds")).isEmpty)
        let requests = page.samples(FleetMetricsTests.name("venue_requests_total"))
        #expect(requests.count == 2 * VenueRequestOutcome.allCases.count && requests.allSatisfy { $0.value == 0 })
        let failed = FleetMetricsTests.name("cycle_duration_seconds_count")
        #expect(page.value(failed, ["outcome": "failed"]) == 0)
        let build = ["version": "0.4.0", "method_version": "2"]
        #expect(page.value(FleetMetricsTests.name("build_info"), build) == 1)
    }

    @Test("A report is shown with its numbers; evidence that is not there is not shown")
    func report() throws {
        let metrics = FleetMetricsTests.metrics()
        let agents = [
            FleetSample.agent("aurora", multiplier: 1.05),
            FleetSample.agent("borealis", multiplier: 0.5, stage: .killed, isAsleep: true),
            FleetSample.agent("corona", multiplier: 1, stage: .probation, isWarned: true),
        ]
        let weights = ["aurora": 0.25, "borealis": 0, "corona": 0.125]
        metrics.update(report: FleetSample.report(agents, weights: weights, drawdownSigmas: 2.5, markCount: 9))
        var page = try FleetMetricsTests.page(metrics)
        let value = { (name: String, labels: [String: String]) in page.value(FleetMetricsTests.name(name), labels) }
        #expect(value("agent_weight_ratio", ["agent": "aurora"]) == 0.25)
        #expect(value("agent_weight_ratio", ["agent": "other"]) == 0)
        #expect(value("agent_multiplier", ["agent": "borealis"]) == 0.5)
        #expect(value("cash_ratio", [:]) == 0.625 && value("invested_ratio", [:]) == 0.375)
        #expect(value("signals", ["attestation": "attested"]) == 25)
        #expect(value("signals", ["attestation": "unattested"]) == 15)
        #expect(value("outcomes", ["state": "final"]) == 30 && value("outcomes", ["state": "pending"]) == 6)
        #expect(value("signals_rejected", ["reason": "missing-entry"]) == 3)
        #expect(value("signals_rejected", ["reason": "expired"]) == 0)
        #expect(value("facts", ["kind": "bar"]) == 700 && value("facts", ["kind": "telemetry-record"]) == 0)
        #expect(value("agents", ["state": "awake"]) == 2 && value("agents_by_stage", ["stage": "killed"]) == 1)
        #expect(value("agents_in_warning_band", [:]) == 1)
        #expect(value("fleet_drawdown_sigmas", [:]) == 2.5 && value("fleet_maximal_drawdown_ratio", [:]) == 0.0625)
        #expect(value("report_as_of_timestamp_seconds", [:]) == 1_761_350_400)
        #expect(value("decision_timestamp_seconds", [:]) == 1_761_332_400)

        metrics.update(report: FleetSample.report(agents, weights: weights))
        page = try FleetMetricsTests.page(metrics)
        #expect(page.samples(FleetMetricsTests.name("fleet_drawdown_sigmas")).isEmpty, "no evidence, no number")
        #expect(page.samples(FleetMetricsTests.name("fleet_return_ratio")).isEmpty)
    }

    @Test("The largest weights keep series, the rest is one sum, and who leaves the top leaves nothing behind")
    func boundedAgents() throws {
        let metrics = FleetMetricsTests.metrics(agentsMax: 3)
        let names = (0..<40).map { "agent-\($0 < 10 ? "0" : "")\($0)" }
        let agents = names.map { FleetSample.agent($0, multiplier: 1) }
        func weights(_ top: [Int]) -> [String: Double] {
            var weights = Dictionary(uniqueKeysWithValues: names.map { ($0, 1.0 / 128) })
            for place in top { weights[names[place]] = 1.0 / 8 }
            return weights
        }
        func shown(_ metric: String) throws -> [String: Double] {
            let samples = try FleetMetricsTests.page(metrics).samples(FleetMetricsTests.name(metric))
            return Dictionary(uniqueKeysWithValues: samples.map { ($0.label("agent") ?? "", $0.value) })
        }
        metrics.update(report: FleetSample.report(agents, weights: weights([5, 6, 7])))
        #expect(
            try shown("agent_weight_ratio") == [
                "agent-05": 0.125, "agent-06": 0.125, "agent-07": 0.125, "other": 37.0 / 128,
            ])
        #expect(try Set(shown("agent_multiplier").keys) == ["agent-05", "agent-06", "agent-07"])
        metrics.update(report: FleetSample.report(agents, weights: weights([30, 6, 39])))
        #expect(try Set(shown("agent_weight_ratio").keys) == ["agent-06", "agent-30", "agent-39", "other"])
        #expect(try Set(shown("agent_multiplier").keys) == ["agent-06", "agent-30", "agent-39"])
        let page = try FleetMetricsTests.page(metrics)
        let sum = page.samples(FleetMetricsTests.name("agent_weight_ratio")).reduce(0) { $0 + $1.value }
        let cash = try #require(page.value(FleetMetricsTests.name("cash_ratio")))
        #expect(abs(sum + cash - 1) < 1e-12, "weights and cash make the whole")
    }

    @Test("Agents of equal weight are kept in the order of their names; none is kept where the bound is 0")
    func ties() throws {
        let agents = ["c", "a", "b"].map { FleetSample.agent($0, multiplier: 1) }
        let report = FleetSample.report(agents, weights: ["a": 0.25, "b": 0.25, "c": 0.25])
        let metrics = FleetMetricsTests.metrics(agentsMax: 2)
        metrics.update(report: report)
        let samples = try FleetMetricsTests.page(metrics).samples(FleetMetricsTests.name("agent_weight_ratio"))
        #expect(samples.compactMap { $0.label("agent") } == ["a", "b", "other"])
        let none = FleetMetricsTests.metrics(agentsMax: 0)
        none.update(report: report)
        let page = try FleetMetricsTests.page(none)
        #expect(page.value(FleetMetricsTests.name("agent_weight_ratio"), ["agent": "other"]) == 0.75)
        #expect(page.samples(FleetMetricsTests.name("agent_multiplier")).isEmpty)
    }

    @Test("An agent called other is part of the others; two spellings of one letter are two agents")
    func awkwardNames() throws {
        let names = ["other", "\u{E9}", "e\u{301}", "a\"b\\c", String(repeating: "n", count: 200)]
        let metrics = FleetMetricsTests.metrics()
        let agents = names.map { FleetSample.agent($0, multiplier: 1) }
        var report = FleetSample.report(agents, weights: [:])
        report.allocation.agents = names.map {
            AgentAllocation(agent: FleetSample.agentID($0), strategyClass: "trend", weight: 0.125, chain: [])
        }
        metrics.update(report: report)
        let page = try FleetMetricsTests.page(metrics)
        let samples = page.samples(FleetMetricsTests.name("agent_weight_ratio"))
        #expect(samples.count == 5 && samples.allSatisfy { $0.value == 0.125 })
        #expect(page.samples(FleetMetricsTests.name("agent_multiplier")).count == 4)
        #expect(page.samples("meta_supervisor_metrics_refused_total").isEmpty)
    }

    @Test("Prices tell when the newest bar closed, by venue; beyond the bound the oldest stands for all")
    func prices() throws {
        let metrics = FleetMetricsTests.metrics(symbolsMax: 2)
        let start = FleetSample.start
        metrics.update(
            prices: [
                FleetSample.price("SOL", closedAt: start - .hours(9)), FleetSample.price("ETH", closedAt: nil),
                FleetSample.price("BTC", closedAt: start, state: .halted), FleetSample.price("XRP", closedAt: start),
            ],
            gaps: [
                FleetSample.gap("BTC", hours: 3), FleetSample.gap("BTC", hours: 2), FleetSample.gap("ETH", hours: 1),
                FleetSample.gap("SOL", hours: 4), FleetSample.gap("XRP", hours: 5),
            ])
        let page = try FleetMetricsTests.page(metrics)
        let value = { (name: String, labels: [String: String]) in page.value(FleetMetricsTests.name(name), labels) }
        let close = "price_last_close_timestamp_seconds"
        #expect(value(close, ["symbol": "BTC", "venue": "kraken"]) == 1_761_350_400)
        #expect(value(close, ["symbol": "ETH", "venue": "kraken"]) == nil, "no bar, no time")
        #expect(value(close, ["symbol": "other"]) == 1_761_318_000)
        #expect(value("price_last_look_timestamp_seconds", ["symbol": "ETH", "venue": "kraken"]) == 1_761_350_400)
        #expect(value("price_gaps", ["symbol": "BTC"]) == 2 && value("price_gap_bars", ["symbol": "BTC"]) == 5)
        #expect(value("price_gaps", ["symbol": "other"]) == 2 && value("price_gap_bars", ["symbol": "other"]) == 9)
        #expect(value("price_instruments", ["state": "halted"]) == 1)
        #expect(value("price_instruments", ["state": "trading"]) == 3)
        metrics.update(prices: [], gaps: [])
        let after = try FleetMetricsTests.page(metrics)
        #expect(after.samples(FleetMetricsTests.name(close)).isEmpty)
        #expect(after.value(FleetMetricsTests.name("price_gaps"), ["symbol": "other"]) == 0)
    }

    @Test("Cycles, lines, requests, jobs and alerts are counted as they come")
    func events() throws {
        let metrics = FleetMetricsTests.metrics()
        metrics.recordCycle(.succeeded, took: Span(milliseconds: 40), endedAt: FleetSample.start, newOutcomeCount: 3)
        metrics.recordCycle(.failed, took: Span(milliseconds: -5), endedAt: FleetSample.start + .hours(1))
        var counts = IngestCounts()
        (counts.lines, counts.accepted, counts.late, counts.quarantined, counts.duplicates) = (10, 6, 2, 3, 1)
        metrics.record(counts, of: .signals)
        metrics.record(counts, of: .signals)
        for outcome in [VenueRequestOutcome.answered, .limited, .limited] {
            metrics.recordRequest(to: .binance, outcome, took: Span(milliseconds: 30))
        }
        metrics.update(breakers: [.binance: .open, .kraken: .closed])
        metrics.record(FleetSample.run(.prices, .timedOut))
        metrics.record(FleetSample.run(.prices, .running))
        metrics.update(jobs: [
            FleetSample.standing(.prices, lastRun: FleetSample.run(.prices, .succeeded)),
            FleetSample.standing(.train, lastRun: nil, runningSince: FleetSample.start),
        ])
        metrics.update(
            alerts: [
                FleetSample.alert(.kill, .raised), FleetSample.alert(.kill, .raised),
                FleetSample.alert(.noPrices, .resolved),
            ], undeliveredCount: 7)
        let page = try FleetMetricsTests.page(metrics)
        let value = { (name: String, labels: [String: String]) in page.value(FleetMetricsTests.name(name), labels) }
        #expect(value("cycle_duration_seconds_count", ["outcome": "succeeded"]) == 1)
        #expect(value("cycle_duration_seconds_bucket", ["outcome": "succeeded", "le": "0.05"]) == 1)
        #expect(value("cycle_duration_seconds_sum", ["outcome": "failed"]) == 0, "a clock set back takes no time")
        #expect(value("cycle_last_success_timestamp_seconds", [:]) == 1_761_350_400, "the failed one is none")
        #expect(value("cycle_new_outcomes_total", [:]) == 3)
        #expect(value("ingest_lines_total", ["kind": "signals", "fate": "rejected"]) == 6)
        #expect(value("ingest_lines_total", ["kind": "signals", "fate": "accepted"]) == 12)
        #expect(value("ingest_late_total", ["kind": "signals"]) == 4)
        #expect(value("venue_requests_total", ["venue": "binance", "outcome": "limited"]) == 2)
        #expect(value("venue_breaker", ["venue": "binance", "state": "open"]) == 1)
        #expect(value("venue_breaker", ["venue": "binance", "state": "closed"]) == 0)
        #expect(value("job_runs_total", ["job_name": "prices", "outcome": "timed-out"]) == 1)
        #expect(value("job_running", ["job_name": "train"]) == 1 && value("job_running", ["job_name": "prices"]) == 0)
        #expect(value("job_last_duration_seconds", ["job_name": "prices"]) == 1.5)
        #expect(value("job_last_success_timestamp_seconds", ["job_name": "train"]) == nil)
        #expect(value("alerts", ["kind": "kill"]) == 2 && value("alerts", ["kind": "no-prices"]) == 0)
        #expect(value("messages_undelivered", [:]) == 7)
    }
}
