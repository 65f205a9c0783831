package import Domain

/// What a line of signals is, beside what it says.
package enum SignalLineKind: Hashable, Sendable {
    case signal
    /// The same line again.
    case duplicate
    /// The same natural key with other content, within the grace.
    case revision
    /// Appended long after its own time.
    case late
    case malformed(MalformedKind)
    case blank
}

/// One line of `alpha/events.jsonl` and when it is appended.
package struct SignalLine: Equatable, Sendable {
    package var writtenAt: Timestamp
    /// Without the line end.
    package var text: String
    package var kind: SignalLineKind
    package var agent: AgentID
    /// What a reader should find in it; `nil` for a malformed or blank line.
    package var signal: Signal?

    package init(writtenAt: Timestamp, text: String, kind: SignalLineKind, agent: AgentID, signal: Signal?) {
        self.writtenAt = writtenAt
        self.text = text
        self.kind = kind
        self.agent = agent
        self.signal = signal
    }
}

/// One line of `telemetry/events.jsonl` and when it is appended.
package struct TelemetryLine: Equatable, Sendable {
    package var writtenAt: Timestamp
    package var record: TelemetryRecord

    package init(writtenAt: Timestamp, record: TelemetryRecord) {
        self.writtenAt = writtenAt
        self.record = record
    }

    package var text: String {
        var text = "{\"run_id\":\(SignalText.quoted(record.runID)),\"agent\":\(SignalText.quoted(record.agent.name))"
        text += ",\"ts\":\(SignalText.quoted(record.at.description)),\"errors\":\(record.errors)"
        if let latency = record.latencyMilliseconds { text += ",\"latency_ms\":\(DecimalText.fixed(latency, 1))" }
        if let cost = record.costUSD { text += ",\"cost_usd\":\(DecimalText.fixed(cost, 4))" }
        if let tokens = record.tokensIn { text += ",\"tokens_in\":\(tokens)" }
        if let tokens = record.tokensOut { text += ",\"tokens_out\":\(tokens)" }
        return text + "}"
    }
}

/// One row of prices and when it is appended: the moment the bar closes.
package struct PriceLine: Equatable, Sendable {
    package var symbol: Symbol
    package var bar: Bar

    package init(symbol: Symbol, bar: Bar) {
        self.symbol = symbol
        self.bar = bar
    }

    package var writtenAt: Timestamp { bar.closeAt }

    /// `ts` is the bar's open in Unix seconds.
    package static let header = "ts,symbol,open,high,low,close,volume"

    package var csv: String {
        var cells = [String(bar.openAt.milliseconds / 1_000), symbol.name]
        cells += [bar.open, bar.high, bar.low, bar.close].map { String($0) }
        cells.append(bar.volume.map { String($0) } ?? "")
        return cells.joined(separator: ",")
    }

    package var json: String {
        "{\"ts\":\"\(bar.openAt)\",\"symbol\":\"\(symbol)\",\"open\":\(bar.open),\"high\":\(bar.high),"
            + "\"low\":\(bar.low),\"close\":\(bar.close),\"volume\":\(bar.volume.map { String($0) } ?? "null")}"
    }
}

/// What is appended to the three files during one day, each in the order in which it is written.
package struct FleetDay: Equatable, Sendable {
    /// 00:00 UTC at which the day begins; it holds what is written before the next one.
    package var startAt: Timestamp
    package var signals: [SignalLine]
    package var telemetry: [TelemetryLine]
    package var prices: [PriceLine]

    package init(startAt: Timestamp, signals: [SignalLine], telemetry: [TelemetryLine], prices: [PriceLine]) {
        self.startAt = startAt
        self.signals = signals
        self.telemetry = telemetry
        self.prices = prices
    }
}

/// What lines of signals are, counted; what a reader of them must arrive at.
///
/// `lines = blank + accepted (of which late, revisions) + duplicates + malformed`.
package struct LineTally: Equatable, Sendable {
    package var lineCount = 0
    package var blankCount = 0
    /// Readable and not a duplicate; late ones and revisions included.
    package var acceptedCount = 0
    package var lateCount = 0
    package var revisionCount = 0
    package var duplicateCount = 0
    package var malformedCount = 0
    package var malformedCounts: [MalformedKind: Int] = [:]

    package init(_ lines: some Sequence<SignalLine>) {
        for line in lines {
            lineCount += 1
            switch line.kind {
            case .blank: blankCount += 1
            case .duplicate: duplicateCount += 1
            case .signal: acceptedCount += 1
            case .late:
                acceptedCount += 1
                lateCount += 1
            case .revision:
                acceptedCount += 1
                revisionCount += 1
            case .malformed(let kind):
                malformedCount += 1
                malformedCounts[kind, default: 0] += 1
            }
        }
    }
}
