import Domain

/// Turns rows of imported outcomes into a series: numbers, and each name once a batch.
struct ImportedRows {
    /// The places of names that a table of names numbers, by their numbers; -1 for none yet.
    private struct Places {
        private var places: [Int32] = []

        /// `nil` for none yet.
        subscript(_ number: Int64) -> Int32? {
            guard number >= 0, number < places.count, places[Int(number)] >= 0 else { return nil }
            return places[Int(number)]
        }

        /// `number` is one of the table: its name was found.
        mutating func note(_ number: Int64, _ place: Int32) {
            if number >= places.count { places += Array(repeating: -1, count: Int(number) + 1 - places.count) }
            places[Int(number)] = place
        }

        mutating func forget() {
            for number in places.indices { places[number] = -1 }
        }
    }

    /// The text that stood last in a column: most rows repeat it.
    private struct LastText {
        var text = ""
        var place: Int32 = -1
    }

    private let names: LedgerNames
    private var series = ImportedSeries()
    private var agents = Places()
    private var symbols = Places()
    private var strategies = Places()
    private var runID = LastText()
    private var regime = LastText()
    private var forecasterVersion = LastText()

    init(names: LedgerNames) { self.names = names }

    mutating func take(
        _ row: RawStatement, direction: Direction, horizon: Horizon, knownAt: Timestamp, attestation: Attestation
    ) throws {
        var places = ImportedSeries.Names(agent: try agent(row.integer(2)), symbol: try symbol(row.integer(3)))
        if let number = row.optionalInteger(15) { places.strategyClass = try strategy(number) }
        places.runID = ImportedRows.place(row, 14, &runID, in: &series)
        places.regime = ImportedRows.place(row, 16, &regime, in: &series)
        places.forecasterVersion = ImportedRows.place(row, 17, &forecasterVersion, in: &series)
        series.rows.append(
            ImportedSeries.Row(
                knownAt: knownAt, generatedAt: row.time(5), horizon: horizon, realizedReturnBps: row.number(7),
                expectedReturnBps: row.number(8), expectedSigmaBps: row.optionalNumber(9),
                entryPrice: row.optionalNumber(10), exitPrice: row.optionalNumber(11), score: row.optionalNumber(12),
                confidence: row.optionalNumber(13), names: places, direction: direction, attestation: attestation))
    }

    /// The rows so far, empty again.
    mutating func takeSeries() -> ImportedSeries {
        guard !series.rows.isEmpty else { return series }
        var taken = ImportedSeries()
        swap(&taken, &series)
        series.rows.reserveCapacity(taken.rows.count)
        agents.forget()
        symbols.forget()
        strategies.forget()
        (runID, regime, forecasterVersion) = (LastText(), LastText(), LastText())
        return taken
    }

    private mutating func agent(_ number: Int64) throws -> Int32 {
        if let place = agents[number] { return place }
        let place = ImportedRows.add(try names.agent(number), to: &series.agents)
        agents.note(number, place)
        return place
    }

    private mutating func symbol(_ number: Int64) throws -> Int32 {
        if let place = symbols[number] { return place }
        let place = ImportedRows.add(try names.symbol(number), to: &series.symbols)
        symbols.note(number, place)
        return place
    }

    private mutating func strategy(_ number: Int64) throws -> Int32 {
        if let place = strategies[number] { return place }
        let place = ImportedRows.add(try names.strategy(number), to: &series.texts)
        strategies.note(number, place)
        return place
    }

    private static func add<Name>(_ name: Name, to names: inout [Name]) -> Int32 {
        names.append(name)
        return Int32(names.count - 1)
    }

    private static func place(
        _ row: RawStatement, _ column: Int32, _ last: inout LastText, in series: inout ImportedSeries
    ) -> Int32 {
        guard let text = row.optionalText(column) else { return -1 }
        // By bytes: `String` holds texts to be equal that are not the same.
        if last.place >= 0, text.utf8.elementsEqual(last.text.utf8) { return last.place }
        last = LastText(text: text, place: add(text, to: &series.texts))
        return last.place
    }
}
