import Domain
import JSONText

/// The values of a reconciled row, in the order of its cells.
enum ReconciledField: Int, CaseIterable {
    case time, agent, symbol, direction, runID, horizon, entryPrice, exitPrice, realized, expected, sigma, error
    case absoluteError, version, strategyClass, regime, confidence, score

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
    ///   - base: the text they point into, with room to read behind it.
    /// - Returns: a row whose `byteOffset` counts from `base`.
    @inline(__always)
    mutating func row(_ cells: UnsafePointer<JSONCell>, _ base: UnsafeRawPointer) -> ReconciledRow? {
        let realized = cells[ReconciledField.realized.rawValue]
        let expected = cells[ReconciledField.expected.rawValue]
        let time = cells[ReconciledField.time.rawValue]
        guard ReconciledValues.isFinite(realized), ReconciledValues.isFinite(expected),
            ReconciledValues.isPlainText(time),
            ReconciledValues.hasPosition(cells[ReconciledField.direction.rawValue], base),
            ReconciledValues.hasSaidErrors(cells, realized.number - expected.number), hasUsualRest(cells, base),
            let generatedAt = times.timestamp(
                UnsafeRawBufferPointer(start: base, count: time.end), time.start, time.end),
            let span = ReconciledValues.span(cells[ReconciledField.horizon.rawValue]),
            let sigma = ReconciledValues.positive(cells[ReconciledField.sigma.rawValue]),
            let agent = agent(cells[ReconciledField.agent.rawValue], base),
            let symbol = symbol(cells[ReconciledField.symbol.rawValue], base),
            let strategyClass = strategyClass(cells[ReconciledField.strategyClass.rawValue], base)
        else { return nil }
        return ReconciledRow(
            agent: agent, symbol: symbol, strategyClass: strategyClass, lineIndex: 0, generatedAt: generatedAt,
            closesAt: Timestamp(milliseconds: generatedAt.milliseconds + span.milliseconds),
            realizedReturnBps: realized.number, expectedReturnBps: expected.number, expectedSigmaBps: sigma,
            byteOffset: Int64(time.start))
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

    /// 0 for none; `nil` for a number that is not above 0, or no number.
    @inline(__always)
    static func positive(_ cell: JSONCell) -> Double? {
        if isAbsent(cell) { return 0 }
        return isFinite(cell) && cell.number > 0 ? cell.number : nil
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
    @inline(__always)
    private func hasUsualRest(_ cells: UnsafePointer<JSONCell>, _ base: UnsafeRawPointer) -> Bool {
        let score = cells[ReconciledField.score.rawValue]
        let confidence = cells[ReconciledField.confidence.rawValue]
        return ReconciledValues.positive(cells[ReconciledField.entryPrice.rawValue]) != nil
            && ReconciledValues.positive(cells[ReconciledField.exitPrice.rawValue]) != nil
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
        let word = base.loadUnaligned(fromByteOffset: cell.start, as: UInt32.self)
        switch cell.end - cell.start {
        case 4: return UInt32(littleEndian: word) == 0x474E_4F4C
        case 5:
            return UInt32(littleEndian: word) == 0x524F_4853
                && base.load(fromByteOffset: cell.start + 4, as: UInt8.self) == UInt8(ascii: "T")
        default: return false
        }
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

    @inline(__always)
    private mutating func agent(_ cell: JSONCell, _ base: UnsafeRawPointer) -> Int32? {
        guard ReconciledValues.isPlainText(cell) else { return nil }
        return agents.number(base, cell.start, cell.end) ?? newAgent(cell, base)
    }

    @inline(never)
    private mutating func newAgent(_ cell: JSONCell, _ base: UnsafeRawPointer) -> Int32? {
        guard let agent = AgentID(ReconciledValues.text(cell, base)) else { return nil }
        let number = shared.number(of: agent)
        agents.add(base, cell.start, cell.end, number: number)
        return number
    }

    @inline(__always)
    private mutating func symbol(_ cell: JSONCell, _ base: UnsafeRawPointer) -> Int32? {
        guard ReconciledValues.isPlainText(cell) else { return nil }
        return symbols.number(base, cell.start, cell.end) ?? newSymbol(cell, base)
    }

    @inline(never)
    private mutating func newSymbol(_ cell: JSONCell, _ base: UnsafeRawPointer) -> Int32? {
        guard let symbol = Symbol(ReconciledValues.text(cell, base)) else { return nil }
        let number = shared.number(of: symbol)
        symbols.add(base, cell.start, cell.end, number: number)
        return number
    }

    @inline(__always)
    private mutating func strategyClass(_ cell: JSONCell, _ base: UnsafeRawPointer) -> Int32? {
        if ReconciledValues.isAbsent(cell) { return -1 }
        guard ReconciledValues.isPlainText(cell) else { return nil }
        return classes.number(base, cell.start, cell.end) ?? newClass(cell, base)
    }

    @inline(never)
    private mutating func newClass(_ cell: JSONCell, _ base: UnsafeRawPointer) -> Int32? {
        guard let word = LineParser.word(ReconciledValues.text(cell, base)) else { return nil }
        let number = shared.number(ofClass: word)
        classes.add(base, cell.start, cell.end, number: number)
        return number
    }

    static func text(_ cell: JSONCell, _ base: UnsafeRawPointer) -> String {
        String(decoding: UnsafeRawBufferPointer(start: base + cell.start, count: cell.end - cell.start), as: UTF8.self)
    }
}
