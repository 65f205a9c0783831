import Domain
import Operation

// What the values of a line say together.
extension LineParser {
    mutating func signal() throws(Refusal) -> ParsedLine {
        let direction: Direction
        switch try action() {
        case .ignore: return .ignored
        case .long: direction = .long
        case .short: direction = .short
        case .flat: direction = .flat
        }
        var signal = Signal(
            agent: try agent(), symbol: try requiredSymbol(), direction: direction, score: try number(.score),
            confidence: try probability(.confidence), probabilityUp: try probability(.probabilityUp),
            horizon: try horizon(), generatedAt: try requiredTime(),
            signalID: try text(.signalID, isRepeated: false), runID: try text(.runID),
            strategyClass: try text(.strategyClass), regime: try text(.regime), agentVersion: try text(.agentVersion))
        if plan.keepsUnknownFields {
            signal.unknownFields = format == .csv ? table.unknownFields(line) : try records.unknownFields(line)
        }
        return .fact(.signal(signal))
    }

    mutating func telemetry() throws(Refusal) -> ParsedLine {
        guard let runID = try text(.runID, isRepeated: false) else { throw missing(.runID) }
        guard let errors = try count(.errors) else { throw missing(.errors) }
        return .fact(
            .telemetry(
                TelemetryRecord(
                    agent: try agent(), runID: runID, at: try requiredTime(), errors: errors,
                    latencyMilliseconds: try nonNegative(.latency), costUSD: try nonNegative(.cost),
                    tokensIn: try count(.tokensIn), tokensOut: try count(.tokensOut))))
    }

    /// A row that another system reconciled. Its direction cannot be `FLAT`: being out has no outcome.
    mutating func outcome() throws(Refusal) -> ParsedLine {
        let direction: Direction
        switch try action() {
        case .ignore: return .ignored
        case .long: direction = .long
        case .short: direction = .short
        case .flat: throw wrong(.direction, "has no outcome; LONG or SHORT is expected")
        }
        let realized = try required(.realizedReturn)
        let expected = try required(.expectedReturn)
        try checkErrors(realized - expected)
        return .fact(
            .outcome(
                ImportedOutcome(
                    agent: try agent(), symbol: try requiredSymbol(), direction: direction,
                    generatedAt: try requiredTime(), horizon: try horizon(), realizedReturnBps: realized,
                    expectedReturnBps: expected, expectedSigmaBps: try positive(.expectedSigma),
                    entryPrice: try positive(.entryPrice), exitPrice: try positive(.exitPrice),
                    score: try number(.score), confidence: try probability(.confidence), runID: try text(.runID),
                    strategyClass: try text(.strategyClass), regime: try text(.regime),
                    forecasterVersion: try text(.forecasterVersion))))
    }

    /// The errors that the other system wrote down must be what its own returns give. It may have rounded each number
    /// to a tenth or to a whole basis point: half a point apart is rounding, more is another formula or a broken row.
    static var writtenErrorTolerance: Double { 0.51 }

    private mutating func checkErrors(_ error: Double) throws(Refusal) {
        let tolerance = LineParser.writtenErrorTolerance
        if let written = try number(.forecastError), (written - error).magnitude > tolerance {
            throw wrong(.forecastError, "is not realized_pnl_bps - expected_pnl_bps = \(error)")
        }
        if let written = try number(.absoluteError), (written - error.magnitude).magnitude > tolerance {
            throw wrong(.absoluteError, "is not |realized_pnl_bps - expected_pnl_bps| = \(error.magnitude)")
        }
    }

    /// A candle. Its time is its **open**; its close is its time plus its length.
    mutating func bar() throws(Refusal) -> ParsedLine {
        guard let (openAt, isDate) = try time(.time, acceptsDate: true) else { throw missing(.time) }
        guard let symbol = try symbol() ?? barName.symbol else {
            throw Refusal(
                reason: "there is no symbol: name it in a column `symbol`, in the file's name (BTCUSDT_1h.csv) or when "
                    + "reading the file")
        }
        let length = try barLength(openAt)
        if isDate, length.milliseconds % Span.day.milliseconds != 0 {
            throw wrong(.time, "is a date alone, but the bar lasts \(length.inHours) h: its hour is missing")
        }
        let open = try price(.open)
        let high = try price(.high)
        let low = try price(.low)
        let close = try price(.close)
        guard high >= max(open, close) else {
            throw wrong(.high, "is below the open \(open) or the close \(close)")
        }
        guard low <= min(open, close) else {
            throw wrong(.low, "is above the open \(open) or the close \(close)")
        }
        let bar = Bar(
            openAt: openAt, closeAt: openAt + length, open: open, high: high, low: low, close: close,
            volume: try nonNegative(.volume))
        return .fact(.bar(symbol, bar))
    }

    private mutating func price(_ field: Field) throws(Refusal) -> Double {
        guard let value = try positive(field) else { throw missing(field) }
        return value
    }

    /// From the line's own `interval` or `close_ts`, else from the file.
    private mutating func barLength(_ openAt: Timestamp) throws(Refusal) -> Span {
        let written = try interval()
        let spanned = try spanToClose(openAt)
        if let written, let spanned, written != spanned {
            throw wrong(.interval, "is not the time to close_ts, \(Double(spanned.milliseconds) / 60_000) minutes")
        }
        if let length = written ?? spanned ?? barName.length { return length }
        throw Refusal(
            reason: "the bar's length is unknown: name it in a column `interval`, in the file's name "
                + "(BTCUSDT_1h.csv) or when reading the file")
    }

    private mutating func interval() throws(Refusal) -> Span? {
        let cell = cell(.interval)
        switch cell.kind {
        case .absent: return nil
        case .text: break
        case .integer, .number, .boolean, .container:
            throw wrong(.interval, "has no unit; a length such as 1h or 30m is expected")
        }
        let span =
            cell.hasEscapes
            ? nil
            : intervals.value(bytes(cell), cell.start, cell.end) { BarName.length($0.trimmingSpaces()) }
        guard let span else { throw wrong(.interval, "is no bar length such as 1h, 30m or 1d") }
        return span
    }

    /// Some exchanges give the last millisecond or second that belongs to the bar (`10:59:59.999`) for its close: that
    /// is the close of the bar that ends right behind it.
    private mutating func spanToClose(_ openAt: Timestamp) throws(Refusal) -> Span? {
        guard let (closeAt, _) = try time(.closeTime) else { return nil }
        var milliseconds = (closeAt - openAt).milliseconds
        let minute: Int64 = 60_000
        if (milliseconds + 1) % minute == 0 {
            milliseconds += 1
        } else if (milliseconds + 1_000) % minute == 0 {
            milliseconds += 1_000
        }
        guard milliseconds > 0, milliseconds <= Span.days(366).milliseconds else {
            throw wrong(.closeTime, "is not behind the bar's open \(openAt)")
        }
        return Span(milliseconds: milliseconds)
    }
}
