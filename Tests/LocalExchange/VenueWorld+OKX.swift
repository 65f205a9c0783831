internal import Domain

enum OKXAnswers {
    static let error = #"{"code":"50001","msg":"Service temporarily unavailable. Please try again later","data":[]}"#
    static let lengths: [String: Span] = [
        "1m": .minutes(1), "5m": .minutes(5), "15m": .minutes(15), "30m": .minutes(30), "1H": .hours(1),
        "4H": .hours(4), "1Dutc": .day,
    ]
}

extension VenueWorld {
    /// `candles` and `history-candles`: newest first; earlier than `after`, newer than `before`, both exclusive.
    func okx(_ asked: VenueQuestion, _ isEmpty: Bool) -> Answer {
        switch asked.path {
        case ["api", "v5", "public", "instruments"]: return Answer(json: okxInstruments(isEmpty))
        case ["api", "v5", "market", "candles"], ["api", "v5", "market", "history-candles"]: break
        default: return Answer(404, json: #"{"code":"404","msg":"Invalid path","data":[]}"#)
        }
        let listing = listed(at: .okx).first { $0.base + "-" + $0.quote == asked.query["instId"] }
        guard let listing else {
            return Answer(
                json: #"{"code":"51001","msg":"Instrument ID, Instrument ID code, or Spread ID doesn't exist.","#
                    + #""data":[]}"#)
        }
        guard let length = OKXAnswers.lengths[asked.query["bar"] ?? "1m"] else {
            return Answer(json: #"{"code":"51000","msg":"Parameter bar  error","data":[]}"#)
        }
        let question = BarQuestion(venue: .okx, listing: listing, length: length)
        let millisecond = Span(milliseconds: 1)
        let bars = newest(
            asked.limit(100, atMost: asked.path.last == "candles" ? 300 : 100), question,
            from: asked.milliseconds("before").map { $0 + millisecond },
            through: asked.milliseconds("after").map { $0 - millisecond } ?? now)
        let rows = (isEmpty ? [] : Array(bars.reversed())).map { bar in
            "[\"\(bar.openAt.milliseconds)\",\"\(bar.openText)\",\"\(bar.highText)\",\"\(bar.lowText)\","
                + "\"\(bar.closeText)\",\"\(bar.volumeText)\",\"1\",\"1\",\"\(bar.closeAt <= now ? 1 : 0)\"]"
        }
        return Answer(json: "{\"code\":\"0\",\"msg\":\"\",\"data\":[\(rows.joined(separator: ","))]}")
    }

    private func okxInstruments(_ isEmpty: Bool) -> String {
        let instruments = (isEmpty ? [] : listed(at: .okx)).map { listing in
            "{\"instType\":\"SPOT\",\"instId\":\"\(listing.base)-\(listing.quote)\","
                + "\"baseCcy\":\"\(listing.base)\",\"quoteCcy\":\"\(listing.quote)\","
                + "\"state\":\"\(listing.state == .trading ? "live" : "suspend")\"}"
        }
        return "{\"code\":\"0\",\"msg\":\"\",\"data\":[\(instruments.joined(separator: ","))]}"
    }
}
