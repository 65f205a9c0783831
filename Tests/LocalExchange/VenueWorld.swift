internal import Domain

/// All venues at one moment: what a request is answered.
struct VenueWorld {
    var prices: SimulatedPrices
    var listings: [Listing]
    var now: Timestamp
    var usedShare: Double
    var instrumentsPerPage: Int?

    func answer(to request: ReceivedRequest, _ mishap: Mishap?) -> Answer {
        switch mishap {
        case .status(let status, let retryAfter):
            let headers = retryAfter.map { [ReceivedRequest.Header("Retry-After", $0)] } ?? []
            return Answer(status, html: "<html><body><h1>\(status)</h1></body></html>", headers: headers)
        case .html: return Answer(200, html: "<!DOCTYPE html><html><body>Please sign in</body></html>")
        case .reply(let status, let headers, let body): return Answer(status, bytes: body, headers: headers)
        case nil, .delay, .dribble, .silence, .errorObject, .emptyList, .reset, .close, .closeInBody, .resetInBody,
            .garbage, .wrongContentLength, .hugeBody:
            break
        }
        if request.method == "POST" { return webhookAnswer(to: request) }
        let parts = request.path.split(separator: "/").map(String.init)
        guard let venue = parts.first.flatMap(Venue.init(rawValue:)) else {
            return Answer(404, html: "<html><body>Not Found</body></html>")
        }
        let asked = VenueQuestion(venue: venue, path: Array(parts.dropFirst()), query: request.query)
        let isEmpty = mishap == .emptyList
        let isError = mishap == .errorObject
        switch venue {
        case .binance: return isError ? Answer(json: BinanceAnswers.error) : binance(asked, isEmpty)
        case .coinbase: return isError ? Answer(json: CoinbaseAnswers.error) : coinbase(asked, isEmpty)
        case .kraken: return isError ? Answer(json: KrakenAnswers.error) : kraken(asked, isEmpty)
        case .okx: return isError ? Answer(json: OKXAnswers.error) : okx(asked, isEmpty)
        case .bybit: return isError ? Answer(json: BybitAnswers.error) : bybit(asked, isEmpty)
        case .bitstamp: return isError ? Answer(json: BitstampAnswers.error) : bitstamp(asked, isEmpty)
        }
    }

    /// As Slack, Telegram and Discord say that it is well.
    private func webhookAnswer(to request: ReceivedRequest) -> Answer {
        if request.path.hasSuffix("/sendMessage") { return Answer(json: #"{"ok":true,"result":{"message_id":1}}"#) }
        if request.path.contains("discord") { return Answer(204, bytes: [], headers: []) }
        return Answer(200, bytes: Array("ok".utf8), headers: [.init("Content-Type", "text/plain")])
    }

    /// Delisted ones included.
    func listings(of venue: Venue) -> [Listing] { ExchangeServer.listings(of: venue, in: listings) }

    /// What can still be asked for.
    func listed(at venue: Venue) -> [Listing] { listings(of: venue).filter { $0.state != .delisted } }

    /// The oldest bars that open in a range, both ends inclusive, ascending.
    func oldest(_ limit: Int, _ asked: BarQuestion, from: Timestamp, through: Timestamp) -> [Bar] {
        var bars: [Bar] = []
        var opening = from.floored(to: asked.length)
        if opening < from { opening = opening + asked.length }
        let last = min(through, now)
        while opening <= last, bars.count < limit {
            if let bar = bar(asked, opening) { bars.append(bar) }
            opening = opening + asked.length
        }
        return bars
    }

    /// The newest bars that open in a range, both ends inclusive, ascending.
    func newest(_ limit: Int, _ asked: BarQuestion, from: Timestamp?, through: Timestamp) -> [Bar] {
        var bars: [Bar] = []
        var opening = min(through, now).floored(to: asked.length)
        // No venue keeps more than it may list at once where nobody says since when.
        let first = from ?? opening - asked.length * Int64(2 * limit)
        while opening >= first, bars.count < limit {
            if let bar = bar(asked, opening) { bars.append(bar) }
            opening = opening - asked.length
        }
        return bars.reversed()
    }

    private func bar(_ asked: BarQuestion, _ opening: Timestamp) -> Bar? {
        prices.bar(asked.listing, at: asked.venue, opening: opening, length: asked.length, now: now)
    }
}

struct BarQuestion {
    var venue: Venue
    var listing: Listing
    var length: Span
}

struct VenueQuestion {
    var venue: Venue
    /// Below the venue's name.
    var path: [String]
    var query: [String: String]

    func milliseconds(_ name: String) -> Timestamp? {
        query[name].flatMap { Int64($0) }.map { Timestamp(milliseconds: $0) }
    }

    func seconds(_ name: String) -> Timestamp? { query[name].flatMap { Int64($0) }.map { Timestamp(seconds: $0) } }

    /// The venue's own bound, or less where less is asked for.
    func limit(_ standard: Int, atMost maximal: Int) -> Int {
        min(maximal, max(1, query["limit"].flatMap { Int($0) } ?? standard))
    }
}

extension Bar {
    /// Ticks of two to six decimals: the text is the number.
    var openText: String { "\(open)" }
    var highText: String { "\(high)" }
    var lowText: String { "\(low)" }
    var closeText: String { "\(close)" }
    var volumeText: String { "\(volume ?? 0)" }
    var openSecond: Int64 { openAt.milliseconds / 1_000 }
}
