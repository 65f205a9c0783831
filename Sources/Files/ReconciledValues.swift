import Domain
import JSONText

/// The values of a reconciled row, in the order of its cells: first those that scores are made of, then those that
/// only refuse a row where they are wrong, and that many files leave out.
enum ReconciledField: Int, CaseIterable {
    case time, agent, symbol, direction, horizon, realized, expected, sigma, error, absoluteError, strategyClass
    case runID, entryPrice, exitPrice, version, regime, confidence, score

    /// The bits of the latter among the keys of a row.
    static let restMask: UInt64 = ~0 << UInt64(ReconciledField.runID.rawValue)

    var field: Field {
        switch self {
        case .time: .time
        case .agent: .agent
        case .symbol: .symbol
        case .direction: .direction
        case .runID: .runID
        case .horizon: .horizonHours
        case .entryPrice: .entryPrice
        case .exitPrice: .exitPrice
        case .realized: .realizedReturn
        case .expected: .expectedReturn
        case .sigma: .expectedSigma
        case .error: .forecastError
        case .absoluteError: .absoluteError
        case .version: .forecasterVersion
        case .strategyClass: .strategyClass
        case .regime: .regime
        case .confidence: .confidence
        case .score: .score
        }
    }
}

/// A row from its cells, where all of its values are of the usual form.
///
/// `nil` is no verdict: it sends the line to `LineParser`. What is taken here must be what `LineParser` would take,
/// with the same numbers.
struct ReconciledValues {
    private let shared: SharedNames
    private var agents = NameNumbers()
    private var symbols = NameNumbers()
    private var classes = NameNumbers()
    private var times = TimeText()

    init(_ shared: SharedNames) { self.shared = shared }

    /// - Parameters:
    ///   - cells: one for each `ReconciledField`.
    ///   - present: a bit of each that the row has.
    ///   - base: the text they point into, with room to read behind it.
    /// - Returns: a row whose `byteOffset` counts from `base`; `nil` also where a name comes for the first time.
    @inline(__always)
    mutating func row(
        _ cells: UnsafePointer<JSONCell>, present: UInt64, _ base: UnsafeRawPointer
    ) -> ReconciledRow? {
        let realized = cells[ReconciledField.realized.rawValue]
        let expected = cells[ReconciledField.expected.rawValue]
        let time = cells[ReconciledField.time.rawValue]
        let agent = number(cells[ReconciledField.agent.rawValue], base, in: agents)
        let symbol = number(cells[ReconciledField.symbol.rawValue], base, in: symbols)
        let named = cells[ReconciledField.strategyClass.rawValue]
        let strategyClass = ReconciledValues.isAbsent(named) ? -1 : number(named, base, in: classes)
        let sigma = ReconciledValues.positive(cells[ReconciledField.sigma.rawValue])
        guard agent != NameNumbers.unmet, symbol != NameNumbers.unmet, strategyClass != NameNumbers.unmet, sigma >= 0,
            ReconciledValues.isFinite(realized), ReconciledValues.isFinite(expected),
            ReconciledValues.isPlainText(time),
            ReconciledValues.hasPosition(cells[ReconciledField.direction.rawValue], base),
            ReconciledValues.hasSaidErrors(cells, realized.number - expected.number),
            present & ReconciledField.restMask == 0 || hasUsualRest(cells, base),
            let generatedAt = times.timestamp(
                UnsafeRawBufferPointer(start: base, count: time.end), time.start, time.end),
            let span = ReconciledValues.span(cells[ReconciledField.horizon.rawValue])
        else { return nil }
        return ReconciledRow(
            agent: agent, symbol: symbol, strategyClass: strategyClass, lineIndex: 0, generatedAt: generatedAt,
            closesAt: Timestamp(milliseconds: generatedAt.milliseconds + span.milliseconds),
            realizedReturnBps: realized.number, expectedReturnBps: expected.number, expectedSigmaBps: sigma,
            byteOffset: Int64(time.start))
    }

    /// The same for a row that has names which were not met before, if they are names.
    @inline(never)
    mutating func rowWithNewNames(
        _ cells: UnsafePointer<JSONCell>, present: UInt64, _ base: UnsafeRawPointer
    ) -> ReconciledRow? {
        let shared = self.shared
        let isNew = [
            ReconciledValues.meet(cells[ReconciledField.agent.rawValue], base, in: &agents) { text in
                AgentID(text).map { shared.number(of: $0) }
            },
            ReconciledValues.meet(cells[ReconciledField.symbol.rawValue], base, in: &symbols) { text in
                Symbol(text).map { shared.number(of: $0) }
            },
            ReconciledValues.meet(cells[ReconciledField.strategyClass.rawValue], base, in: &classes) { text in
                LineParser.word(text).map { shared.number(ofClass: $0) }
            },
        ]
        return isNew.contains(true) ? row(cells, present: present, base) : nil
    }
}

// MARK: Numbers

extension ReconciledValues {
    @inline(__always)
    static func isFinite(_ cell: JSONCell) -> Bool {
        switch cell.kind {
        case .number, .integer: cell.number.isFinite
        case .null, .true, .false, .string, .array, .object, .nan, .positiveInfinity, .negativeInfinity: false
        }
    }

