/// A value and what is known of when it was written down.
package struct Dated<Value: Sendable>: Sendable {
    package var value: Value
    /// `max(eventAt, recordedAt)` for what we watched; the event's own time for history.
    package var knownAt: Timestamp
    package var attestation: Attestation

    package init(_ value: Value, knownAt: Timestamp, attestation: Attestation) {
        self.value = value
        self.knownAt = knownAt
        self.attestation = attestation
    }
}

extension Dated: Equatable where Value: Equatable {}

/// The bars of one symbol, so that the symbol is looked up once and not once a bar.
package struct BarSeries: Sendable {
    package var symbol: Symbol
    package var bars: [Dated<Bar>]

    package init(symbol: Symbol, bars: [Dated<Bar>]) {
        self.symbol = symbol
        self.bars = bars
    }
}

/// Some of the facts, in no particular order: the fold sorts what it needs sorted, by natural key.
package struct FactBatch: Sendable {
    package var bars: [BarSeries]
    package var signals: [Dated<Signal>]
    package var imported: ImportedSeries
    package var telemetry: [Dated<TelemetryRecord>]
    package var decisions: [Dated<HumanDecision>]
    package var renames: [Dated<AgentRename>]
    package var policyChanges: [Dated<PolicyChange>]
    package var barWithdrawals: [Dated<BarWithdrawal>]

    package init(
        bars: [BarSeries] = [], signals: [Dated<Signal>] = [], outcomes: [Dated<ImportedOutcome>] = [],
        telemetry: [Dated<TelemetryRecord>] = [], decisions: [Dated<HumanDecision>] = [],
        renames: [Dated<AgentRename>] = [], policyChanges: [Dated<PolicyChange>] = [],
        barWithdrawals: [Dated<BarWithdrawal>] = []
    ) {
        self.bars = bars
        self.signals = signals
        imported = outcomes.isEmpty ? ImportedSeries() : ImportedSeries(outcomes)
        self.telemetry = telemetry
        self.decisions = decisions
        self.renames = renames
        self.policyChanges = policyChanges
        self.barWithdrawals = barWithdrawals
    }

    package var factCount: Int {
        bars.reduce(0) { $0 + $1.bars.count } + signals.count + imported.rows.count + telemetry.count + decisions.count
            + renames.count + policyChanges.count + barWithdrawals.count
    }

    package var isEmpty: Bool { factCount == 0 }

    /// The imported outcomes one by one. Both ways it takes a pass over all of them.
    package var outcomes: [Dated<ImportedOutcome>] {
        get { imported.outcomes }
        set { imported = ImportedSeries(newValue) }
    }

    /// The latest moment at which one of its facts became known; `nil` without any.
    package var latestKnownAt: Timestamp? {
        var latest: Timestamp?
        func consider<Value>(_ facts: [Dated<Value>]) {
            for fact in facts where latest.map({ fact.knownAt > $0 }) ?? true { latest = fact.knownAt }
        }
        for series in bars { consider(series.bars) }
        consider(signals)
        for row in imported.rows where latest.map({ row.knownAt > $0 }) ?? true { latest = row.knownAt }
        consider(telemetry)
        consider(decisions)
        consider(renames)
        consider(policyChanges)
        consider(barWithdrawals)
        return latest
    }

    /// Takes the facts of another batch.
    package mutating func append(_ other: FactBatch) {
        bars += other.bars
        signals += other.signals
        if imported.rows.isEmpty {
            imported = other.imported
        } else if !other.imported.rows.isEmpty {
            outcomes += other.outcomes
        }
        telemetry += other.telemetry
        decisions += other.decisions
        renames += other.renames
        policyChanges += other.policyChanges
        barWithdrawals += other.barWithdrawals
    }

    /// Those of its facts that were known by `time`.
    package func facts(knownBy time: Timestamp) -> FactBatch {
        func known<Value>(_ facts: [Dated<Value>]) -> [Dated<Value>] { facts.filter { $0.knownAt <= time } }
        return FactBatch(
            bars: bars.map { BarSeries(symbol: $0.symbol, bars: known($0.bars)) }, signals: known(signals),
            outcomes: known(outcomes), telemetry: known(telemetry), decisions: known(decisions),
            renames: known(renames), policyChanges: known(policyChanges), barWithdrawals: known(barWithdrawals))
    }
}

/// The kinds of facts. Their numbers enter digests: a new kind takes a new number, wherever the fold takes it (policy
/// changes first, then renames, withdrawals of bars, bars, signals, outcomes, telemetry and decisions).
package enum FactKind: UInt8, Sendable, CaseIterable {
    case policyChange = 0
    case rename
    case bar
    case signal
    case outcome
    case telemetry
    case decision
    case barWithdrawal = 7

    package var noun: String {
        switch self {
        case .policyChange: "policy change"
        case .rename: "rename"
        case .bar: "bar"
        case .signal: "signal"
        case .outcome: "reconciled outcome"
        case .telemetry: "telemetry record"
        case .decision: "decision"
        case .barWithdrawal: "bar withdrawal"
        }
    }
}
