internal import Domain

enum CoinbaseAnswers {
    static let error = #"{"message":"Internal server error"}"#
    static let lengths: [String: Span] = [
        "60": .minutes(1), "300": .minutes(5), "900": .minutes(15), "3600": .hours(1), "21600": .hours(6),
        "86400": .day,
    ]
}

extension VenueWorld {
    /// `candles`: newest first, at most 300, both ends inclusive; more than 300 asked for is an error.
    func coinbase(_ asked: VenueQuestion, _ isEmpty: Bool) -> Answer {
        if asked.path == ["products"] { return Answer(json: coinbaseInstruments(isEmpty)) }
        guard asked.path.count == 3, asked.path[0] == "products", asked.path[2] == "candles" else {
            return Answer(404, json: #"{"message":"NotFound"}"#)
        }
        guard let listing = listed(at: .coinbase).first(where: { $0.base + "-" + $0.quote == asked.path[1] }) else {
            return Answer(404, json: #"{"message":"NotFound"}"#)
        }
        guard let length = CoinbaseAnswers.lengths[asked.query["granularity"] ?? ""] else {
            return Answer(400, json: #"{"message":"Unsupported granularity"}"#)
        }
        let start = asked.query["start"].flatMap(Self.coinbaseTime)
        let end = asked.query["end"].flatMap(Self.coinbaseTime)
        if let start, let end, (end - start).milliseconds / length.milliseconds > 300 {
            return Answer(
                400,
                json: #"{"message":"granularity too small for the requested time range."#
                    + #" Count of aggregations requested exceeds 300"}"#)
        }
        let question = BarQuestion(venue: .coinbase, listing: listing, length: length)
        let bars = newest(300, question, from: start, through: end ?? now).reversed()
        let rows = (isEmpty ? [] : Array(bars)).map { bar in
            "[\(bar.openSecond),\(bar.lowText),\(bar.highText),\(bar.openText),\(bar.closeText),\(bar.volumeText)]"
        }
        return Answer(json: "[" + rows.joined(separator: ",") + "]")
    }

    /// ISO 8601 or seconds since the epoch.
    private static func coinbaseTime(_ text: String) -> Timestamp? {
        if let seconds = Int64(text) { return Timestamp(seconds: seconds) }
        return try? CivilTime.timestamp(text)
    }

    private func coinbaseInstruments(_ isEmpty: Bool) -> String {
        let products = (isEmpty ? [] : listings(of: .coinbase)).map { listing in
            let status = listing.state == .delisted ? "delisted" : "online"
            return "{\"id\":\"\(listing.base)-\(listing.quote)\",\"base_currency\":\"\(listing.base)\","
                + "\"quote_currency\":\"\(listing.quote)\",\"status\":\"\(status)\",\"post_only\":false,"
                + "\"limit_only\":false,\"cancel_only\":false,\"trading_disabled\":\(listing.state != .trading)}"
        }
        return "[" + products.joined(separator: ",") + "]"
    }
}
