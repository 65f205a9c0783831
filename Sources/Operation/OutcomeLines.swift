package import Domain

/// Imported outcomes as a history of millions of lines gives them: rows of numbers with their names told once, and the
/// line that each was read from.
///
/// A fact by itself carries its texts along wherever it is copied, which cost more than parsing it. An imported outcome
/// is known when it closes and nobody can vouch for it, whoever reads it and when; its row says both from the start.
package struct OutcomeLines: Sendable {
    package private(set) var series = ImportedSeries()
    /// By row, counted from 1 in the file.
    package private(set) var lineNumbers: [Int64] = []

    package init() {}

    package init(_ series: ImportedSeries, lineNumbers: [Int64]) {
        precondition(series.rows.count == lineNumbers.count, "Invariant: every row stands on a line")
        self.series = series
        self.lineNumbers = lineNumbers
    }

    package var count: Int { lineNumbers.count }
    package var isEmpty: Bool { lineNumbers.isEmpty }

    package mutating func append(_ row: ImportedSeries.Row, lineNumber: Int64) {
        series.rows.append(row)
        lineNumbers.append(lineNumber)
    }

    /// Forgets the rows and keeps the names, which the next ones will use again.
    package mutating func removeRows() {
        series.rows.removeAll(keepingCapacity: true)
        lineNumbers.removeAll(keepingCapacity: true)
    }

    package mutating func addAgent(_ agent: AgentID) -> Int32 {
        series.agents.append(agent)
        return Int32(series.agents.count - 1)
    }

    package mutating func addSymbol(_ symbol: Symbol) -> Int32 {
        series.symbols.append(symbol)
        return Int32(series.symbols.count - 1)
    }

    package mutating func addText(_ text: String) -> Int32 {
        series.texts.append(text)
        return Int32(series.texts.count - 1)
    }

    package var nameCount: Int { series.agents.count + series.symbols.count + series.texts.count }

    package func fact(_ index: Int) -> StampedFact {
        let row = series.rows[index]
        return StampedFact(
            fact: .outcome(series.outcome(row)), knownAt: row.knownAt, attestation: row.attestation,
            lineNumber: lineNumbers[index])
    }

    /// Those of the rows that `isKept` names by their places.
    func filtered(_ isKept: (Int) -> Bool) -> OutcomeLines {
        var kept = self
        kept.removeRows()
        for index in 0..<count where isKept(index) { kept.append(series.rows[index], lineNumber: lineNumbers[index]) }
        return kept
    }
}

extension IngestBatch {
    /// All facts one by one, in whichever of the two forms they came.
    package var everyFact: [StampedFact] { facts + (0..<outcomes.count).map(outcomes.fact) }
}
