import Domain

/// Bitstamp, API v2: https://www.bitstamp.net/api/#tag/Market-info/operation/GetOHLCData.
///
/// - Candles: `GET /api/v2/ohlc/{pair}/`, ascending, objects of texts, at most 1,000. The newest `limit` bars up to
///   `end` are given, from wherever `start` may be: `limit` must be the number of bars between the two, or the page
///   begins elsewhere. Bars without a trade are there, with volume 0.
/// - Instruments: `GET /api/v2/markets/`, all in one answer; read in its older form `trading-pairs-info`, too.
/// - Limit: 400 requests a second and 10,000 in ten minutes (https://www.bitstamp.net/api/#section/Request-limits).
///   We take 8 a second, which is half of the second.
extension VenueInterface {
    static let bitstamp = VenueInterface(
        venue: .bitstamp, baseURL: "https://www.bitstamp.net",
        limits: VenueLimits(
            weightPerSecond: 8, burst: 20, candlesPerPage: BitstampReply.page,
            barLengths: BitstampReply.intervals.map(\.length)),
        instrumentRequest: { _ in VenueRequest(target: "/api/v2/markets/") },
        instruments: { (body) throws(ReplyFailure) in try BitstampReply.instruments(body) },
        candleRequest: { instrument, barLength, from, through in
            let query = CandleQuery(from, through, barLength, page: BitstampReply.page, BitstampReply.intervals)
            return VenueRequest(
                target: "/api/v2/ohlc/\(instrument.id)/?step=\(query.interval)&limit=\(query.count)"
                    + "&start=\(query.fromSeconds)&end=\(query.endSeconds)")
        },
        candles: { (body, instrument, barLength) throws(ReplyFailure) in
            try BitstampReply.candles(body, instrument, barLength)
        })
}

private enum BitstampReply {
    static let page = 1_000
    static let intervals: CandleQuery.Intervals = [
        (.minutes(1), "60"), (.minutes(5), "300"), (.minutes(15), "900"), (.minutes(30), "1800"), (.hours(1), "3600"),
        (.hours(4), "14400"), (.day, "86400"),
    ]

    static let states: [String: InstrumentState] = ["Enabled": .trading, "Disabled": .halted]

    static func instruments(_ body: [UInt8]) throws(ReplyFailure) -> InstrumentPage {
        let root = try Reply(body).root
        try throwError(root)
        guard root.isArray else { throw .malformed("the answer is no array: \(root.excerpt)") }
        return try InstrumentEntries.page(InstrumentEntries.numbered(root)) { _, entry in
            if let kind = entry["market_type"], kind.string != "SPOT" { return .leftOut }
            guard let name = entry["name"]?.string else { return .broken("no name") }
            let parts = name.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2 else { return .broken("\(name.prefix(40)) is no pair") }
            guard let id = (entry["market_symbol"] ?? entry["url_symbol"])?.string else { return .broken("no symbol") }
            return InstrumentEntries.instrument(
                of: .bitstamp, id: id, base: parts[0], quote: parts[1],
                state: InstrumentEntries.state(entry["trading"], states), spelling: { ($0 + $1).lowercased() })
        }
    }

    static func candles(
        _ body: [UInt8], _ instrument: Instrument, _ barLength: Span
    ) throws(ReplyFailure) -> [VenueCandle] {
        let root = try Reply(body).root
        try throwError(root)
        let answer = try root.object("data", in: "the answer")
        let pair = answer["pair"]?.string ?? ""
        guard pair.split(separator: "/").joined().lowercased() == instrument.id else {
            throw .malformed("the data are of \(answer["pair"]?.excerpt ?? "nothing"), asked for was \(instrument.id)")
        }
        let rows = try answer.array("ohlc", in: "the data").elements ?? []
        return try CandleRows(barLength: barLength, unit: .seconds).candles(rows) {
            (row, place) throws(ReplyFailure) in
            guard let time = row["timestamp"], let open = row["open"], let high = row["high"], let low = row["low"],
                let close = row["close"], let volume = row["volume"]
            else { throw .malformed("\(place) lacks a field: \(row.excerpt)") }
            return CandleFields(time: time, open: open, high: high, low: low, close: close, volume: volume)
        }
    }

    /// Errors have several shapes, older and newer: `{"status": "error", "reason": …}`, `{"error": …}`,
    /// `{"errors": [{"message": …, "code": …}]}`, `{"response_code": "400.002", "response_explanation": …}`.
    static func throwError(_ root: ReplyValue) throws(ReplyFailure) {
        guard root.isObject, root["data"] == nil else { return }
        let first = root["errors"]?.elements?.first
        let code = root["response_code"]?.code ?? root["code"]?.code ?? first?["code"]?.code
        let message =
            root["response_explanation"]?.words ?? root["reason"]?.words ?? root["error"]?.words
            ?? first?["message"]?.words ?? root["message"]?.words
        guard code != nil || message != nil else { return }
        let text = message ?? "no message"
        let words = text.lowercased()
        let isLimit = ["400.002", "400.067", "400.068"].contains(code ?? "")
        if isLimit || words.contains("rate limit") || words.contains("too many") { throw .limited(message: text) }
        let names = ["currency pair", "market symbol", "market_symbol", "not found"]
        if names.contains(where: words.contains) { throw .unknownInstrument(message: text) }
        throw .refused(code: code ?? "without number", message: text)
    }
}
