internal import Domain

enum BybitAnswers {
    static let error = #"{"retCode":10016,"retMsg":"Server error.","result":{},"retExtInfo":{},"time":1}"#
    static let lengths: [String: Span] = [
        "1": .minutes(1), "5": .minutes(5), "15": .minutes(15), "30": .minutes(30), "60": .hours(1),
        "240": .hours(4), "D": .day,
    ]
}

extension VenueWorld {
    /// `kline`: newest first, the newest of the range, both ends inclusive by opening; errors with status 200.
    func bybit(_ asked: VenueQuestion, _ isEmpty: Bool) -> Answer {
        let headers: [ReceivedRequest.Header] = [
            .init("X-Bapi-Limit", "600"), .init("X-Bapi-Limit-Status", "\(Int((1 - usedShare) * 600))"),
        ]
        switch asked.path {
        case ["v5", "market", "instruments-info"]:
            return Answer(json: bybitInstruments(asked, isEmpty), headers: headers)
        case ["v5", "market", "kline"]: break
        default: return Answer(404, html: "<html><body>Not Found</body></html>")
        }
        let symbol = asked.query["symbol"] ?? ""
        let listing = listed(at: .bybit).first { $0.base + $0.quote == symbol }
        guard let listing, asked.query["category"] == "spot" else {
            return bybit(code: 10_001, "params error: Symbol Is Invalid", "{}", headers)
        }
        guard let length = BybitAnswers.lengths[asked.query["interval"] ?? ""] else {
            return bybit(code: 10_001, "Invalid period!", "{}", headers)
        }
        let question = BarQuestion(venue: .bybit, listing: listing, length: length)
        let bars = newest(
            asked.limit(200, atMost: 1_000), question, from: asked.milliseconds("start"),
            through: asked.milliseconds("end") ?? now)
        let rows = (isEmpty ? [] : Array(bars.reversed())).map { bar in
            "[\"\(bar.openAt.milliseconds)\",\"\(bar.openText)\",\"\(bar.highText)\",\"\(bar.lowText)\","
                + "\"\(bar.closeText)\",\"\(bar.volumeText)\",\"1\"]"
        }
        let result =
            "{\"category\":\"spot\",\"symbol\":\"\(symbol)\",\"list\":[\(rows.joined(separator: ","))]}"
        return bybit(code: 0, "OK", result, headers)
    }

    private func bybit(
        code: Int, _ message: String, _ result: String, _ headers: [ReceivedRequest.Header]
    ) -> Answer {
        Answer(json: bybitText(code: code, message, result), headers: headers)
    }

    private func bybitText(code: Int, _ message: String, _ result: String) -> String {
        "{\"retCode\":\(code),\"retMsg\":\"\(message)\",\"result\":\(result),\"retExtInfo\":{},"
            + "\"time\":\(now.milliseconds)}"
    }

    /// In pages where that is set; a cursor is the number of the first entry of the next page.
    private func bybitInstruments(_ asked: VenueQuestion, _ isEmpty: Bool) -> String {
        let all = isEmpty ? [] : listed(at: .bybit)
        let first = min(all.count, max(0, asked.query["cursor"].flatMap { Int($0.dropFirst(5)) } ?? 0))
        let next = min(all.count, first + (instrumentsPerPage ?? all.count))
        let instruments = all[first..<next].map { listing in
            "{\"symbol\":\"\(listing.base)\(listing.quote)\",\"baseCoin\":\"\(listing.base)\","
                + "\"quoteCoin\":\"\(listing.quote)\","
                + "\"status\":\"\(listing.state == .trading ? "Trading" : "PreLaunch")\"}"
        }
        let cursor = next < all.count ? "page=\(next)" : ""
        return bybitText(
            code: 0, "OK",
            "{\"category\":\"spot\",\"list\":[\(instruments.joined(separator: ","))],\"nextPageCursor\":\"\(cursor)\"}")
    }
}
