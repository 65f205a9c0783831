import Domain
import JSONText

/// The values of a reconciled row, in the order of its cells: first those that scores are made of, then those that
/// only refuse a row where they are wrong, and that many files leave out.
enum ReconciledField: Int, CaseIterable {
    case time, agent, symbol, direction, horizon, realized, expected, sigma, error, absoluteError, strategyClass
    case runID, entryPrice, exitPrice, version, regime, confidence, score

    static let count = ReconciledField.allCases.count

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

    /// A reader of rows with a cell for each. What mostly repeats another number or is always the same one is left as
    /// text.
    static func reader() -> JSONRowReader {
        JSONRowReader(
            allCases.map(\.field.name), textKeys: [Field.horizonHours.name, Field.absoluteError.name],
            dialect: .strict, rejectsDuplicateKeys: true)
    }
}

/// Rows from their cells, where all of their values are of the usual form.
///
/// A row that is not taken has no verdict by that: its line goes to `LineParser`. What is taken here must be what
/// `LineParser` would take, with the same numbers.
///
/// One kind of value is read from all rows before the next kind: a loop that does one thing keeps what it needs in
/// registers, and the processor works on several rows at once.
struct ReconciledValues {
    /// At most so many rows at once: a bit of a word for each.
    static let rowsMax = 64

    private let shared: SharedNames
    private var agents = NameNumbers()
    private var symbols = NameNumbers()
    private var classes = NameNumbers()
    private var times = TimeText()

    init(_ shared: SharedNames) { self.shared = shared }

    /// Reads the rows whose values are all of the usual form, and whose names were met before.
    ///
    /// - Parameters:
    ///   - cells: of each row one for each `ReconciledField`, row after row.
    ///   - present: of each row a bit of each cell that it has.
    ///   - base: the text they point into, with room to read behind it.
    ///   - rows: room for `count` of them. The `byteOffset` of a row counts from `base`, its `lineIndex` is left as it
    ///     was.
    /// - Returns: a bit of each row that was read, the first row's the lowest; the others hold nothing of use.
    mutating func read(
        _ cells: UnsafePointer<JSONCell>, present: UnsafePointer<UInt64>, count: Int, _ base: UnsafeRawPointer,
        into rows: UnsafeMutablePointer<ReconciledRow>
    ) -> UInt64 {
        precondition(count <= ReconciledValues.rowsMax, "Invariant: a row has a bit")
        var usual = UInt64.max
        usual &= ReconciledValues.readNames(cells, .agent, count, base, in: agents) { rows[$0].agent = $1 }
        usual &= ReconciledValues.readNames(cells, .symbol, count, base, in: symbols) { rows[$0].symbol = $1 }
        usual &= ReconciledValues.readNames(cells, .strategyClass, count, base, in: classes, absent: -1) {
            rows[$0].strategyClass = $1
        }
        usual &= ReconciledValues.readReturns(cells, count, base, into: rows)
        usual &= ReconciledValues.readTimes(cells, count, base, &times, into: rows)
        for index in 0..<count where present[index] & ReconciledField.restMask != 0 {
            if !ReconciledValues.hasUsualRest(cells + index * ReconciledField.count, base) {
                usual &= ~(1 << UInt64(index))
            }
        }
        return usual
    }

    /// Learns the names of a row that were not met before.
    @inline(never)
    mutating func meetNames(_ cells: UnsafePointer<JSONCell>, _ base: UnsafeRawPointer) {
        let shared = self.shared
        ReconciledValues.meet(cells[ReconciledField.agent.rawValue], base, in: &agents) { text in
            AgentID(text).map { shared.number(of: $0) }
        }
        ReconciledValues.meet(cells[ReconciledField.symbol.rawValue], base, in: &symbols) { text in
            Symbol(text).map { shared.number(of: $0) }
        }
        ReconciledValues.meet(cells[ReconciledField.strategyClass.rawValue], base, in: &classes) { text in
            LineParser.word(text).map { shared.number(ofClass: $0) }
        }
    }
}

