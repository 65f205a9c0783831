import Domain
import HTTPPort

/// Bybit spot, REST API v5: https://bybit-exchange.github.io/docs/v5/market/kline.
///
/// - Candles: `GET /v5/market/kline?category=spot`, newest first, `[start, open, high, low, close, volume, turnover]`,
///   at most 1,000; `start` and `end` are compared with the openings, both inclusive. The answer carries the venue's
///   own clock, by which a bar is called unfinished here.
/// - Instruments: `GET /v5/market/instruments-info?category=spot`; spot is documented as one page, and has only what
///   trades. A cursor is followed where there is one.
/// - Errors come in `retCode` with status 200.
/// - Limit: 600 requests in 5 seconds and address (https://bybit-exchange.github.io/docs/v5/rate-limit). We take a
///   third.
extension VenueInterface {
    static let bybit = VenueInterface(
        venue: .bybit, baseURL: "https://api.bybit.com",
        limits: VenueLimits(
            weightPerSecond: 40, burst: 40, candlesPerPage: BybitReply.page,
            barLengths: BybitReply.intervals.map(\.length)),
        instrumentRequest: { cursor in
            let page = cursor.map { "&cursor=" + BybitReply.percentEncoded($0) } ?? ""
            return VenueRequest(target: "/v5/market/instruments-info?category=spot&limit=1000" + page)
        },
        instruments: { (body) throws(ReplyFailure) in try BybitReply.instruments(body) },
        candleRequest: { instrument, barLength, from, through in
            let query = CandleQuery(from, through, barLength, page: BybitReply.page, BybitReply.intervals)
            return VenueRequest(
                target: "/v5/market/kline?category=spot&symbol=\(instrument.id)&interval=\(query.interval)"
                    + "&start=\(query.from.milliseconds)&end=\(query.end.milliseconds)&limit=\(query.count)")
        },
        candles: { (body, instrument, barLength) throws(ReplyFailure) in
            try BybitReply.candles(body, instrument, barLength)
        },
        usedShare: { response in
            guard let limit = response.header("X-Bapi-Limit").flatMap(Int.init), limit > 0,
                let left = response.header("X-Bapi-Limit-Status").flatMap(Int.init), (0...limit).contains(left)
            else { return nil }
            return 1 - Double(left) / Double(limit)
        })
}

private enum BybitReply {
    static let page = 1_000
    static let intervals: CandleQuery.Intervals = [
        (.minutes(1), "1"), (.minutes(5), "5"), (.minutes(15), "15"), (.minutes(30), "30"), (.hours(1), "60"),
        (.hours(4), "240"), (.day, "D"),
    ]

    static let states: [String: InstrumentState] = [
        "Trading": .trading, "PreLaunch": .halted, "Delivering": .halted, "Closed": .delisted,
    ]

    static func instruments(_ body: [UInt8]) throws(ReplyFailure) -> InstrumentPage {
        let result = try result(body).result
        let list = try result.array("list", in: "the result")
        let cursor = result["nextPageCursor"]?.string.flatMap { $0.isEmpty ? nil : $0 }
        return try InstrumentEntries.page(InstrumentEntries.numbered(list), cursor: cursor) { _, entry in
            InstrumentEntries.instrument(
                of: .bybit, id: entry["symbol"], base: entry["baseCoin"], quote: entry["quoteCoin"],
                state: InstrumentEntries.state(entry["status"], states), spelling: { $0 + $1 })
        }
    }

    static func candles(
        _ body: [UInt8], _ instrument: Instrument, _ barLength: Span
    ) throws(ReplyFailure) -> [VenueCandle] {
        let (result, venueTime) = try result(body)
        guard result["symbol"]?.string == instrument.id else {
            throw .malformed(
                "the result is of \(result["symbol"]?.excerpt ?? "nothing"), asked for was \(instrument.id)")
        }
        let rows = try result.array("list", in: "the result").elements ?? []
        let candles = try CandleRows(barLength: barLength, unit: .milliseconds).candles(rows) {
            (row, place) throws(ReplyFailure) in
            let cells = try CandleRows.elements(row, count: 7, place)
            return CandleFields(
                time: cells[0], open: cells[1], high: cells[2], low: cells[3], close: cells[4], volume: cells[5])
        }
        return candles.map { candle in
            let isRunning = venueTime.map { candle.bar.closeAt.milliseconds > $0 } ?? false
            return VenueCandle(bar: candle.bar, isConfirmed: isRunning ? false : nil)
        }
    }

    /// `{"retCode": 0, "retMsg": "OK", "result": {"category": "spot", …}, "time": …}`; codes:
    /// https://bybit-exchange.github.io/docs/v5/error.
    private static func result(_ body: [UInt8]) throws(ReplyFailure) -> (result: ReplyValue, venueTime: Int64?) {
        let root = try Reply(body).root
        guard let code = root["retCode"]?.code else { throw .malformed("the answer has no retCode: \(root.excerpt)") }
        let message = root["retMsg"]?.words ?? "no message"
        switch code {
        case "0": break
        // Too many visits; then timed out, server error: to be left alone for a while either way.
        case "10006", "10018", "10429", "10000", "10016": throw .limited(message: message)
        case "10029", "170121": throw .unknownInstrument(message: message)
        case "10001" where message.lowercased().contains("symbol"): throw .unknownInstrument(message: message)
        default: throw .refused(code: code, message: message)
        }
        let result = try root.object("result", in: "the answer")
        guard result["category"]?.string == "spot" else {
            throw .malformed("the result is of the category \(result["category"]?.excerpt ?? "none"), not spot")
        }
        return (result, root["time"]?.integer)
    }

    /// A cursor is the venue's own text: all but letters and digits is encoded.
    static func percentEncoded(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF")
        return text.utf8.reduce(into: "") { encoded, byte in
            let scalar = Unicode.Scalar(byte)
            if scalar.isASCII, scalar.properties.isAlphabetic || (0x30...0x39).contains(byte) {
                encoded.unicodeScalars.append(scalar)
            } else {
                encoded += "%" + String(digits[Int(byte >> 4)]) + String(digits[Int(byte & 0xF)])
            }
        }
    }
}
