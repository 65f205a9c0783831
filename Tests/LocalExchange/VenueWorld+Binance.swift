internal import Domain

enum BinanceAnswers {
    static let error = #"{"code":-1000,"msg":"An unknown error occurred while processing the request."}"#
    static let lengths: [String: Span] = [
        "1m": .minutes(1), "5m": .minutes(5), "15m": .minutes(15), "30m": .minutes(30), "1h": .hours(1),
        "4h": .hours(4), "1d": .day,
    ]
}

extension VenueWorld {
    /// `klines`: ascending; from `startTime` on where it is given, else the newest; both ends inclusive by opening.
    func binance(_ asked: VenueQuestion, _ isEmpty: Bool) -> Answer {
        let used = ReceivedRequest.Header("x-mbx-used-weight-1m", "\(Int(usedShare * 6_000))")
        switch asked.path {
        case ["api", "v3", "exchangeInfo"]: return Answer(json: binanceInstruments(isEmpty), headers: [used])
        case ["api", "v3", "klines"]: break
        default: return Answer(404, html: "<html><body>Not Found</body></html>")
        }
        guard let listing = listed(at: .binance).first(where: { $0.base + $0.quote == asked.query["symbol"] }) else {
            return Answer(400, json: #"{"code":-1121,"msg":"Invalid symbol."}"#, headers: [used])
        }
        guard let length = BinanceAnswers.lengths[asked.query["interval"] ?? ""] else {
            return Answer(400, json: #"{"code":-1120,"msg":"Invalid interval."}"#, headers: [used])
        }
        let question = BarQuestion(venue: .binance, listing: listing, length: length)
        let limit = asked.limit(500, atMost: 1_000)
        let end = asked.milliseconds("endTime") ?? now
        let bars =
            asked.milliseconds("startTime").map { oldest(limit, question, from: $0, through: end) }
            ?? newest(limit, question, from: nil, through: end)
        let rows = (isEmpty ? [] : bars).map { bar in
            "[\(bar.openAt.milliseconds),\"\(bar.openText)\",\"\(bar.highText)\",\"\(bar.lowText)\","
                + "\"\(bar.closeText)\",\"\(bar.volumeText)\",\(bar.closeAt.milliseconds - 1),\"1.0\",7,\"0.5\","
                + "\"0.5\",\"0\"]"
        }
        return Answer(json: "[" + rows.joined(separator: ",") + "]", headers: [used])
    }

    private func binanceInstruments(_ isEmpty: Bool) -> String {
        let symbols = (isEmpty ? [] : listed(at: .binance)).map { listing in
            "{\"symbol\":\"\(listing.base)\(listing.quote)\","
                + "\"status\":\"\(listing.state == .trading ? "TRADING" : "HALT")\","
                + "\"baseAsset\":\"\(listing.base)\",\"quoteAsset\":\"\(listing.quote)\","
                + "\"isSpotTradingAllowed\":true,\"permissions\":[\"SPOT\"]}"
        }
        return "{\"timezone\":\"UTC\",\"serverTime\":\(now.milliseconds),\"rateLimits\":[],\"exchangeFilters\":[],"
            + "\"symbols\":[\(symbols.joined(separator: ","))]}"
    }
}
