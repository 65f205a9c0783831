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
    package var outcomes: [Dated<ImportedOutcome>]
    package var telemetry: [Dated<TelemetryRecord>]
    package var decisions: [Dated<HumanDecision>]
    package var renames: [Dated<AgentRename>]
    package var policyChanges: [Dated<PolicyChange>]

    package init(
        bars: [BarSeries] = [], signals: [Dated<Signal>] = [], outcomes: [Dated<ImportedOutcome>] = [],
        telemetry: [Dated<TelemetryRecord>] = [], decisions: [Dated<HumanDecision>] = [],
        renames: [Dated<AgentRename>] = [], policyChanges: [Dated<PolicyChange>] = []
    ) {
        self.bars = bars
        self.signals = signals
        self.outcomes = outcomes
        self.telemetry = telemetry
        self.decisions = decisions
        self.renames = renames
        self.policyChanges = policyChanges
    }

    package var factCount: Int {
        bars.reduce(0) { $0 + $1.bars.count } + signals.count + outcomes.count + telemetry.count + decisions.count
            + renames.count + policyChanges.count
    }

    package var isEmpty: Bool { factCount == 0 }
}

/// The kinds of facts, in the order in which the fold takes those of one moment.
package enum FactKind: UInt8, Sendable, CaseIterable {
    case policyChange = 0
    case rename
    case bar
    case signal
    case outcome
    case telemetry
    case decision

    package var noun: String {
        switch self {
        case .policyChange: "policy change"
        case .rename: "rename"
        case .bar: "bar"
        case .signal: "signal"
        case .outcome: "reconciled outcome"
        case .telemetry: "telemetry record"
        case .decision: "decision"
        }
    }
}
