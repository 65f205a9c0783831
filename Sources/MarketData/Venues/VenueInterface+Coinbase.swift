import Domain

/// Coinbase Exchange: https://docs.cdp.coinbase.com/exchange/reference/exchangerestapi_getproductcandles.
///
/// - Candles: `GET /products/{id}/candles`, `[time, low, high, open, close, volume]`, newest first, at most 300, and
///   only where somebody traded: an opening without a row is a bar without a trade. Some rows may open before `start`.
///   There are no bars of 30 minutes and 4 hours.
/// - Instruments: `GET /products`, all in one answer.
/// - Limit: 10 requests a second and address, bursts of 15
///   (https://docs.cdp.coinbase.com/exchange/rest-api/rate-limits). We take 6, and bursts of 8.
extension VenueInterface {
    static let coinbase = VenueInterface(
        venue: .coinbase, baseURL: "https://api.exchange.coinbase.com",
        limits: VenueLimits(
            weightPerSecond: 6, burst: 8, candlesPerPage: CoinbaseReply.page,
            barLengths: CoinbaseReply.intervals.map(\.length)),
        instrumentRequest: { _ in VenueRequest(target: "/products") },
        instruments: { (body) throws(ReplyFailure) in try CoinbaseReply.instruments(body) },
        candleRequest: { instrument, barLength, from, through in
            let query = CandleQuery(from, through, barLength, page: CoinbaseReply.page, CoinbaseReply.intervals)
            return VenueRequest(
                target: "/products/\(instrument.id)/candles?granularity=\(query.interval)"
                    + "&start=\(query.from)&end=\(query.end)")
        },
        candles: { (body, _, barLength) throws(ReplyFailure) in try CoinbaseReply.candles(body, barLength) })
}

private enum CoinbaseReply {
    static let page = 300
    static let intervals: CandleQuery.Intervals = [
        (.minutes(1), "60"), (.minutes(5), "300"), (.minutes(15), "900"), (.hours(1), "3600"), (.day, "86400"),
    ]

    static let states: [String: InstrumentState] = [
        "online": .trading, "offline": .halted, "internal": .halted, "delisted": .delisted,
    ]

    static func instruments(_ body: [UInt8]) throws(ReplyFailure) -> InstrumentPage {
        let root = try Reply(body).root
        try throwError(root)
        guard root.isArray else { throw .malformed("the answer is no array: \(root.excerpt)") }
        return try InstrumentEntries.page(InstrumentEntries.numbered(root)) { _, entry in
            InstrumentEntries.instrument(
                of: .coinbase, id: entry["id"], base: entry["base_currency"], quote: entry["quote_currency"],
                state: state(entry), spelling: { $0 + "-" + $1 },
                // Celo was listed under the name of its first token.
                renamed: ["CGLD": "CELO"])
        }
    }

    /// A product that is online trades unless it is disabled, or takes cancellations or resting orders only.
    private static func state(_ entry: ReplyValue) -> InstrumentState? {
        guard let state = InstrumentEntries.state(entry["status"], states),
            let isDisabled = entry["trading_disabled"]?.bool
        else { return nil }
        let isRestricted = ["cancel_only", "post_only"].contains { entry[$0]?.bool == true }
        return state == .trading && (isDisabled || isRestricted) ? .halted : state
    }

    static func candles(_ body: [UInt8], _ barLength: Span) throws(ReplyFailure) -> [VenueCandle] {
        let root = try Reply(body).root
        try throwError(root)
        guard let rows = root.elements else { throw .malformed("the answer is no array: \(root.excerpt)") }
        return try CandleRows(barLength: barLength, unit: .seconds).candles(rows) {
            (row, place) throws(ReplyFailure) in
            let cells = try CandleRows.elements(row, count: 6, place)
            return CandleFields(
                time: cells[0], open: cells[3], high: cells[2], low: cells[1], close: cells[4], volume: cells[5])
        }
    }

    /// `{"message": "NotFound"}`: errors have words and no numbers.
    static func throwError(_ root: ReplyValue) throws(ReplyFailure) {
        guard root.isObject, let message = root["message"]?.words else { return }
        let words = message.lowercased()
        if words.contains("rate limit") || words.contains("too many") { throw .limited(message: message) }
        if words.contains("notfound") || words.contains("not found") { throw .unknownInstrument(message: message) }
        throw .refused(code: "without number", message: message)
    }
}
