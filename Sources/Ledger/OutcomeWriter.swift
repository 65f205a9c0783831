import Domain
import GRDB
import Operation

/// Stores the imported outcomes of one batch, many in a statement, where all of them are new.
///
/// What all rows of the batch have in common stands in the statement's text: a history has one horizon, seldom a run or
/// a price, and what SQLite was told once need not be bound and copied for every row. Columns are named in the order of
/// the table, so that SQLite makes a row where its values are put; those behind the last one that any row has are not
/// named.
final class OutcomeWriter {
    /// Which of the columns that a row may leave out it has.
    private struct Presence: OptionSet {
        let rawValue: UInt8

        static let sigma = Presence(rawValue: 1 << 0)
        static let entryPrice = Presence(rawValue: 1 << 1)
        static let exitPrice = Presence(rawValue: 1 << 2)
        static let score = Presence(rawValue: 1 << 3)
        static let confidence = Presence(rawValue: 1 << 4)
        static let strategy = Presence(rawValue: 1 << 5)
        static let regime = Presence(rawValue: 1 << 6)
        static let version = Presence(rawValue: 1 << 7)

        static let columns: [(Presence, String)] = [
            (.sigma, "expectedSigmaBps"), (.entryPrice, "entryPrice"), (.exitPrice, "exitPrice"), (.score, "score"),
            (.confidence, "confidence"), (.strategy, "strategy"), (.regime, "regime"), (.version, "forecasterVersion"),
        ]
    }

    private let database: Database
    private let batch: Int64
    private let series: ImportedSeries
    private let rows: [ImportedSeries.Row]
    private let lineNumbers: [Int64]
    /// The ledger's numbers of the names, by their places; 0 for those that no row has.
    private let agents: [Int64]
    private let symbols: [Int64]
    private let strategies: [Int64]
    private let present: Presence
    private let hasRuns: Bool
    /// `nil` where rows differ in it.
    private let horizon: Int64?
    private var prepared: RawStatement?

    init(_ database: Database, _ outcomes: OutcomeLines, batch: Int64, names: FactWriter) throws {
        self.database = database
        self.batch = batch
        series = outcomes.series
        rows = series.rows
        lineNumbers = outcomes.lineNumbers
        var agents = [Int64](repeating: 0, count: series.agents.count)
        var symbols = [Int64](repeating: 0, count: series.symbols.count)
        var strategies = [Int64](repeating: 0, count: series.texts.count)
        var present: Presence = []
        var hasRuns = false
        var hasOneHorizon = true
        for row in rows {
            let (agent, symbol, strategy) = (
                Int(row.names.agent), Int(row.names.symbol), Int(row.names.strategyClass)
            )
            if agents[agent] == 0 { agents[agent] = try names.agents.number(of: series.agents[agent].name) }
            if symbols[symbol] == 0 { symbols[symbol] = try names.symbols.number(of: series.symbols[symbol].name) }
            if strategy >= 0, strategies[strategy] == 0 {
                strategies[strategy] = try names.strategies.number(of: series.texts[strategy])
            }
            present.formUnion(OutcomeWriter.presence(row))
            if row.names.runID >= 0 { hasRuns = true }
            if row.horizon != rows[0].horizon { hasOneHorizon = false }
        }
        self.agents = agents
        self.symbols = symbols
        self.strategies = strategies
        self.present = present
        self.hasRuns = hasRuns
        horizon = hasOneHorizon ? rows.first?.horizon.span.milliseconds : nil
    }

    private static func presence(_ row: ImportedSeries.Row) -> Presence {
        var present: Presence = []
        if row.expectedSigmaBps != nil { present.insert(.sigma) }
        if row.entryPrice != nil { present.insert(.entryPrice) }
        if row.exitPrice != nil { present.insert(.exitPrice) }
        if row.score != nil { present.insert(.score) }
        if row.confidence != nil { present.insert(.confidence) }
        if row.names.strategyClass >= 0 { present.insert(.strategy) }
        if row.names.regime >= 0 { present.insert(.regime) }
        if row.names.forecasterVersion >= 0 { present.insert(.version) }
        return present
    }