    // Comparing two kinds with == is a call; matching them is not.
    @inline(__always)
    static func isAbsent(_ cell: JSONCell) -> Bool { if case .null = cell.kind { true } else { false } }

    @inline(__always)
    static func isPlainText(_ cell: JSONCell) -> Bool {
        if case .string = cell.kind { !cell.hasEscapes } else { false }
    }

    /// 0 for none; -1 for a number that is not above 0, or no number.
    @inline(__always)
    static func positive(_ cell: JSONCell) -> Double {
        if isAbsent(cell) { return 0 }
        return isFinite(cell) && cell.number > 0 ? cell.number : -1
    }

    @inline(__always)
    private static func span(_ cell: JSONCell) -> Span? {
        if isAbsent(cell) { return Span(milliseconds: 86_400_000) }
        if case .integer = cell.kind, cell.number == 24 { return Span(milliseconds: 86_400_000) }
        return isFinite(cell) ? Horizon(hours: cell.number)?.span : nil
    }

    /// As `LineParser.checkErrors`: the errors that are written are those that the returns give.
    @inline(__always)
    static func hasSaidErrors(_ cells: UnsafePointer<JSONCell>, _ error: Double) -> Bool {
        let written = cells[ReconciledField.error.rawValue]
        let absolute = cells[ReconciledField.absoluteError.rawValue]
        return (ReconciledValues.isAbsent(written)
            || ReconciledValues.isFinite(written)
                && (written.number - error).magnitude <= LineParser.writtenErrorTolerance)
            && (ReconciledValues.isAbsent(absolute)
                || ReconciledValues.isFinite(absolute)
                    && (absolute.number - error.magnitude).magnitude <= LineParser.writtenErrorTolerance)
    }

    /// What enters no score, but refuses a row where it is wrong.
    @inline(never)
    private func hasUsualRest(_ cells: UnsafePointer<JSONCell>, _ base: UnsafeRawPointer) -> Bool {
        let score = cells[ReconciledField.score.rawValue]
        let confidence = cells[ReconciledField.confidence.rawValue]
        return ReconciledValues.positive(cells[ReconciledField.entryPrice.rawValue]) >= 0
            && ReconciledValues.positive(cells[ReconciledField.exitPrice.rawValue]) >= 0
            && (ReconciledValues.isAbsent(score) || ReconciledValues.isFinite(score))
            && (ReconciledValues.isAbsent(confidence)
                || ReconciledValues.isFinite(confidence) && confidence.number >= 0 && confidence.number <= 1)
            && ReconciledValues.isWord(cells[ReconciledField.runID.rawValue], base)
            && ReconciledValues.isWord(cells[ReconciledField.version.rawValue], base)
            && ReconciledValues.isWord(cells[ReconciledField.regime.rawValue], base)
    }
}

// MARK: Texts

extension ReconciledValues {
    /// `LONG` or `SHORT`, as nearly every file writes them.
    @inline(__always)
    static func hasPosition(_ cell: JSONCell, _ base: UnsafeRawPointer) -> Bool {
        guard isPlainText(cell) else { return false }
        let count = cell.end &- cell.start
        guard count == 4 || count == 5 else { return false }
        let word = UInt64(littleEndian: base.loadUnaligned(fromByteOffset: cell.start, as: UInt64.self))
        // Both are as frequent: a choice between two numbers is no branch to guess wrong.
        let expected: UInt64 = count == 4 ? 0x474E_4F4C : 0x54_524F_4853
        return (word ^ expected) &<< UInt64(truncatingIfNeeded: 64 &- 8 &* count) == 0
    }

    /// None, or a text that `LineParser` takes as a word: not too long, and without the one control character that a
    /// JSON string may hold as it is.
    @inline(__always)
    static func isWord(_ cell: JSONCell, _ base: UnsafeRawPointer) -> Bool {
        if isAbsent(cell) { return true }
        guard isPlainText(cell), cell.end - cell.start <= 1_000 else { return false }
        for offset in cell.start..<cell.end where base.load(fromByteOffset: offset, as: UInt8.self) == 0x7F {
            return false
        }
        return true
    }

    /// The number of a name that was met before.
    @inline(__always)
    private func number(_ cell: JSONCell, _ base: UnsafeRawPointer, in table: NameNumbers) -> Int32 {
        guard ReconciledValues.isPlainText(cell) else { return NameNumbers.unmet }
        return table.number(padded: base, cell.start, cell.end)
    }

    /// Whether it is a name that comes for the first time, which then is known.
    private static func meet(
        _ cell: JSONCell, _ base: UnsafeRawPointer, in table: inout NameNumbers, _ number: (String) -> Int32?
    ) -> Bool {
        guard ReconciledValues.isPlainText(cell),
            table.number(padded: base, cell.start, cell.end) == NameNumbers.unmet,
            let number = number(ReconciledValues.text(cell, base))
        else { return false }
        table.add(base, cell.start, cell.end, number: number)
        return true
    }

    static func text(_ cell: JSONCell, _ base: UnsafeRawPointer) -> String {
        String(decoding: UnsafeRawBufferPointer(start: base + cell.start, count: cell.end - cell.start), as: UTF8.self)
    }
}
