import Domain

/// Turns rows into facts and gathers them into a batch.
struct FactCollector {
    private let names: LedgerNames
    private let path: String
    private var batch = FactBatch()
    /// The place in `batch.bars` of a symbol's bars, by its number; -1 for none yet.
    private var seriesPlaces: [Int]
    private var imported: ImportedRows
    private(set) var count = 0

    init(names: LedgerNames, path: String) {
        self.names = names
        self.path = path
        seriesPlaces = Array(repeating: -1, count: names.symbolCount + 1)
        imported = ImportedRows(names: names)
    }

    mutating func take(_ kind: FactKind, from row: RawStatement) throws {
        let knownAt = row.time(0)
        guard let attestation = Attestation(rawValue: UInt8(clamping: row.integer(1))) else {
            throw LedgerError.corrupt(path: path, detail: "\(row.integer(1)) is no attestation")
        }
        switch kind {
        case .policyChange:
            batch.policyChanges.append(Dated(policyChange(row), knownAt: knownAt, attestation: attestation))
        case .rename: batch.renames.append(Dated(try rename(row), knownAt: knownAt, attestation: attestation))
        case .bar: try takeBar(row, knownAt: knownAt, attestation: attestation)
        case .signal: batch.signals.append(Dated(try signal(row), knownAt: knownAt, attestation: attestation))
        case .outcome:
            try imported.take(
                row, direction: try direction(row.integer(4)), horizon: try horizon(row.integer(6)), knownAt: knownAt,
                attestation: attestation)
        case .telemetry: batch.telemetry.append(Dated(try telemetry(row), knownAt: knownAt, attestation: attestation))
        case .decision: batch.decisions.append(Dated(try decision(row), knownAt: knownAt, attestation: attestation))
        case .barWithdrawal:
            batch.barWithdrawals.append(Dated(try barWithdrawal(row), knownAt: knownAt, attestation: attestation))
        }
        count += 1
    }

    /// The batch so far, its bars in the order of their symbols; the collector is empty again.
    mutating func takeBatch() -> FactBatch {
        var taken = FactBatch()
        swap(&taken, &batch)
        taken.bars.sort { $0.symbol < $1.symbol }
        taken.imported = imported.takeSeries()
        for place in seriesPlaces.indices { seriesPlaces[place] = -1 }
        count = 0
        return taken
    }

    private mutating func takeBar(_ row: RawStatement, knownAt: Timestamp, attestation: Attestation) throws {
        let number = row.integer(2)
        guard number >= 1, number < seriesPlaces.count else {
            throw LedgerNames.damage(path, "symbol", "number \(number)")
        }
        let place: Int
        if seriesPlaces[Int(number)] >= 0 {
            place = seriesPlaces[Int(number)]
        } else {
            place = batch.bars.count
            seriesPlaces[Int(number)] = place
            batch.bars.append(BarSeries(symbol: try names.symbol(number), bars: []))
        }
        let bar = Bar(
            openAt: row.time(3), closeAt: row.time(4), open: row.number(5), high: row.number(6), low: row.number(7),
            close: row.number(8), volume: row.optionalNumber(9))
        batch.bars[place].bars.append(Dated(bar, knownAt: knownAt, attestation: attestation))
    }

    private func direction(_ value: Int64) throws -> Direction {
        guard let sign = Int8(exactly: value), let direction = Direction(rawValue: sign) else {
            throw LedgerNames.damage(path, "direction", String(value))
        }
        return direction
    }

    private func horizon(_ value: Int64) throws -> Horizon {
        guard let horizon = Horizon(Span(milliseconds: value)) else {
            throw LedgerNames.damage(path, "horizon", "\(value) ms")
        }
        return horizon
    }

    private func signal(_ row: RawStatement) throws -> Signal {
        Signal(
            agent: try names.agent(row.integer(2)), symbol: try names.symbol(row.integer(3)),
            direction: try direction(row.integer(4)), score: row.optionalNumber(5), confidence: row.optionalNumber(6),
            probabilityUp: row.optionalNumber(7), horizon: try horizon(row.integer(8)), generatedAt: row.time(9),
            signalID: row.optionalText(10), runID: row.optionalText(11),
            strategyClass: try row.optionalInteger(12).map(names.strategy), regime: row.optionalText(13),
            agentVersion: row.optionalText(14), unknownFields: row.text(15))
    }

    private func telemetry(_ row: RawStatement) throws -> TelemetryRecord {
        TelemetryRecord(
            agent: try names.agent(row.integer(2)), runID: row.text(3), at: row.time(4), errors: row.integer(5),
            latencyMilliseconds: row.optionalNumber(6), costUSD: row.optionalNumber(7),
            tokensIn: row.optionalInteger(8), tokensOut: row.optionalInteger(9))
    }

    private func decision(_ row: RawStatement) throws -> HumanDecision {
        guard let kind = DecisionKind(rawValue: row.text(2)) else {
            throw LedgerNames.damage(path, "kind of decision", row.text(2))
        }
        let scope: DecisionScope
        switch row.text(3) {
        case "agent":
            guard let agent = AgentID(row.text(4)) else { throw LedgerNames.damage(path, "agent", row.text(4)) }
            scope = .agent(agent)
        case "strategy": scope = .strategy(row.text(4))
        case let other: throw LedgerNames.damage(path, "scope of a decision", other)
        }
        return HumanDecision(
            kind: kind, scope: scope, at: row.time(5), reason: row.text(6), author: row.text(7), evidence: row.text(8))
    }

    private func rename(_ row: RawStatement) throws -> AgentRename {
        AgentRename(old: try names.agent(row.integer(2)), new: try names.agent(row.integer(3)), at: row.time(4))
    }

    private func barWithdrawal(_ row: RawStatement) throws -> BarWithdrawal {
        BarWithdrawal(
            symbol: try names.symbol(row.integer(2)), openAt: row.time(3), closeAt: row.time(4), at: row.time(5),
            reason: row.text(6))
    }

    private func policyChange(_ row: RawStatement) -> PolicyChange {
        PolicyChange(at: row.time(2), policyText: row.text(3), reason: row.text(4))
    }
}