// MARK: One kind of value after the other

extension ReconciledValues {
    /// - Parameter absent: the number of no name; `NameNumbers.unmet` where there has to be one.
    /// - Returns: a bit of each row whose name was met before.
    @inline(__always)
    private static func readNames(
        _ cells: UnsafePointer<JSONCell>, _ field: ReconciledField, _ count: Int, _ base: UnsafeRawPointer,
        in table: NameNumbers, absent: Int32 = NameNumbers.unmet, _ put: (Int, Int32) -> Void
    ) -> UInt64 {
        var usual: UInt64 = 0
        var cell = cells + field.rawValue
        for index in 0..<count {
            var number = isAbsent(cell.pointee) ? absent : NameNumbers.unmet
            if isPlainText(cell.pointee) {
                number = table.numberAtOnce(padded: base, cell.pointee.start, cell.pointee.end)
            }
            put(index, number)
            usual |= (number != NameNumbers.unmet ? 1 : 0) &<< UInt64(truncatingIfNeeded: index)
            cell += ReconciledField.count
        }
        if usual.nonzeroBitCount == count { return usual }
        // Long names, and those that stand in another's place.
        for index in 0..<count where usual & 1 << UInt64(index) == 0 {
            let cell = cells[index * ReconciledField.count + field.rawValue]
            guard isPlainText(cell) else { continue }
            let number = table.number(padded: base, cell.start, cell.end)
            put(index, number)
            usual |= (number != NameNumbers.unmet ? 1 : 0) << UInt64(index)
        }
        return usual
    }

    /// - Returns: a bit of each row whose direction, returns and errors are of the usual form.
    @inline(__always)
    private static func readReturns(
        _ cells: UnsafePointer<JSONCell>, _ count: Int, _ base: UnsafeRawPointer,
        into rows: UnsafeMutablePointer<ReconciledRow>
    ) -> UInt64 {
        var usual: UInt64 = 0
        var row = cells
        for index in 0..<count {
            let realized = row[ReconciledField.realized.rawValue]
            let expected = row[ReconciledField.expected.rawValue]
            let sigma = positive(row[ReconciledField.sigma.rawValue])
            rows[index].realizedReturnBps = realized.number
            rows[index].expectedReturnBps = expected.number
            rows[index].expectedSigmaBps = sigma
            let isUsual =
                sigma >= 0 && isFinite(realized) && isFinite(expected)
                && hasPosition(row[ReconciledField.direction.rawValue], base)
                && hasSaidErrors(row, base, realized.number - expected.number)
            usual |= (isUsual ? 1 : 0) &<< UInt64(truncatingIfNeeded: index)
            row += ReconciledField.count
        }
        return usual
    }

    /// - Returns: a bit of each row whose time and horizon are of the usual form.
    @inline(__always)
    private static func readTimes(
        _ cells: UnsafePointer<JSONCell>, _ count: Int, _ base: UnsafeRawPointer, _ times: inout TimeText,
        into rows: UnsafeMutablePointer<ReconciledRow>
    ) -> UInt64 {
        var usual: UInt64 = 0
        var row = cells
        for index in 0..<count {
            let time = row[ReconciledField.time.rawValue]
            rows[index].byteOffset = Int64(time.start)
            if isPlainText(time),
                let generatedAt = times.milliseconds(
                    UnsafeRawBufferPointer(start: base, count: time.end), time.start, time.end),
                let span = spanMilliseconds(row[ReconciledField.horizon.rawValue], base)
            {
                rows[index].generatedAt.milliseconds = generatedAt
                rows[index].closesAt.milliseconds = generatedAt + span
                usual |= 1 &<< UInt64(truncatingIfNeeded: index)
            }
            row += ReconciledField.count
        }
        return usual
    }
}

// MARK: Numbers

extension ReconciledValues {
    @inline(__always)
    static func isFinite(_ cell: JSONCell) -> Bool { isNumber(cell) && cell.number.isFinite }

