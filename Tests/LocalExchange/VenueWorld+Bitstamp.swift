internal import Domain

enum BitstampAnswers {
    static let error = #"{"response_code":"500.001","response_explanation":"Internal server error"}"#
    static let lengths: [String: Span] = [
        "60": .minutes(1), "300": .minutes(5), "900": .minutes(15), "1800": .minutes(30), "3600": .hours(1),
        "14400": .hours(4), "86400": .day,
    ]
}

extension VenueWorld {
    /// `ohlc`: ascending, the newest `limit` up to `end`, wherever `start` may be.
    func bitstamp(_ asked: VenueQuestion, _ isEmpty: Bool) -> Answer {
        guard asked.path.count >= 3, asked.path[0] == "api", asked.path[1] == "v2" else {
            return Answer(404, html: "<html><body>Not Found</body></html>")
        }
        switch asked.path[2] {
        case "markets", "trading-pairs-info": return Answer(json: bitstampInstruments(isEmpty))
        case "ohlc" where asked.path.count == 4: break
        default: return Answer(404, html: "<html><body>Not Found</body></html>")
        }
        let listing = listed(at: .bitstamp).first { ($0.base + $0.quote).lowercased() == asked.path[3] }
        guard let listing else {
            return Answer(
                404, json: #"{"response_code":"404.002","response_explanation":"Currency pair not found"}"#)
        }
        guard let length = BitstampAnswers.lengths[asked.query["step"] ?? ""], asked.query["limit"] != nil else {
            return Answer(400, json: #"{"response_code":"400.001","response_explanation":"Invalid step or limit"}"#)
        }
        let question = BarQuestion(venue: .bitstamp, listing: listing, length: length)
        let bars = newest(
            asked.limit(1, atMost: 1_000), question, from: nil, through: asked.seconds("end") ?? now)
        let rows = (isEmpty ? [] : bars).map { bar in
            "{\"timestamp\":\"\(bar.openSecond)\",\"open\":\"\(bar.openText)\",\"high\":\"\(bar.highText)\","
                + "\"low\":\"\(bar.lowText)\",\"close\":\"\(bar.closeText)\",\"volume\":\"\(bar.volumeText)\"}"
        }
        return Answer(
            json: "{\"data\":{\"pair\":\"\(listing.base)/\(listing.quote)\",\"ohlc\":[\(rows.joined(separator: ","))]}}"
        )
    }

    private func bitstampInstruments(_ isEmpty: Bool) -> String {
        let markets = (isEmpty ? [] : listed(at: .bitstamp)).map { listing in
            let symbol = (listing.base + listing.quote).lowercased()
            return "{\"name\":\"\(listing.base)/\(listing.quote)\",\"market_symbol\":\"\(symbol)\","
                + "\"url_symbol\":\"\(symbol)\",\"base_currency\":\"\(listing.base)\","
                + "\"counter_currency\":\"\(listing.quote)\",\"market_type\":\"SPOT\","
                + "\"trading\":\"\(listing.state == .trading ? "Enabled" : "Disabled")\"}"
        }
        return "[" + markets.joined(separator: ",") + "]"
    }
}
