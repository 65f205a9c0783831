internal import Domain

enum KrakenAnswers {
    static let error = #"{"error":["EService:Unavailable"]}"#
    static let lengths: [String: Span] = [
        "1": .minutes(1), "5": .minutes(5), "15": .minutes(15), "30": .minutes(30), "60": .hours(1),
        "240": .hours(4), "1440": .day,
    ]

    /// `XBTUSD`: the names that requests use.
    static func alternativeName(_ listing: Listing) -> String { assetName(listing.base) + assetName(listing.quote) }

    /// `XXBTZUSD`: the names that answers use.
    static func internalName(_ listing: Listing) -> String {
        let name = assetName(listing.base)
        let isOld = ["XBT", "ETH", "XRP", "XDG"].contains(name) && ["USD", "EUR"].contains(listing.quote)
        return isOld ? "X" + name + "Z" + listing.quote : alternativeName(listing)
    }

    static func assetName(_ asset: String) -> String {
        switch asset {
        case "BTC": "XBT"
        case "DOGE": "XDG"
        default: asset
        }
    }
}

extension VenueWorld {
    /// `OHLC`: ascending, the newest 720 of those after `since`, the running one always last.
    func kraken(_ asked: VenueQuestion, _ isEmpty: Bool) -> Answer {
        switch asked.path {
        case ["0", "public", "AssetPairs"]: return Answer(json: krakenInstruments(isEmpty))
        case ["0", "public", "OHLC"]: break
        default: return Answer(404, json: #"{"error":["EGeneral:Unknown method"]}"#)
        }
        let pair = asked.query["pair"]
        let listing = listed(at: .kraken).first {
            KrakenAnswers.alternativeName($0) == pair || KrakenAnswers.internalName($0) == pair
        }
        guard let listing else { return Answer(json: #"{"error":["EQuery:Unknown asset pair"]}"#) }
        guard let length = KrakenAnswers.lengths[asked.query["interval"] ?? "1"] else {
            return Answer(json: #"{"error":["EGeneral:Invalid arguments"]}"#)
        }
        let question = BarQuestion(venue: .kraken, listing: listing, length: length)
        let since = asked.seconds("since").map { $0 + Span(milliseconds: 1_000) }
        var bars = newest(720, question, from: since, through: now)
        if bars.isEmpty { bars = newest(1, question, from: nil, through: now) }
        if isEmpty { bars = [] }
        let rows = bars.map { bar in
            "[\(bar.openSecond),\"\(bar.openText)\",\"\(bar.highText)\",\"\(bar.lowText)\",\"\(bar.closeText)\","
                + "\"\(bar.closeText)\",\"\(bar.volumeText)\",7]"
        }
        let last = (now.floored(to: length) - length).milliseconds / 1_000
        return Answer(
            json: "{\"error\":[],\"result\":{\"\(KrakenAnswers.internalName(listing))\":"
                + "[\(rows.joined(separator: ","))],\"last\":\(last)}}")
    }

    private func krakenInstruments(_ isEmpty: Bool) -> String {
        let pairs = (isEmpty ? [] : listings(of: .kraken)).map { listing in
            let status =
                switch listing.state {
                case .trading: "online"
                case .halted: "cancel_only"
                case .delisted: "delisted"
                }
            let base = KrakenAnswers.assetName(listing.base)
            return "\"\(KrakenAnswers.internalName(listing))\":{"
                + "\"altname\":\"\(KrakenAnswers.alternativeName(listing))\","
                + "\"wsname\":\"\(base)/\(listing.quote)\",\"aclass_base\":\"currency\",\"base\":\"\(base)\","
                + "\"aclass_quote\":\"currency\",\"quote\":\"\(listing.quote)\",\"status\":\"\(status)\"}"
        }
        return "{\"error\":[],\"result\":{\(pairs.joined(separator: ","))}}"
    }
}
