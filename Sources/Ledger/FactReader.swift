package import Domain
import GRDB

/// The names behind the numbers, read once per reading and looked up by place.
struct LedgerNames {
    private let agents: [AgentID?]
    private let symbols: [Symbol?]
    private let strategies: [String?]
    private let path: String

    init(_ database: Database, path: String) throws {
        self.path = path
        agents = try NameTable.names(database, table: "agent") { name in
            guard let agent = AgentID(name), agent.name == name else { throw LedgerNames.damage(path, "agent", name) }
            return agent
        }
        symbols = try NameTable.names(database, table: "symbol") { name in
            guard let symbol = Symbol(name) else { throw LedgerNames.damage(path, "symbol", name) }
            return symbol
        }
        strategies = try NameTable.names(database, table: "strategy") { $0 }
    }

    var symbolCount: Int { symbols.count }

    func agent(_ number: Int64) throws -> AgentID { try name(agents, number, "agent") }
    func symbol(_ number: Int64) throws -> Symbol { try name(symbols, number, "symbol") }
    func strategy(_ number: Int64) throws -> String { try name(strategies, number, "strategy") }

    private func name<Name>(_ names: [Name?], _ number: Int64, _ table: String) throws -> Name {
        guard number >= 1, number <= names.count, let name = names[Int(number) - 1] else {
            throw LedgerNames.damage(path, table, "number \(number)")
        }
        return name
    }

    static func damage(_ path: String, _ kind: String, _ value: String) -> LedgerError {
        LedgerError.corrupt(path: path, detail: "\(value) is no \(kind)")
    }
}

/// How a kind of fact is selected: the columns of the rows, in the order in which `FactCollector` takes them.
extension FactKind {
    /// The table, called `fact` in the statement.
    var table: String {
        switch self {
        case .policyChange: "policy_change"
        case .rename: "rename"
        case .bar: "bar"
        case .signal: "signal"
        case .outcome: "outcome"
        case .telemetry: "telemetry"
        case .decision: "decision"
        case .barWithdrawal: "bar_withdrawal"
        }
    }

    private var columns: String {
        switch self {
        case .policyChange: "at, policyText, reason"
        case .rename: "oldAgent, newAgent, at"
        case .bar: "symbol, openAt, closeAt, open, high, low, close, volume"
        case .signal:
            "agent, symbol, direction, score, confidence, probabilityUp, horizon, generatedAt, signalID, runID, "
                + "strategy, regime, agentVersion, unknownFields"
        case .outcome:
            "agent, symbol, direction, generatedAt, horizon, realizedReturnBps, expectedReturnBps, expectedSigmaBps, "
                + "entryPrice, exitPrice, score, confidence, runID, strategy, regime, forecasterVersion"
        case .telemetry: "agent, runID, at, errors, latencyMilliseconds, costUSD, tokensIn, tokensOut"
        case .decision: "kind, scopeKind, scopeName, at, reason, author, evidence"
        case .barWithdrawal: "symbol, openAt, closeAt, at, reason"
        }
    }

    /// `SELECT` the moment it became known, its attestation and its fields.
    var selection: String {
        let fields = (["knownAt", "attestation"] + columns.split(separator: ", ").map(String.init)).map { column in
            // An outcome's run is a part of the rows' order, which knows no absence.
            self == .outcome && column == "runID" ? "iif(fact.hasRun, fact.runID, NULL)" : "fact." + column
        }
        return "SELECT \(fields.joined(separator: ", ")) FROM \(table) AS fact"
    }

