import Domain
import GRDB

/// The two statements that store a kind of fact, prepared once a batch.
///
/// Parameters: 1 knownAt, 2 attestation, 3 batch, 4 line, 5 version, then the fields, which both statements share.
struct FactStatements {
    /// A table and the unique key a fact falls under.
    enum Shape: Int, CaseIterable {
        case bar
        case signalByID
        case signalByTime
        case outcomeWithRun
        case outcomeWithoutRun
        case telemetry
        case decision
        case rename
        case policyChange
        case barWithdrawal
    }

    /// Does nothing where the unique key is taken; any other constraint is an error.
    let insert: RawStatement
    /// The versions stored under the fact's key, each with whether its content is the same.
    let versions: RawStatement

    init(_ database: Database, _ shape: Shape) throws {
        let columns = ["knownAt", "attestation", "batch", "line", "version"] + shape.fields.map(\.column)
        let places = columns.indices.map { "?\($0 + 1)" }
        insert = try RawStatement(
            database,
            """
            INSERT INTO \(shape.table) (\(columns.joined(separator: ", "))) VALUES (\(places.joined(separator: ", ")))
            ON CONFLICT DO NOTHING
            """)
        var isSame: [String] = []
        var isKey: [String] = []
        for (index, field) in shape.fields.enumerated() {
            let place = "?\(index + 6)"
            switch field.role {
            case .key: isKey.append("\(field.column) = \(place)")
            case .absentKey: isKey.append("\(field.column) IS NULL")
            case .content: isSame.append("\(field.column) IS \(place)")
            case .beside: break
            }
        }
        versions = try RawStatement(
            database,
            """
            SELECT version, \(isSame.joined(separator: " AND ")) FROM \(shape.table)
            WHERE \(isKey.joined(separator: " AND "))
            """)
    }
}

extension FactStatements {
    enum Role {
        case key
        /// NULL by definition of the key.
        case absentKey
        case content
        /// Stored, and no part of what makes two facts or two versions differ.
        case beside
    }

    struct Field {
        let column: String
        let role: Role

        init(_ column: String, _ role: Role) {
            self.column = column
            self.role = role
        }
    }
}

extension FactStatements.Shape {
    var table: String {
        switch self {
        case .bar: "bar"
        case .signalByID, .signalByTime: "signal"
        case .outcomeWithRun, .outcomeWithoutRun: "outcome"
        case .telemetry: "telemetry"
        case .decision: "decision"
        case .rename: "rename"
        case .policyChange: "policy_change"
        case .barWithdrawal: "bar_withdrawal"
        }
    }

    /// In the order of the parameters from the sixth. The last is content, so that both statements have all of them.
    /// Keys and contents are those of `FactIdentity`; a test holds the two against each other.
    var fields: [FactStatements.Field] {
        switch self {
        case .bar: keys("symbol openAt closeAt") + contents("open high low close volume")
        case .signalByID:
            keys("agent") + contents("symbol generatedAt horizon") + keys("signalID") + contents(signalContents)
        case .signalByTime:
            keys("agent symbol generatedAt horizon") + [.init("signalID", .absentKey)] + contents(signalContents)
        case .outcomeWithRun:
            keys("agent runID symbol generatedAt horizon direction")
                + contents(outcomeContents)
        case .outcomeWithoutRun:
            keys("agent") + [.init("runID", .absentKey)] + keys("symbol generatedAt horizon direction")
                + contents(outcomeContents)
        case .telemetry: keys("agent runID at") + contents("errors latencyMilliseconds costUSD tokensIn tokensOut")
        case .decision: keys("kind scopeKind scopeName at") + contents("reason author evidence")
        case .rename: keys("oldAgent at") + contents("newAgent")
        case .policyChange: keys("at") + contents("policyText reason")
        case .barWithdrawal: keys("symbol openAt closeAt") + [.init("at", .beside)] + contents("reason")
        }
    }

    private var signalContents: String {
        "direction score confidence probabilityUp runID strategy regime agentVersion unknownFields"
    }

