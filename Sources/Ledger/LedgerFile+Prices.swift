package import Domain
import GRDB
package import Operation

// What the ledger knows of prices beside the fold's facts; see `PriceLog`.

extension LedgerFile {
    package func priceNeeds() throws -> [PriceNeed] {
        try read { database in
            let statement = try RawStatement(
                database,
                """
                SELECT symbol.name, firstSignalAt, lastCloseAt FROM price_need
                JOIN symbol ON symbol.id = price_need.symbol ORDER BY symbol.name
                """)
            return try statement.all { row in
                PriceNeed(
                    symbol: try symbol(row.text(0)), firstSignalAt: row.optionalTime(1),
                    lastCloseAt: row.optionalTime(2))
            }.sorted { $0.symbol < $1.symbol }
        }
    }

    /// The unique index of bars answers this alone, without a look at the bars.
    package func openings(of symbol: Symbol, in range: OpeningRange) throws -> [Timestamp] {
        try read { database in
            guard let number = try number(of: symbol, in: database) else { return [] }
            let statement = try RawStatement(
                database,
                """
                SELECT openAt FROM bar WHERE symbol = ?1 AND openAt >= ?2 AND openAt < ?3 AND closeAt = openAt + ?4
                AND version = 0 ORDER BY openAt
                """)
            statement.bind(number, at: 1)
            statement.bind(range.from, at: 2)
            statement.bind(range.through, at: 3)
            statement.bind(range.barLength.milliseconds, at: 4)
            return try statement.all { $0.time(0) }
        }
    }

    package func newestBars(of symbol: Symbol, atOrBefore time: Timestamp, limit: Int) throws -> [Bar] {
        try read { database in
            guard let number = try number(of: symbol, in: database) else { return [] }
            let statement = try RawStatement(
                database,
                """
                SELECT openAt, closeAt, open, high, low, close, volume FROM bar
                WHERE symbol = ?1 AND openAt < ?2 AND closeAt <= ?2 AND version = 0 AND NOT EXISTS (
                    SELECT 1 FROM bar_withdrawal AS gone WHERE gone.symbol = bar.symbol AND gone.openAt = bar.openAt
                    AND gone.closeAt = bar.closeAt)
                ORDER BY openAt DESC, closeAt DESC LIMIT ?3
                """)
            statement.bind(number, at: 1)
            statement.bind(time, at: 2)
            statement.bind(Int64(max(0, limit)), at: 3)
            return try statement.all { row in
                Bar(
                    openAt: row.time(0), closeAt: row.time(1), open: row.number(2), high: row.number(3),
                    low: row.number(4), close: row.number(5), volume: row.optionalNumber(6))
            }.reversed()
        }
    }

    /// In the order of names.
    package func priceWatches() throws -> [PriceWatch] {
        try read { try RawStatement($0, LedgerFile.watchColumns).all(decodeWatch) }.sorted { $0.symbol < $1.symbol }
    }

    package func priceWatch(of symbol: Symbol) throws -> PriceWatch? {
        try read { database in
            let statement = try RawStatement(database, LedgerFile.watchColumns + " WHERE symbol.name = ?1")
            statement.bind(symbol.name, at: 1)
            return try statement.first(decodeWatch)
        }
    }

    private static let watchColumns = """
        SELECT symbol.name, firstLookedAt, lookedAt, state, venue FROM price_watch
        JOIN symbol ON symbol.id = price_watch.symbol
        """

    private func decodeWatch(_ row: RawStatement) throws -> PriceWatch {
        guard let state = InstrumentState(rawValue: row.text(3)) else {
            throw LedgerNames.damage(path, "state of an instrument", row.text(3))
        }
        guard let venue = Venue(rawValue: row.text(4)) else { throw LedgerNames.damage(path, "venue", row.text(4)) }
        return PriceWatch(
            symbol: try symbol(row.text(0)), firstLookedAt: row.time(1), lookedAt: row.time(2), state: state,
            venue: venue)
    }

    /// Ascending by symbol, then by range; of one symbol, or of all.
    package func priceGaps(of symbol: Symbol?) throws -> [PriceGap] {
        try read { database in
            let condition = symbol == nil ? "" : "WHERE symbol.name = ?1"
            let statement = try RawStatement(database, "\(LedgerFile.gapColumns) \(condition)")
            if let symbol { statement.bind(symbol.name, at: 1) }
            return try statement.all(decodeGap)
        }.sorted { $0.precedes($1) }
    }

    private static let gapColumns = """
        SELECT symbol.name, barLength, fromOpenAt, throughOpenAt, attempts, firstAskedAt, lastAskedAt, nextAskAt, reason
        FROM price_gap JOIN symbol ON symbol.id = price_gap.symbol
        """

    private func decodeGap(_ row: RawStatement) throws -> PriceGap {
        PriceGap(
            symbol: try symbol(row.text(0)),
            range: OpeningRange(
                from: row.time(2), through: row.time(3), barLength: Span(milliseconds: row.integer(1))),
            attempts: Int(row.integer(4)), firstAskedAt: row.time(5), lastAskedAt: row.time(6), nextAskAt: row.time(7),
            reason: row.text(8))
    }

    private func symbol(_ name: String) throws -> Symbol {
        guard let symbol = Symbol(name) else { throw LedgerNames.damage(path, "symbol", name) }
        return symbol
    }