    /// Places of rows: ascending by when they became known, and of one moment by their lines.
    func orderOfStorage() -> [Int32] {
        func precedes(_ left: Int32, _ right: Int32) -> Bool {
            let (leftKnownAt, rightKnownAt) = (rows[Int(left)].knownAt, rows[Int(right)].knownAt)
            if leftKnownAt != rightKnownAt { return leftKnownAt < rightKnownAt }
            return lineNumbers[Int(left)] < lineNumbers[Int(right)]
        }
        let order = rows.indices.map(Int32.init)
        let isSorted = !order.dropFirst().contains { precedes($0, $0 - 1) }
        return isSorted ? order : order.sorted(by: precedes)
    }

    func stamp(_ place: Int) -> (knownAt: Timestamp, Attestation) { (rows[place].knownAt, rows[place].attestation) }

    /// As `FactWriter.storeTogether`, which keeps count of whether it is worth trying.
    func storeTogether(_ group: ArraySlice<Int32>, _ writer: FactWriter) throws -> Bool {
        guard group.count == FactWriter.groupCount, writer.triesTogether else { return false }
        do {
            let insert = try statement()
            var place: Int32 = 0
            for index in group { try bind(Int(index), to: insert, behind: &place) }
            try insert.run()
            return true
        } catch let error as DatabaseError where error.resultCode == .SQLITE_CONSTRAINT {
            writer.noteKnown()
            return false
        }
    }
}

// MARK: The statement

extension OutcomeWriter {
    private func statement() throws -> RawStatement {
        if let prepared { return prepared }
        var columns = ["knownAt", "agent", "symbol", "horizon", "direction", "hasRun", "runID", "version"]
        var values = ["?", "?", "?", horizon.map { "\($0)" } ?? "?", "?"]
        values += hasRuns ? ["?", "?", "0"] : ["0", "''", "0"]
        columns += ["generatedAt", "attestation", "batch", "line", "realizedReturnBps", "expectedReturnBps"]
        values += ["?", "?", "\(batch)", "?", "?", "?"]
        let last = Presence.columns.lastIndex { present.contains($0.0) } ?? -1
        for (column, name) in Presence.columns[...last] {
            columns.append(name)
            values.append(present.contains(column) ? "?" : "NULL")
        }
        let row = "(" + values.joined(separator: ", ") + ")"
        let all = Array(repeating: row, count: FactWriter.groupCount).joined(separator: ", ")
        let statement = try RawStatement(
            database, "INSERT INTO outcome (\(columns.joined(separator: ", "))) VALUES \(all)")
        prepared = statement
        return statement
    }

    /// Binds one row, in the order of the statement's parameters, each of which counts `place` up.
    @inline(__always)
    private func bind(_ index: Int, to insert: RawStatement, behind place: inout Int32) throws {
        let row = rows[index]
        insert.put(row.knownAt.milliseconds, behind: &place)
        insert.put(agents[Int(row.names.agent)], behind: &place)
        insert.put(symbols[Int(row.names.symbol)], behind: &place)
        if horizon == nil { insert.put(row.horizon.span.milliseconds, behind: &place) }
        insert.put(Int64(row.direction.rawValue), behind: &place)
        if hasRuns {
            insert.put(Int64(row.names.runID < 0 ? 0 : 1), behind: &place)
            insert.put(row.names.runID < 0 ? "" : series.text(row.names.runID), behind: &place)
        }
        insert.put(row.generatedAt.milliseconds, behind: &place)
        insert.put(Int64(row.attestation.rawValue), behind: &place)
        insert.put(lineNumbers[index], behind: &place)
        try insert.put(row.realizedReturnBps, behind: &place)
        try insert.put(row.expectedReturnBps, behind: &place)
        if present.contains(.sigma) { try insert.put(row.expectedSigmaBps, behind: &place) }
        if present.contains(.entryPrice) { try insert.put(row.entryPrice, behind: &place) }
        if present.contains(.exitPrice) { try insert.put(row.exitPrice, behind: &place) }
        if present.contains(.score) { try insert.put(row.score, behind: &place) }
        if present.contains(.confidence) { try insert.put(row.confidence, behind: &place) }
        if present.contains(.strategy) {
            let strategy = row.names.strategyClass
            insert.put(strategy < 0 ? nil : strategies[Int(strategy)], behind: &place)
        }
        if present.contains(.regime) { insert.put(series.text(row.names.regime), behind: &place) }
        if present.contains(.version) { insert.put(series.text(row.names.forecasterVersion), behind: &place) }
    }
}
