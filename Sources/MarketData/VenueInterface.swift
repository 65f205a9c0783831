package import Domain
package import HTTPPort

/// What a venue lists.
package struct Instrument: Equatable, Sendable {
    package var venue: Venue
    /// As the venue's requests want it: `BTCUSDT`, `BTC-USD`, `XBTUSD`.
    package var id: String
    /// In the names of the field: `BTC`, whatever the venue calls it.
    package var base: String
    package var quote: String
    package var state: InstrumentState

    package init(venue: Venue, id: String, base: String, quote: String, state: InstrumentState) {
        self.venue = venue
        self.id = id
        self.base = base
        self.quote = quote
        self.state = state
    }
}

/// The path, query and weight of a request, below the venue's address.
package struct VenueRequest: Equatable, Sendable {
    /// With a leading `/`, percent-encoded, with its query.
    package var target: String
    /// In the venue's own unit of its limit.
    package var weight: Int

    package init(target: String, weight: Int = 1) {
        self.target = target
        self.weight = weight
    }
}

/// One page of a venue's list of instruments.
package struct InstrumentPage: Equatable, Sendable {
    package var instruments: [Instrument]
    /// Where the next page begins; `nil` on the last.
    package var cursor: String?

    package init(instruments: [Instrument], cursor: String? = nil) {
        self.instruments = instruments
        self.cursor = cursor
    }
}

/// A candle as a venue gives it.
package struct VenueCandle: Equatable, Sendable {
    package var bar: Bar
    /// Whether the venue itself says that it is finished; `nil` where it says nothing and the clock decides.
    package var isConfirmed: Bool?

    package init(bar: Bar, isConfirmed: Bool? = nil) {
        self.bar = bar
        self.isConfirmed = isConfirmed
    }
}

/// What a venue allows.
package struct VenueLimits: Equatable, Sendable {
    /// Weight that may be spent a second, steadily.
    package var weightPerSecond: Double
    /// Weight that may be spent at once.
    package var burst: Int
    package var candlesPerPage: Int
    /// Bars back from now beyond which the venue has none; `nil` for no such limit.
    package var reachableBars: Int?
    package var barLengths: [Span]

    package init(
        weightPerSecond: Double, burst: Int, candlesPerPage: Int, reachableBars: Int? = nil, barLengths: [Span]
    ) {
        self.weightPerSecond = weightPerSecond
        self.burst = burst
        self.candlesPerPage = candlesPerPage
        self.reachableBars = reachableBars
        self.barLengths = barLengths
    }
}

/// Why a reply is no answer.
package enum ReplyFailure: Error, Equatable, CustomStringConvertible {
    /// Not what the venue documents: HTML, a missing field, another type, an impossible price. Where and what.
    case malformed(String)
    /// The venue's own error, in its words.
    case refused(code: String, message: String)
    /// The venue's own error for too many requests, or for being too busy for anybody: to be tried again later.
    case limited(message: String)
    /// The venue does not know the instrument (any more).
    case unknownInstrument(message: String)

    package var description: String {
        switch self {
        case .malformed(let detail): "the answer is not as documented: \(detail)"
        case .refused(let code, let message): "error \(code): \(message)"
        case .limited(let message): "too many requests: \(message)"
        case .unknownInstrument(let message): "unknown instrument: \(message)"
        }
    }
}

/// A venue as far as prices go: what to ask, and how to read the answer. Pure: bytes in, values out.
package struct VenueInterface: Sendable {
    package var venue: Venue
    package var baseURL: String
    package var limits: VenueLimits
    package var instrumentRequest: @Sendable (_ cursor: String?) -> VenueRequest
    package var instruments: @Sendable (_ body: [UInt8]) throws(ReplyFailure) -> InstrumentPage
    /// Asks for the candles of the range, at most `limits.candlesPerPage` of them.
    package var candleRequest:
        @Sendable (_ instrument: Instrument, _ barLength: Span, _ from: Timestamp, _ through: Timestamp)
            -> VenueRequest
    /// Ascending by opening, without doubles; unfinished ones are still in.
    package var candles:
        @Sendable (_ body: [UInt8], _ instrument: Instrument, _ barLength: Span) throws(ReplyFailure) -> [VenueCandle]
    /// What the headers say is used up of the limit, in [0, 1]; `nil` where they say nothing.
    package var usedShare: @Sendable (_ response: HTTPResponse) -> Double?

    package init(
        venue: Venue, baseURL: String, limits: VenueLimits,
        instrumentRequest: @escaping @Sendable (_ cursor: String?) -> VenueRequest,
        instruments: @escaping @Sendable (_ body: [UInt8]) throws(ReplyFailure) -> InstrumentPage,
        candleRequest: @escaping @Sendable (
            _ instrument: Instrument, _ barLength: Span, _ from: Timestamp, _ through: Timestamp
        ) -> VenueRequest,
        candles: @escaping @Sendable (
            _ body: [UInt8], _ instrument: Instrument, _ barLength: Span
        ) throws(ReplyFailure) -> [VenueCandle],
        usedShare: @escaping @Sendable (_ response: HTTPResponse) -> Double? = { _ in nil }
    ) {
        self.venue = venue
        self.baseURL = baseURL
        self.limits = limits
        self.instrumentRequest = instrumentRequest
        self.instruments = instruments
        self.candleRequest = candleRequest
        self.candles = candles
        self.usedShare = usedShare
    }
}