    private func number(of symbol: Symbol, in database: Database) throws -> Int64? {
        let statement = try RawStatement(database, "SELECT id FROM symbol WHERE name = ?1")
        statement.bind(symbol.name, at: 1)
        return try statement.first { $0.integer(0) }
    }
}

// MARK: Storing

extension LedgerFile {
    /// Bars and withdrawals, what is known of the symbol's instrument, and its gaps, in one transaction.
    package func store(_ batch: PriceBatch) throws -> IngestCounts {
        let symbol = try batch.soleSymbol(path: path)
        return try write { database in
            let counts = try append(batch.facts, in: database)
            guard let symbol else { return counts }
            let number = try NameTable(database, table: "symbol").number(of: symbol.name)
            if let watch = batch.watch { try save(watch, symbol: number, in: database) }
            let covered = (batch.range.map { [$0] } ?? []) + batch.gaps.map(\.range)
            for range in covered { try cutGaps(of: number, outOf: range, in: database) }
            for gap in batch.gaps { try insert(gap, symbol: number, in: database) }
            return counts
        }
    }

    private func save(_ watch: PriceWatch, symbol: Int64, in database: Database) throws {
        let statement = try RawStatement(
            database,
            """
            INSERT INTO price_watch (symbol, firstLookedAt, lookedAt, state, venue) VALUES (?1, ?2, ?3, ?4, ?5)
            ON CONFLICT (symbol) DO UPDATE SET firstLookedAt = ?2, lookedAt = ?3, state = ?4, venue = ?5
            """)
        statement.bind(symbol, at: 1)
        statement.bind(watch.firstLookedAt, at: 2)
        statement.bind(watch.lookedAt, at: 3)
        statement.bind(watch.state.rawValue, at: 4)
        statement.bind(watch.venue.rawValue, at: 5)
        try statement.run()
    }

    /// What of a gap lies before or behind the range stays a gap, with its own history.
    private func cutGaps(of symbol: Int64, outOf range: OpeningRange, in database: Database) throws {
        guard !range.isEmpty else { return }
        let overlapping = "barLength = ?2 AND fromOpenAt < ?4 AND throughOpenAt > ?3"
        let find = try RawStatement(
            database,
            """
            \(LedgerFile.gapColumns) WHERE price_gap.symbol = ?1 AND \(overlapping)
            """)
        let remove = try RawStatement(database, "DELETE FROM price_gap WHERE symbol = ?1 AND \(overlapping)")
        for statement in [find, remove] {
            statement.bind(symbol, at: 1)
            statement.bind(range.barLength.milliseconds, at: 2)
            statement.bind(range.from, at: 3)
            statement.bind(range.through, at: 4)
        }
        let cut = try find.all(decodeGap)
        guard !cut.isEmpty else { return }
        try remove.run()
        for gap in cut {
            var rest = gap
            if gap.range.from < range.from {
                rest.range.through = range.from
                try insert(rest, symbol: symbol, in: database)
            }
            rest = gap
            if gap.range.through > range.through {
                rest.range.from = range.through
                try insert(rest, symbol: symbol, in: database)
            }
        }
    }

    private func insert(_ gap: PriceGap, symbol: Int64, in database: Database) throws {
        let statement = try RawStatement(
            database,
            """
            INSERT INTO price_gap (symbol, barLength, fromOpenAt, throughOpenAt, attempts, firstAskedAt, lastAskedAt,
                nextAskAt, reason)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
            """)
        statement.bind(symbol, at: 1)
        statement.bind(gap.range.barLength.milliseconds, at: 2)
        statement.bind(gap.range.from, at: 3)
        statement.bind(gap.range.through, at: 4)
        statement.bind(Int64(gap.attempts), at: 5)
        statement.bind(gap.firstAskedAt, at: 6)
        statement.bind(gap.lastAskedAt, at: 7)
        statement.bind(gap.nextAskAt, at: 8)
        statement.bind(gap.reason, at: 9)
        try statement.run()
    }
}

extension PriceBatch {
    /// Whose prices they are; `nil` where nothing beside facts is to be stored.
    fileprivate func soleSymbol(path: String) throws -> Symbol? {
        var symbols = Set(gaps.map(\.symbol))
        if let watch { symbols.insert(watch.symbol) }
        guard range != nil || !symbols.isEmpty else { return nil }
        for stamped in facts.facts {
            switch stamped.fact {
            case .bar(let symbol, _): symbols.insert(symbol)
            case .barWithdrawal(let withdrawal): symbols.insert(withdrawal.symbol)
            case .signal, .telemetry, .outcome, .decision, .rename, .policyChange: continue
            }
        }
        guard symbols.count == 1, let symbol = symbols.first else {
            throw LedgerError.failed(
                path: path,
                detail: "a batch of prices concerns one symbol, this one "
                    + (symbols.isEmpty ? "names none" : symbols.map(\.name).sorted().joined(separator: ", ")))
        }
        return symbol
    }
}

extension PriceGap {
    fileprivate func precedes(_ other: PriceGap) -> Bool {
        if symbol != other.symbol { return symbol < other.symbol }
        if range.from != other.range.from { return range.from < other.range.from }
        return range.barLength < other.range.barLength
    }
}
