internal import Domain

/// Ways in which a line of signals can be beyond reading. Each belongs into quarantine, whole.
package enum MalformedKind: String, Sendable, CaseIterable {
    case plainText = "plain text"
    case truncated
    case notAnObject = "not an object"
    case notANumber = "not a number"
    case tooLargeNumber = "too large a number"
    case unknownDirection = "unknown direction"
    case missingAgent = "missing agent"
    case missingSymbol = "missing symbol"
    case wrongType = "wrong type"
    case timeWithoutZone = "time without zone"
    case impossibleDate = "impossible date"
    case farFuture = "far future"
    case probabilityOutOfRange = "probability out of range"
    case repeatedKey = "repeated key"
}

/// The text of one signal in the field names of the drop-in contract, in a fixed order, ASCII only.
///
/// Fields are kept apart from their line so that a malformed line is a good one with one thing wrong.
struct SignalText {
    var fields: [(key: String, value: String)]

    init(_ signal: Signal) {
        fields = [
            ("ts", Self.quoted(signal.generatedAt.description)),
            ("agent", Self.quoted(signal.agent.name)),
            ("symbol", Self.quoted(signal.symbol.name)),
            ("direction", Self.quoted(signal.direction.word)),
        ]
        add("prob_up", signal.probabilityUp.map { DecimalText.fixed($0, 4) })
        add("confidence", signal.confidence.map { DecimalText.fixed($0, 4) })
        add("score_final", signal.score.map { DecimalText.fixed($0, 4) })
        add("regime", signal.regime.map(Self.quoted))
        add("strategy_class", signal.strategyClass.map(Self.quoted))
        add("horizon_hours", Self.hours(signal.horizon))
        add("run_id", signal.runID.map(Self.quoted))
        add("agent_version", signal.agentVersion.map(Self.quoted))
    }

    private mutating func add(_ key: String, _ value: String?) {
        if let value { fields.append((key, value)) }
    }

    var line: String { "{" + fields.map { "\"\($0.key)\":\($0.value)" }.joined(separator: ",") + "}" }

    /// The line with one thing wrong.
    func malformed(_ kind: MalformedKind) -> String {
        switch kind {
        case .plainText: "Traceback (most recent call last): connection reset by peer"
        case .truncated: String(line.prefix(line.utf8.count / 2))
        case .notAnObject: "[" + fields.map(\.value).joined(separator: ",") + "]"
        case .notANumber: replacing("score_final", by: "NaN")
        case .tooLargeNumber: replacing("score_final", by: "1e400")
        case .unknownDirection: replacing("direction", by: "\"SIDEWAYS\"")
        case .missingAgent: without("agent")
        case .missingSymbol: without("symbol")
        case .wrongType: replacing("prob_up", by: "\"high\"")
        case .timeWithoutZone: replacing("ts", by: field("ts").replacingSuffix("Z\"", by: "\""))
        case .impossibleDate: replacing("ts", by: "\"2025-02-30T12:00:00Z\"")
        case .farFuture: replacing("ts", by: "\"2150-01-01T00:00:00Z\"")
        case .probabilityOutOfRange: replacing("prob_up", by: "1.7")
        case .repeatedKey: String(line.dropLast()) + ",\"direction\":\"FLAT\"}"
        }
    }

    private func field(_ key: String) -> String { fields.first { $0.key == key }?.value ?? "null" }

    private func replacing(_ key: String, by value: String) -> String {
        var copy = self
        for index in copy.fields.indices where copy.fields[index].key == key { copy.fields[index].value = value }
        return copy.line
    }

    private func without(_ key: String) -> String {
        var copy = self
        copy.fields.removeAll { $0.key == key }
        return copy.line
    }

    static func quoted(_ text: String) -> String {
        precondition(
            text.utf8.allSatisfy { (0x20..<0x7F).contains($0) && $0 != 0x22 && $0 != 0x5C },
            "Invariant: the swarm writes plain ASCII")
        return "\"" + text + "\""
    }

    private static func hours(_ horizon: Horizon) -> String {
        let milliseconds = horizon.span.milliseconds
        return milliseconds % 3_600_000 == 0
            ? String(milliseconds / 3_600_000) : DecimalText.fixed(horizon.inHours, 4)
    }
}

extension String {
    fileprivate func replacingSuffix(_ suffix: String, by other: String) -> String {
        hasSuffix(suffix) ? String(dropLast(suffix.count)) + other : self
    }
}