    /// The order in which a person looks for facts of this kind.
    var naturalOrder: String {
        switch self {
        case .policyChange: "ORDER BY fact.at, fact.knownAt, fact.policyText, fact.reason"
        case .rename: "ORDER BY fact.at, fact.knownAt, fact.id"
        case .bar, .barWithdrawal:
            "JOIN symbol ON symbol.id = fact.symbol ORDER BY symbol.name, fact.openAt, fact.closeAt, fact.version"
        case .signal:
            "JOIN agent ON agent.id = fact.agent JOIN symbol ON symbol.id = fact.symbol "
                + "ORDER BY fact.generatedAt, agent.name, symbol.name, fact.horizon, fact.signalID, fact.version"
        case .outcome:
            "JOIN agent ON agent.id = fact.agent JOIN symbol ON symbol.id = fact.symbol "
                + "ORDER BY fact.generatedAt, agent.name, symbol.name, fact.horizon, fact.direction, fact.hasRun, "
                + "fact.runID, fact.version"
        case .telemetry: "JOIN agent ON agent.id = fact.agent ORDER BY fact.at, agent.name, fact.runID, fact.version"
        case .decision: "ORDER BY fact.at, fact.knownAt, fact.scopeKind, fact.scopeName, fact.kind, fact.version"
        }
    }
}

/// The facts of one kind in ascending `knownAt`, one row ahead.
private struct FactCursor {
    let kind: FactKind
    let statement: RawStatement
    /// When the row it stands on became known; `nil` at the end.
    private(set) var head: Int64?

    init(_ database: Database, _ kind: FactKind, after: Timestamp?, through: Timestamp) throws {
        self.kind = kind
        statement = try RawStatement(
            database, kind.selection + " WHERE fact.knownAt > ?1 AND fact.knownAt <= ?2 ORDER BY fact.knownAt")
        statement.bind(after?.milliseconds ?? Int64.min, at: 1)
        statement.bind(through, at: 2)
        try advance()
    }

    mutating func advance() throws {
        head = try statement.next() ? statement.integer(0) : nil
    }
}

extension LedgerFile {
    /// Yields all facts with `after < knownAt <= through` in ascending `knownAt`, see `FactLog.read`.
    ///
    /// One cursor a kind, merged: no batch holds a fact that became known before one of an earlier batch, memory is
    /// bounded by a batch, and what is read is what is asked for, not what is stored.
    package func read(
        after: Timestamp?, through: Timestamp, _ body: (FactBatch) throws -> Void
    ) throws {
        try read { database in
            let names = try LedgerNames(database, path: path)
            var cursors = try FactKind.allCases.map {
                try FactCursor(database, $0, after: after, through: through)
            }
            var collector = FactCollector(names: names, path: path)
            while let (next, bound) = earliest(of: cursors) {
                // The kind whose turn it is, until another kind's comes or the batch is full.
                while let head = cursors[next].head, head <= bound, collector.count < settings.batchFactCount {
                    try collector.take(cursors[next].kind, from: cursors[next].statement)
                    try cursors[next].advance()
                }
                if collector.count >= settings.batchFactCount { try body(collector.takeBatch()) }
            }
            if collector.count > 0 { try body(collector.takeBatch()) }
        }
    }

    /// The cursor whose fact became known first, and the moment through which it stays first.
    private func earliest(of cursors: [FactCursor]) -> (index: Int, bound: Int64)? {
        var first: (index: Int, head: Int64)?
        var bound = Int64.max
        for (index, cursor) in cursors.enumerated() {
            guard let head = cursor.head else { continue }
            guard let current = first else {
                first = (index, head)
                continue
            }
            if head < current.head {
                bound = min(bound, current.head)
                first = (index, head)
            } else {
                bound = min(bound, head)
            }
        }
        return first.map { ($0.index, bound) }
    }

    /// Yields all facts of one kind, in the order in which a person would look for them (bars by symbol and time, the
    /// others by time and name), in batches of bounded size.
    package func export(_ kind: FactKind, _ body: (FactBatch) throws -> Void) throws {
        try read { database in
            let statement = try RawStatement(database, kind.selection + " " + kind.naturalOrder)
            var collector = FactCollector(names: try LedgerNames(database, path: path), path: path)
            while try statement.next() {
                try collector.take(kind, from: statement)
                if collector.count >= settings.batchFactCount { try body(collector.takeBatch()) }
            }
            if collector.count > 0 { try body(collector.takeBatch()) }
        }
    }
}
