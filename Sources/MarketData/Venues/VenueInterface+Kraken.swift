import Domain

/// Kraken spot: https://docs.kraken.com/api-reference/market-data/get-ohlc-data.
///
/// - Candles: `GET /0/public/OHLC`, ascending, `[time, open, high, low, close, vwap, volume, count]`, the newest 720
///   whatever `since` says: older ones cannot be had. "The last entry … is for the current, not-yet-committed
///   timeframe, and will always be present." Bars without a trade are there, with volume 0.
/// - The result's key is the pair's internal name (`XXBTZUSD` where `XBTUSD` was asked for).
/// - Instruments: `GET /0/public/AssetPairs`, all in one answer.
/// - Errors come with status 200, in `error`.
/// - Limit: about one public request a second
///   (https://support.kraken.com/hc/en-us/articles/206548367-What-are-the-API-rate-limits-). We stay below.
extension VenueInterface {
    static let kraken = VenueInterface(
        venue: .kraken, baseURL: "https://api.kraken.com",
        limits: VenueLimits(
            weightPerSecond: 0.8, burst: 2, candlesPerPage: KrakenReply.page,
            // The running bar among them. One more may begin while we ask.
            reachableBars: KrakenReply.page - 1, barLengths: KrakenReply.intervals.map(\.length)),
        instrumentRequest: { _ in VenueRequest(target: "/0/public/AssetPairs") },
        instruments: { (body) throws(ReplyFailure) in try KrakenReply.instruments(body) },
        candleRequest: { instrument, barLength, from, through in
            let query = CandleQuery(from, through, barLength, page: KrakenReply.page, KrakenReply.intervals)
            // Whether `since` is inclusive has changed over the years; a second earlier it does not matter.
            return VenueRequest(
                target: "/0/public/OHLC?pair=\(instrument.id)&interval=\(query.interval)"
                    + "&since=\(query.fromSeconds - 1)")
        },
        candles: { (body, instrument, barLength) throws(ReplyFailure) in
            try KrakenReply.candles(body, instrument, barLength)
        })
}

private enum KrakenReply {
    static let page = 720
    static let intervals: CandleQuery.Intervals = [
        (.minutes(1), "1"), (.minutes(5), "5"), (.minutes(15), "15"), (.minutes(30), "30"), (.hours(1), "60"),
        (.hours(4), "240"), (.day, "1440"),
    ]

    static let states: [String: InstrumentState] = [
        "online": .trading, "limit_only": .trading, "post_only": .halted, "cancel_only": .halted,
        "reduce_only": .halted, "delisted": .delisted,
    ]

    /// What Kraken calls otherwise than the field. It kept the old names of the two assets that others renamed after
    /// Terra's collapse: its LUNA is what others list as LUNC.
    static let renamed = [
        "XBT": "BTC", "XDG": "DOGE", "LUNA": "LUNC", "LUNA2": "LUNA", "UST": "USTC", "REPV2": "REP", "REP": "REPV1",
    ]

    /// Its newer interfaces say BTC and DOGE; should the words change before the names do, they still agree.
    private static func oldName(_ asset: String) -> String { ["BTC": "XBT", "DOGE": "XDG"][asset] ?? asset }

    static func instruments(_ body: [UInt8]) throws(ReplyFailure) -> InstrumentPage {
        let result = try result(body)
        return try InstrumentEntries.page(result.fields ?? []) { key, entry in
            guard let name = entry["altname"]?.string else { return .broken("no altname") }
            // Dark pools, and shares as tokens.
            if key.hasSuffix(".d") || name.hasSuffix(".d") { return .leftOut }
            guard let kind = entry["aclass_base"]?.string else { return .broken("no aclass_base") }
            guard kind == "currency" else { return .leftOut }
            // The name on the socket is the pair in words, without the X and Z of the internal names.
            guard let parts = entry["wsname"]?.string?.split(separator: "/"), parts.count == 2 else {
                return .broken("no wsname")
            }
            return InstrumentEntries.instrument(
                of: .kraken, id: name, base: String(parts[0]), quote: String(parts[1]),
                state: InstrumentEntries.state(entry["status"], states),
                spelling: { name == $0 + $1 ? name : oldName($0) + oldName($1) }, renamed: renamed)
        }
    }

    static func candles(
        _ body: [UInt8], _ instrument: Instrument, _ barLength: Span
    ) throws(ReplyFailure) -> [VenueCandle] {
        let fields = try result(body).fields ?? []
        let pairs = fields.filter { $0.key != "last" }
        guard let pair = pairs.first, pairs.count == 1 else {
            throw .malformed("the result has \(pairs.count) pairs instead of one")
        }
        guard isName(pair.key, of: instrument) else {
            throw .malformed("the result is of \"\(pair.key.prefix(40))\", asked for was \(instrument.id)")
        }
        guard let rows = pair.value.elements else {
            throw .malformed("\"\(pair.key)\" is no array: \(pair.value.excerpt)")
        }
        var candles = try CandleRows(barLength: barLength, unit: .seconds).candles(rows) {
            (row, place) throws(ReplyFailure) in
            let cells = try CandleRows.elements(row, count: 8, place)
            return CandleFields(
                time: cells[0], open: cells[1], high: cells[2], low: cells[3], close: cells[4], volume: cells[6],
                isConfirmed: true)
        }
        if !candles.isEmpty { candles[candles.count - 1].isConfirmed = false }
        return candles
    }

    /// `XXBTZUSD` is `XBTUSD`: crypto assets of the first years carry an X, currencies a Z.
    private static func isName(_ key: String, of instrument: Instrument) -> Bool {
        if key == instrument.id { return true }
        let classes = ["", "X", "Z"]
        return instrument.id.indices.contains { middle in
            classes.contains { first in
                classes.contains { second in
                    key == first + instrument.id[..<middle] + second + instrument.id[middle...]
                }
            }
        }
    }

    private static func result(_ body: [UInt8]) throws(ReplyFailure) -> ReplyValue {
        let root = try Reply(body).root
        let errors = try root.array("error", in: "the answer").elements ?? []
        for error in errors {
            guard let text = error.words else { throw .malformed("an error is no text: \(error.excerpt)") }
            // W is a warning beside a valid result.
            if !text.hasPrefix("W") { throw failure(text) }
        }
        return try root.object("result", in: "the answer")
    }

    /// `EQuery:Unknown asset pair`; severity, category and words:
    /// https://support.kraken.com/hc/en-us/articles/360001491786-API-error-messages.
    private static func failure(_ text: String) -> ReplyFailure {
        let words = text.lowercased()
        // Too busy for us, or for everybody: to be left alone for a while either way.
        let busy = ["rate limit", "too many requests", "throttled", "lockout", "service:unavailable", "service:busy"]
        if busy.contains(where: words.contains) { return .limited(message: text) }
        if words.contains("unknown asset pair") { return .unknownInstrument(message: text) }
        return .refused(code: String(text.prefix { $0 != ":" }), message: text)
    }
}