    @inline(__always)
    static func isNumber(_ cell: JSONCell) -> Bool {
        switch cell.kind {
        case .number, .integer: true
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
    static func horizon(_ cell: JSONCell, _ base: UnsafeRawPointer) -> Horizon? {
        isAbsent(cell) || isDay(cell, base) ? .standard : otherHorizon(cell, base)
    }

    @inline(__always)
    private static func spanMilliseconds(_ cell: JSONCell, _ base: UnsafeRawPointer) -> Int64? {
        isAbsent(cell) || isDay(cell, base) ? 86_400_000 : otherHorizon(cell, base)?.span.milliseconds
    }

    /// A day, which is what nearly every file says, is told by its digits.
    @inline(__always)
    private static func isDay(_ cell: JSONCell, _ base: UnsafeRawPointer) -> Bool {
        guard case .integer = cell.kind, cell.end &- cell.start == 2 else { return false }
        return UInt16(littleEndian: base.loadUnaligned(fromByteOffset: cell.start, as: UInt16.self)) == 0x3432
    }

    @inline(never)
    private static func otherHorizon(_ cell: JSONCell, _ base: UnsafeRawPointer) -> Horizon? {
        isNumber(cell) ? Horizon(hours: cell.readNumber(base)) : nil
    }

    /// As `LineParser.checkErrors`: the errors that are written are those that the returns give.
    @inline(__always)
    static func hasSaidErrors(_ cells: UnsafePointer<JSONCell>, _ base: UnsafeRawPointer, _ error: Double) -> Bool {
        let written = cells[ReconciledField.error.rawValue]
        let absolute = cells[ReconciledField.absoluteError.rawValue]
        guard isAbsent(written) || isFinite(written) && isSaid(written.number, error) else { return false }
        // Where the absolute error is the error without its sign, it is as near to what it should be, or nearer.
        if isAbsent(absolute) || isMagnitude(absolute, of: written, base) { return true }
        return isNumber(absolute) && isSaid(absolute.readNumber(base), error.magnitude)
    }

    @inline(__always)
    private static func isSaid(_ written: Double, _ error: Double) -> Bool {
        (written - error).magnitude <= LineParser.writtenErrorTolerance
    }

    /// Whether two numbers are written alike, but for a sign in front of the second. `false` says nothing.
    @inline(__always)
    private static func isMagnitude(_ cell: JSONCell, of signed: JSONCell, _ base: UnsafeRawPointer) -> Bool {
        guard isNumber(cell), isNumber(signed) else { return false }
        let isNegative = base.load(fromByteOffset: signed.start, as: UInt8.self) == UInt8(ascii: "-")
        let start = signed.start &+ (isNegative ? 1 : 0)
        let count = cell.end &- cell.start
        guard count == signed.end &- start, count <= 8 else { return false }
        let difference =
            base.loadUnaligned(fromByteOffset: start, as: UInt64.self)
            ^ base.loadUnaligned(fromByteOffset: cell.start, as: UInt64.self)
        return UInt64(littleEndian: difference) &<< UInt64(truncatingIfNeeded: 64 &- 8 &* count) == 0
    }

    /// What enters no score, but refuses a row where it is wrong.
    @inline(never)
    private static func hasUsualRest(_ cells: UnsafePointer<JSONCell>, _ base: UnsafeRawPointer) -> Bool {
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

    /// Learns a name that comes for the first time.
    private static func meet(
        _ cell: JSONCell, _ base: UnsafeRawPointer, in table: inout NameNumbers, _ number: (String) -> Int32?
    ) {
        guard ReconciledValues.isPlainText(cell),
            table.number(padded: base, cell.start, cell.end) == NameNumbers.unmet,
            let number = number(ReconciledValues.text(cell, base))
        else { return }
        table.add(base, cell.start, cell.end, number: number)
    }

    static func text(_ cell: JSONCell, _ base: UnsafeRawPointer) -> String {
        String(decoding: UnsafeRawBufferPointer(start: base + cell.start, count: cell.end - cell.start), as: UTF8.self)
    }
}