    private var outcomeContents: String {
        "realizedReturnBps expectedReturnBps expectedSigmaBps entryPrice exitPrice score confidence strategy regime "
            + "forecasterVersion"
    }

    private func keys(_ columns: String) -> [FactStatements.Field] {
        columns.split(separator: " ").map { .init(String($0), .key) }
    }

    private func contents(_ columns: String) -> [FactStatements.Field] {
        columns.split(separator: " ").map { .init(String($0), .content) }
    }
}

extension RawStatement {
    func bind(_ bar: Bar, of symbol: Int64) throws {
        bind(symbol, at: 6)
        bind(bar.openAt, at: 7)
        bind(bar.closeAt, at: 8)
        try bind(bar.open, at: 9)
        try bind(bar.high, at: 10)
        try bind(bar.low, at: 11)
        try bind(bar.close, at: 12)
        try bind(bar.volume, at: 13)
    }

    func bind(_ signal: Signal, agent: Int64, symbol: Int64, strategy: Int64?) throws {
        bind(agent, at: 6)
        bind(symbol, at: 7)
        bind(signal.generatedAt, at: 8)
        bind(signal.horizon.span.milliseconds, at: 9)
        bind(signal.signalID, at: 10)
        bind(Int64(signal.direction.rawValue), at: 11)
        try bind(signal.score, at: 12)
        try bind(signal.confidence, at: 13)
        try bind(signal.probabilityUp, at: 14)
        bind(signal.runID, at: 15)
        bind(strategy, at: 16)
        bind(signal.regime, at: 17)
        bind(signal.agentVersion, at: 18)
        bind(signal.unknownFields, at: 19)
    }

    func bind(_ outcome: ImportedOutcome, agent: Int64, symbol: Int64, strategy: Int64?) throws {
        bind(agent, at: 6)
        bind(outcome.runID, at: 7)
        bind(symbol, at: 8)
        bind(outcome.generatedAt, at: 9)
        bind(outcome.horizon.span.milliseconds, at: 10)
        bind(Int64(outcome.direction.rawValue), at: 11)
        try bind(outcome.realizedReturnBps, at: 12)
        try bind(outcome.expectedReturnBps, at: 13)
        try bind(outcome.expectedSigmaBps, at: 14)
        try bind(outcome.entryPrice, at: 15)
        try bind(outcome.exitPrice, at: 16)
        try bind(outcome.score, at: 17)
        try bind(outcome.confidence, at: 18)
        bind(strategy, at: 19)
        bind(outcome.regime, at: 20)
        bind(outcome.forecasterVersion, at: 21)
    }

    func bind(_ record: TelemetryRecord, agent: Int64) throws {
        bind(agent, at: 6)
        bind(record.runID, at: 7)
        bind(record.at, at: 8)
        bind(record.errors, at: 9)
        try bind(record.latencyMilliseconds, at: 10)
        try bind(record.costUSD, at: 11)
        bind(record.tokensIn, at: 12)
        bind(record.tokensOut, at: 13)
    }

    func bind(_ decision: HumanDecision) {
        bind(decision.kind.rawValue, at: 6)
        switch decision.scope {
        case .agent(let agent):
            bind("agent", at: 7)
            bind(agent.name, at: 8)
        case .strategy(let name):
            bind("strategy", at: 7)
            bind(name, at: 8)
        }
        bind(decision.at, at: 9)
        bind(decision.reason, at: 10)
        bind(decision.author, at: 11)
        bind(decision.evidence, at: 12)
    }

    func bind(_ rename: AgentRename, old: Int64, new: Int64) {
        bind(old, at: 6)
        bind(rename.at, at: 7)
        bind(new, at: 8)
    }

    func bind(_ withdrawal: BarWithdrawal, of symbol: Int64) {
        bind(symbol, at: 6)
        bind(withdrawal.openAt, at: 7)
        bind(withdrawal.closeAt, at: 8)
        bind(withdrawal.at, at: 9)
        bind(withdrawal.reason, at: 10)
    }

    func bind(_ change: PolicyChange) {
        bind(change.at, at: 6)
        bind(change.policyText, at: 7)
        bind(change.reason, at: 8)
    }
}
