import Domain
import HTTPPort

/// Binance spot, REST API v3: https://developers.binance.com/docs/binance-spot-api-docs/rest-api.
///
/// - Candles: `GET /api/v3/klines`, ascending, at most 1,000, weight 2; `startTime` and `endTime` are compared with the
///   openings, both inclusive. Bars without a trade are there, with volume 0.
/// - Instruments: `GET /api/v3/exchangeInfo`, all in one answer, weight 20.
/// - Limit: 6,000 of weight a minute and address; answers tell in `X-MBX-USED-WEIGHT-1M` what is used up; 429, then 418
///   for a ban. We take half.
extension VenueInterface {
    static let binance = VenueInterface(
        venue: .binance, baseURL: "https://api.binance.com",
        limits: VenueLimits(
            weightPerSecond: 50, burst: 300, candlesPerPage: BinanceReply.page,
            barLengths: BinanceReply.intervals.map(\.length)),
        // The sets of permissions are most of the answer's bytes, and nothing we read.
        instrumentRequest: { _ in VenueRequest(target: "/api/v3/exchangeInfo?showPermissionSets=false", weight: 20) },
        instruments: { (body) throws(ReplyFailure) in try BinanceReply.instruments(body) },
        candleRequest: { instrument, barLength, from, through in
            let query = CandleQuery(from, through, barLength, page: BinanceReply.page, BinanceReply.intervals)
            return VenueRequest(
                target: "/api/v3/klines?symbol=\(instrument.id)&interval=\(query.interval)"
                    + "&startTime=\(query.from.milliseconds)&endTime=\(query.end.milliseconds)&limit=\(query.count)",
                weight: 2)
        },
        candles: { (body, _, barLength) throws(ReplyFailure) in try BinanceReply.candles(body, barLength) },
        usedShare: { response in
            guard let used = response.header("X-MBX-USED-WEIGHT-1M").flatMap(Int.init), used >= 0 else { return nil }
            return min(1, Double(used) / BinanceReply.weightPerMinute)
        })
}

private enum BinanceReply {
    static let page = 1_000
    static let weightPerMinute = 6_000.0
    static let intervals: CandleQuery.Intervals = [
        (.minutes(1), "1m"), (.minutes(5), "5m"), (.minutes(15), "15m"), (.minutes(30), "30m"), (.hours(1), "1h"),
        (.hours(4), "4h"), (.day, "1d"),
    ]

    /// `BREAK` is a planned pause and also what a delisted symbol keeps for ever; nothing tells the two apart
    /// (https://dev.binance.vision/t/explanation-on-symbol-status/118), so it is not called gone.
    static let states: [String: InstrumentState] = [
        "TRADING": .trading, "HALT": .halted, "BREAK": .halted, "END_OF_DAY": .halted, "PRE_TRADING": .halted,
        "POST_TRADING": .halted, "AUCTION_MATCH": .halted,
    ]

    static func instruments(_ body: [UInt8]) throws(ReplyFailure) -> InstrumentPage {
        let root = try Reply(body).root
        try throwError(root)
        let symbols = try root.array("symbols", in: "the answer")
        return try InstrumentEntries.page(InstrumentEntries.numbered(symbols)) { _, entry in
            InstrumentEntries.instrument(
                of: .binance, id: entry["symbol"], base: entry["baseAsset"], quote: entry["quoteAsset"],
                state: InstrumentEntries.state(entry["status"], states), spelling: { $0 + $1 })
        }
    }

    /// Rows: open time, open, high, low, close, volume, close time, and five more.
    static func candles(_ body: [UInt8], _ barLength: Span) throws(ReplyFailure) -> [VenueCandle] {
        let root = try Reply(body).root
        try throwError(root)
        guard let rows = root.elements else { throw .malformed("the answer is no array: \(root.excerpt)") }
        return try CandleRows(barLength: barLength, unit: .milliseconds).candles(rows) {
            (row, place) throws(ReplyFailure) in
            let cells = try CandleRows.elements(row, count: 12, place)
            // The only venue that says how long its bar is: a day's bar opens on the grid of hours, too.
            guard let opensAt = cells[0].integer, let closesAt = cells[6].integer,
                closesAt.subtractingReportingOverflow(opensAt) == (barLength.milliseconds - 1, false)
            else {
                throw .malformed(
                    "\(place): a bar from \(cells[0].excerpt) to \(cells[6].excerpt) does not last"
                        + " \(barLength.milliseconds / 60_000) minutes")
            }
            return CandleFields(
                time: cells[0], open: cells[1], high: cells[2], low: cells[3], close: cells[4], volume: cells[5])
        }
    }

    /// `{"code": -1121, "msg": "Invalid symbol."}`; codes, all negative:
    /// https://developers.binance.com/docs/binance-spot-api-docs/errors.
    static func throwError(_ root: ReplyValue) throws(ReplyFailure) {
        guard root.isObject, let code = root["code"]?.code, code.hasPrefix("-") else { return }
        let message = root["msg"]?.words ?? "no message"
        switch code {
        // TOO_MANY_REQUESTS; overloaded, disconnected, timed out: too busy for us, or for everybody.
        case "-1003", "-1001", "-1007", "-1008": throw .limited(message: message)
        case "-1121": throw .unknownInstrument(message: message)
        default: throw .refused(code: code, message: message)
        }
    }
}
