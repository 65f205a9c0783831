import Domain
import GRDB

/// The statements that store a kind of fact, prepared once a batch.
///
/// Parameters: 1 knownAt, 2 attestation, 3 batch, 4 line, 5 version, then the fields, which all of them share.
struct FactStatements {
    /// A table and the unique key a fact falls under.
    enum Shape: Int, CaseIterable {
        case bar
        case signalByID
        case signalByTime
        case outcome
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

    init(_ database: Database, _ shape: Shape, batch: Int64) throws {
        insert = try RawStatement(database, shape.insertion(rowCount: 1) + " ON CONFLICT DO NOTHING")
        insert.bind(batch, at: 3)
        insert.bind(Int64(0), at: 5)
        var isSame: [String] = []
        var isKey = shape.whereItLies.map { [$0] } ?? []
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
        case .outcome: "outcome"
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
        case .outcome: keys("agent hasRun runID symbol generatedAt horizon direction") + contents(outcomeContents)
        case .telemetry: keys("agent runID at") + contents("errors latencyMilliseconds costUSD tokensIn tokensOut")
        case .decision: keys("kind scopeKind scopeName at") + contents("reason author evidence")
        case .rename: keys("oldAgent at") + contents("newAgent")
        case .policyChange: keys("at") + contents("policyText reason")
        case .barWithdrawal: keys("symbol openAt closeAt") + [.init("at", .beside)] + contents("reason")
        }
    }

    /// `INSERT` of so many rows, all or none: a key that is taken, or twice among them, is an error.
    func insertion(rowCount: Int32) -> String {
        let columns = ["knownAt", "attestation", "batch", "line", "version"] + fields.map(\.column)
        let width = Int32(columns.count)
        let rows = (0..<rowCount).map { row in
            "(" + (1...width).map { "?\(row * width + $0)" }.joined(separator: ", ") + ")"
        }
        return "INSERT INTO \(table) (\(columns.joined(separator: ", "))) VALUES \(rows.joined(separator: ", "))"
    }

    /// Where the key leaves out the column by which rows lie, what that column holds.
    var whereItLies: String? {
        switch self {
        // Known when it closes: `generatedAt + horizon`.
        case .outcome: "knownAt = ?10 + ?11"
        case .bar, .signalByID, .signalByTime, .telemetry, .decision, .rename, .policyChange, .barWithdrawal: nil
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
        // A part of the rows' own order, which knows no absence.
        bind(Int64(outcome.runID == nil ? 0 : 1), at: 7)
        bind(outcome.runID ?? "", at: 8)
        bind(symbol, at: 9)
        bind(outcome.generatedAt, at: 10)
        bind(outcome.horizon.span.milliseconds, at: 11)
        bind(Int64(outcome.direction.rawValue), at: 12)
        try bind(outcome.realizedReturnBps, at: 13)
        try bind(outcome.expectedReturnBps, at: 14)
        try bind(outcome.expectedSigmaBps, at: 15)
        try bind(outcome.entryPrice, at: 16)
        try bind(outcome.exitPrice, at: 17)
        try bind(outcome.score, at: 18)
        try bind(outcome.confidence, at: 19)
        bind(strategy, at: 20)
        bind(outcome.regime, at: 21)
        bind(outcome.forecasterVersion, at: 22)
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
