package import Domain
package import Operation

/// Why a venue gave no candles, after everything that patience may try.
package enum VenueFailure: Error, Equatable, CustomStringConvertible {
    /// Time-outs, resets, 5xx, nonsense: all attempts failed; the last of them.
    case unreachable(Venue, String)
    /// Too many requests, and the venue wants to be left alone longer than we wait.
    case limited(Venue, retryAfter: Span?)
    /// It failed too often lately and is not asked before `until`.
    case circuitOpen(Venue, until: Timestamp)
    case refused(Venue, String)
    case unknownSymbol(Symbol, Venue, suggestions: [String])
    case ambiguousSymbol(Symbol, Venue, candidates: [String])
    case unsupportedBarLength(Span, Venue)
    /// Older than what the venue keeps.
    case outOfReach(Venue, earliest: Timestamp)
    case cancelled

    package var description: String {
        switch self {
        case .unreachable(let venue, let detail): "\(venue): \(detail)"
        case .limited(let venue, let after):
            "\(venue): too many requests" + (after.map { "; not before \($0.milliseconds / 1_000) s" } ?? "")
        case .circuitOpen(let venue, let until): "\(venue): failed too often, not asked before \(until)"
        case .refused(let venue, let detail): "\(venue): \(detail)"
        case .unknownSymbol(let symbol, let venue, let suggestions):
            "\(venue) lists no \(symbol)"
                + (suggestions.isEmpty ? "" : "; the nearest: \(suggestions.joined(separator: ", "))")
        case .ambiguousSymbol(let symbol, let venue, let candidates):
            "\(symbol) can be \(candidates.joined(separator: " or ")) at \(venue): write it with its quote"
        case .unsupportedBarLength(let length, let venue):
            "\(venue) has no bars of \(length.milliseconds / 60_000) minutes"
        case .outOfReach(let venue, let earliest): "\(venue) keeps nothing from before \(earliest)"
        case .cancelled: "cancelled"
        }
    }
}

/// Finished bars of one venue, page by page.
package struct CandlePage: Equatable, Sendable {
    /// Ascending, of the asked length, inside the asked range, each closed by now.
    package var bars: [Bar]
    /// Openings before this are answered: what is not in `bars` of them, the venue does not have.
    package var answeredThrough: Timestamp

    package init(bars: [Bar], answeredThrough: Timestamp) {
        self.bars = bars
        self.answeredThrough = answeredThrough
    }
}

/// One venue's candles, whatever it takes to get them: limits, retries and the circuit breaker are behind it.
package struct CandleSource: Sendable {
    package var venue: Venue
    /// The instrument that a symbol means here, by the preferred quotes where the symbol names none.
    package var instrument: @Sendable (_ symbol: Symbol) async throws(VenueFailure) -> Instrument
    /// One page of the range, from its beginning: fewer openings than asked for where the range is longer than a page.
    package var page:
        @Sendable (_ instrument: Instrument, _ range: OpeningRange) async throws(VenueFailure) -> CandlePage

    package init(
        venue: Venue, instrument: @escaping @Sendable (_ symbol: Symbol) async throws(VenueFailure) -> Instrument,
        page: @escaping @Sendable (
            _ instrument: Instrument, _ range: OpeningRange
        ) async throws(VenueFailure) -> CandlePage
    ) {
        self.venue = venue
        self.instrument = instrument
        self.page = page
    }
}
