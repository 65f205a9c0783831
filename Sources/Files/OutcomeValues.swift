import Domain
import JSONText
import Operation

/// An imported outcome from its cells, where all of its values are of the usual form: `ReconciledValues` for those who
/// keep everything that a row says.
///
/// `nil` is no verdict: it sends the line to `LineParser`. What is taken here must be what `LineParser` would take.
struct OutcomeValues {
    private var agents = NameNumbers()
    private var symbols = NameNumbers()
    /// -1 for a text that says nothing.
    private var texts = NameNumbers()
    private var times = TimeText()

    /// - Parameters:
    ///   - cells: one for each `ReconciledField`.
    ///   - base: the text they point into, with room to read behind it.
    ///   - outcomes: takes names that were not met before.
    @inline(__always)
    mutating func row(
        _ cells: UnsafePointer<JSONCell>, _ base: UnsafeRawPointer, names outcomes: inout OutcomeLines
    ) -> ImportedSeries.Row? {
        typealias Values = ReconciledValues
        let realized = cells[ReconciledField.realized.rawValue]
        let expected = cells[ReconciledField.expected.rawValue]
        let time = cells[ReconciledField.time.rawValue]
        let direction = cells[ReconciledField.direction.rawValue]
        let score = cells[ReconciledField.score.rawValue]
        let confidence = cells[ReconciledField.confidence.rawValue]
        let sigma = Values.positive(cells[ReconciledField.sigma.rawValue])
        let entry = Values.positive(cells[ReconciledField.entryPrice.rawValue])
        let exit = Values.positive(cells[ReconciledField.exitPrice.rawValue])
        guard sigma >= 0, entry >= 0, exit >= 0, Values.isFinite(realized), Values.isFinite(expected),
            Values.isPlainText(time), Values.hasPosition(direction, base),
            Values.hasSaidErrors(cells, base, realized.number - expected.number),
            Values.isAbsent(score) || Values.isFinite(score),
            Values.isAbsent(confidence)
                || Values.isFinite(confidence) && confidence.number >= 0 && confidence.number <= 1,
            let generatedAt = times.timestamp(
                UnsafeRawBufferPointer(start: base, count: time.end), time.start, time.end),
            let horizon = Values.horizon(cells[ReconciledField.horizon.rawValue], base),
            let agent = agent(cells[ReconciledField.agent.rawValue], base, &outcomes),
            let symbol = symbol(cells[ReconciledField.symbol.rawValue], base, &outcomes),
            let runID = word(cells[ReconciledField.runID.rawValue], base, &outcomes),
            let strategyClass = word(cells[ReconciledField.strategyClass.rawValue], base, &outcomes),
            let regime = word(cells[ReconciledField.regime.rawValue], base, &outcomes),
            let version = word(cells[ReconciledField.version.rawValue], base, &outcomes)
        else { return nil }
        let names = ImportedSeries.Names(
            agent: agent, symbol: symbol, runID: runID, strategyClass: strategyClass, regime: regime,
            forecasterVersion: version)
        return ImportedSeries.Row(
            knownAt: Timestamp(milliseconds: generatedAt.milliseconds + horizon.span.milliseconds),
            generatedAt: generatedAt, horizon: horizon, realizedReturnBps: realized.number,
            expectedReturnBps: expected.number, expectedSigmaBps: sigma > 0 ? sigma : nil,
            entryPrice: entry > 0 ? entry : nil, exitPrice: exit > 0 ? exit : nil,
            score: Values.isAbsent(score) ? nil : score.number,
            confidence: Values.isAbsent(confidence) ? nil : confidence.number, names: names,
            direction: direction.end - direction.start == 4 ? .long : .short, attestation: .unattested)
    }

    /// A row in the form of a fact, for a line that only `LineParser` could read.
    static func row(of outcome: ImportedOutcome, names outcomes: inout OutcomeLines) -> ImportedSeries.Row {
        let agent = outcomes.addAgent(outcome.agent)
        let symbol = outcomes.addSymbol(outcome.symbol)
        let runID = outcome.runID.map { outcomes.addText($0) } ?? -1
        let strategyClass = outcome.strategyClass.map { outcomes.addText($0) } ?? -1
        let regime = outcome.regime.map { outcomes.addText($0) } ?? -1
        let version = outcome.forecasterVersion.map { outcomes.addText($0) } ?? -1
        return ImportedSeries.Row(
            knownAt: outcome.closesAt, generatedAt: outcome.generatedAt, horizon: outcome.horizon,
            realizedReturnBps: outcome.realizedReturnBps, expectedReturnBps: outcome.expectedReturnBps,
            expectedSigmaBps: outcome.expectedSigmaBps, entryPrice: outcome.entryPrice, exitPrice: outcome.exitPrice,
            score: outcome.score, confidence: outcome.confidence,
            names: ImportedSeries.Names(
                agent: agent, symbol: symbol, runID: runID, strategyClass: strategyClass, regime: regime,
                forecasterVersion: version),
            direction: outcome.direction, attestation: .unattested)
    }
}

// MARK: Names

extension OutcomeValues {
    @inline(__always)
    private mutating func agent(_ cell: JSONCell, _ base: UnsafeRawPointer, _ outcomes: inout OutcomeLines) -> Int32? {
        guard ReconciledValues.isPlainText(cell) else { return nil }
        if let place = agents.number(base, cell.start, cell.end) { return place }
        guard let agent = AgentID(ReconciledValues.text(cell, base)) else { return nil }
        let place = outcomes.addAgent(agent)
        agents.add(base, cell.start, cell.end, number: place)
        return place
    }

    @inline(__always)
    private mutating func symbol(_ cell: JSONCell, _ base: UnsafeRawPointer, _ outcomes: inout OutcomeLines) -> Int32? {
        guard ReconciledValues.isPlainText(cell) else { return nil }
        if let place = symbols.number(base, cell.start, cell.end) { return place }
        guard let symbol = Symbol(ReconciledValues.text(cell, base)) else { return nil }
        let place = outcomes.addSymbol(symbol)
        symbols.add(base, cell.start, cell.end, number: place)
        return place
    }

    @inline(__always)
    private mutating func word(_ cell: JSONCell, _ base: UnsafeRawPointer, _ outcomes: inout OutcomeLines) -> Int32? {
        if ReconciledValues.isAbsent(cell) { return -1 }
        guard ReconciledValues.isPlainText(cell) else { return nil }
        return texts.number(base, cell.start, cell.end) ?? newWord(cell, base, &outcomes)
    }

    @inline(never)
    private mutating func newWord(
        _ cell: JSONCell, _ base: UnsafeRawPointer, _ outcomes: inout OutcomeLines
    ) -> Int32? {
        guard let word = LineParser.word(ReconciledValues.text(cell, base)) else { return nil }
        let place = word.isEmpty ? -1 : outcomes.addText(word)
        texts.add(base, cell.start, cell.end, number: place)
        return place
    }
}
