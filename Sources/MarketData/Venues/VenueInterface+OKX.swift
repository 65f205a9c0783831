import Domain

/// OKX spot, REST API v5: https://www.okx.com/docs-v5/en/#order-book-trading-market-data-get-candlesticks-history.
///
/// - Candles: `GET /api/v5/market/history-candles`, newest first, as `[ts, o, h, l, c, vol, volCcy, volCcyQuote,
///   confirm]`. `after` asks for what is earlier than it and `before` for what is newer, both exclusive.
///   `market/candles` has nothing older than 1,440 bars; one path that reaches everything is worth more than its larger
///   pages. We ask for 100 a page, which every version of the documentation allows: were fewer given than asked for,
///   the oldest would be missing, and look like a gap.
/// - The day's bar must be `1Dutc`: `1D` opens at 16:00 UTC.
/// - Instruments: `GET /api/v5/public/instruments?instType=SPOT`, all in one answer.
/// - Errors come in `code`, often with status 200.
/// - Limit: 20 requests in 2 seconds and address. We take 8 a second.
extension VenueInterface {
    static let okx = VenueInterface(
        venue: .okx, baseURL: "https://www.okx.com",
        limits: VenueLimits(
            weightPerSecond: 8, burst: 10, candlesPerPage: OKXReply.page, barLengths: OKXReply.intervals.map(\.length)),
        instrumentRequest: { _ in VenueRequest(target: "/api/v5/public/instruments?instType=SPOT") },
        instruments: { (body) throws(ReplyFailure) in try OKXReply.instruments(body) },
        candleRequest: { instrument, barLength, from, through in
            let query = CandleQuery(from, through, barLength, page: OKXReply.page, OKXReply.intervals)
            return VenueRequest(
                target: "/api/v5/market/history-candles?instId=\(instrument.id)&bar=\(query.interval)"
                    + "&before=\(query.from.milliseconds - 1)&after=\(query.through.milliseconds)"
                    + "&limit=\(query.count)")
        },
        candles: { (body, _, barLength) throws(ReplyFailure) in try OKXReply.candles(body, barLength) })
}

private enum OKXReply {
    static let page = 100
    static let intervals: CandleQuery.Intervals = [
        (.minutes(1), "1m"), (.minutes(5), "5m"), (.minutes(15), "15m"), (.minutes(30), "30m"), (.hours(1), "1H"),
        (.hours(4), "4H"), (.day, "1Dutc"),
    ]

    static let states: [String: InstrumentState] = [
        "live": .trading, "suspend": .halted, "preopen": .halted, "rebase": .halted, "expired": .delisted,
    ]

    static func instruments(_ body: [UInt8]) throws(ReplyFailure) -> InstrumentPage {
        let list = try list(body)
        return try InstrumentEntries.page(InstrumentEntries.numbered(list)) { _, entry in
            guard let kind = entry["instType"]?.string else { return .broken("no instType") }
            guard kind == "SPOT", entry["state"]?.string != "test" else { return .leftOut }
            return InstrumentEntries.instrument(
                of: .okx, id: entry["instId"], base: entry["baseCcy"], quote: entry["quoteCcy"],
                state: InstrumentEntries.state(entry["state"], states), spelling: { $0 + "-" + $1 })
        }
    }

    static func candles(_ body: [UInt8], _ barLength: Span) throws(ReplyFailure) -> [VenueCandle] {
        let rows = try list(body).elements ?? []
        return try CandleRows(barLength: barLength, unit: .milliseconds).candles(rows) {
            (row, place) throws(ReplyFailure) in
            let cells = try CandleRows.elements(row, count: 9, place)
            guard let flag = cells[8].code, flag == "0" || flag == "1" else {
                throw .malformed("\(place): confirm is \(cells[8].excerpt)")
            }
            return CandleFields(
                time: cells[0], open: cells[1], high: cells[2], low: cells[3], close: cells[4], volume: cells[5],
                isConfirmed: flag == "1")
        }
    }

    /// `{"code": "51001", "msg": "Instrument ID does not exist", "data": []}`; codes:
    /// https://www.okx.com/docs-v5/en/#error-code.
    private static func list(_ body: [UInt8]) throws(ReplyFailure) -> ReplyValue {
        let root = try Reply(body).root
        guard let code = root["code"]?.code else { throw .malformed("the answer has no code: \(root.excerpt)") }
        if code == "0" { return try root.array("data", in: "the answer") }
        let message = root["msg"]?.words ?? "no message"
        switch code {
        // Too many requests; then unavailable, timed out, busy: to be left alone for a while either way.
        case "50011", "50040", "50061", "50001", "50004", "50013": throw .limited(message: message)
        case "51001": throw .unknownInstrument(message: message)
        case "51000" where message.contains("instId"): throw .unknownInstrument(message: message)
        default: throw .refused(code: code, message: message)
        }
    }
}
