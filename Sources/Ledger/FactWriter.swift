import Domain
import GRDB
import Operation

/// What became of a fact given to the ledger.
enum StoredAs {
    /// Nothing was known under its key.
    case new
    /// Other content was known under its key; kept beside it.
    case revision
    /// The same content was known under its key; nothing was stored.
    case duplicate
}

/// Stores the facts of one batch within one transaction.
///
/// The usual fact is new: it costs one statement. Where its key is taken, the contents stored under the key are
/// compared column by column, by SQLite, and the fact is a duplicate of one of them or the next version.
final class FactWriter {
    private let database: Database
    private let batch: Int64
    private let agents: NameTable
    private let symbols: NameTable
    private let strategies: NameTable
    private var statements: [FactStatements?]
    private let needs = NeedTable()

    init(_ database: Database, batch: Int64) throws {
        self.database = database
        self.batch = batch
        agents = try NameTable(database, table: "agent")
        symbols = try NameTable(database, table: "symbol")
        strategies = try NameTable(database, table: "strategy")
        statements = Array(repeating: nil, count: FactStatements.Shape.allCases.count)
    }

    func store(_ stamped: StampedFact, knownAt: Timestamp) throws -> StoredAs {
        switch stamped.fact {
        case .bar(let symbol, let bar):
            return try store(.bar, stamped, knownAt) { [symbols] in
                try $0.bind(bar, of: symbols.number(of: symbol.name))
            }
        case .signal(let signal):
            let symbol = try symbols.number(of: signal.symbol.name)
            let shape: FactStatements.Shape = signal.signalID == nil ? .signalByTime : .signalByID
            let storedAs = try store(shape, stamped, knownAt) { [self] in
                try $0.bind(
                    signal, agent: agents.number(of: signal.agent.name), symbol: symbol,
                    strategy: signal.strategyClass.map(strategies.number))
            }
            if storedAs != .duplicate { needs.note(signal, symbol: symbol) }
            return storedAs
        case .outcome(let outcome):
            return try store(outcome.runID == nil ? .outcomeWithoutRun : .outcomeWithRun, stamped, knownAt) { [self] in
                try $0.bind(
                    outcome, agent: agents.number(of: outcome.agent.name),
                    symbol: symbols.number(of: outcome.symbol.name),
                    strategy: outcome.strategyClass.map(strategies.number))
            }
        case .telemetry(let record):
            return try store(.telemetry, stamped, knownAt) { [agents] in
                try $0.bind(record, agent: agents.number(of: record.agent.name))
            }
        case .decision(let decision):
            return try store(.decision, stamped, knownAt) { $0.bind(decision) }
        case .rename(let rename):
            return try store(.rename, stamped, knownAt) { [agents] in
                let old = try agents.number(of: rename.old.name)
                $0.bind(rename, old: old, new: try agents.number(of: rename.new.name))
            }
        case .policyChange(let change):
            return try store(.policyChange, stamped, knownAt) { $0.bind(change) }
        case .barWithdrawal(let withdrawal):
            return try store(.barWithdrawal, stamped, knownAt) { [symbols] in
                $0.bind(withdrawal, of: try symbols.number(of: withdrawal.symbol.name))
            }
        }
    }

    /// What is kept beside the facts, once all of the batch are stored.
    func finish() throws { try needs.store(in: database) }

    private func store(
        _ shape: FactStatements.Shape, _ stamped: StampedFact, _ knownAt: Timestamp,
        bindFields: (RawStatement) throws -> Void
    ) throws -> StoredAs {
        let statements = try self.statements(shape)
        let insert = statements.insert
        insert.bind(knownAt, at: 1)
        insert.bind(Int64(stamped.attestation.rawValue), at: 2)
        insert.bind(batch, at: 3)
        insert.bind(stamped.lineNumber, at: 4)
        insert.bind(Int64(0), at: 5)
        try bindFields(insert)
        if try insert.run() > 0 { return .new }

        let versions = statements.versions
        try bindFields(versions)
        var latest: Int64 = -1
        while try versions.next() {
            if versions.integer(1) != 0 {
                versions.reset()
                return .duplicate
            }
            latest = max(latest, versions.integer(0))
        }
        insert.bind(latest + 1, at: 5)
        guard latest >= 0, try insert.run() > 0 else {
            throw DatabaseError(
                resultCode: .SQLITE_CORRUPT, message: "the index of \(shape.table) and its rows disagree")
        }
        return .revision
    }

    private func statements(_ shape: FactStatements.Shape) throws -> FactStatements {
        if let known = statements[shape.rawValue] { return known }
        let prepared = try FactStatements(database, shape)
        statements[shape.rawValue] = prepared
        return prepared
    }
}
