package import Domain

/// Whether a venue speaks of the series that the ledger holds already: the same thing, in the same currency.
///
/// A symbol is a name. A share from a file may be called like a coin, and a setting may change the currency; bars of
/// the one after bars of the other are a jump that never was, and a signal filled across it earns or loses a fortune.
/// What the venue says of openings that the ledger holds is compared with the ledger's own closes:
///
///     difference = median of max(venue / ledger, ledger / venue) - 1, in bps
///
/// Beyond 300 bps it is another series. Tokens of a dollar lie tens of bps apart, exchanges less; a euro differs from a
/// dollar by hundreds over most of its history, a share from a coin by orders of magnitude. The median of at least
/// three bars is moved by no single wrong print. With fewer nothing is said. Ours.
package struct PriceSeriesCheck: Equatable, Sendable {
    /// Of the bar length that is fetched, not withdrawn, ascending.
    package var held: [Bar]

    package init(held: [Bar]) { self.held = held }

    package static let barsNeeded = 3
    package static let allowedBps = 300.0
    /// So many openings before a window are asked for with it, to be compared.
    package static let openingsBefore: Int64 = 6
    /// Where those hold too few bars, the newest so many are asked for by themselves.
    package static let newestOpenings: Int64 = 24

    package var isPossible: Bool { held.count >= PriceSeriesCheck.barsNeeded }

    package enum Verdict: Equatable, Sendable {
        /// Too few bars in common.
        case unknown
        case same
        case other(PriceSeriesMismatch)
    }

    package func verdict(on quotes: VenueQuotes) -> Verdict {
        let pairs = held.compactMap { bar in quotes.bar(opening: bar.openAt).map { (ledger: bar, venue: $0) } }
        guard pairs.count >= PriceSeriesCheck.barsNeeded else { return .unknown }
        let differences = pairs.map { PriceCrossCheck.differenceBps($0.ledger.close, $0.venue.close) }.sorted()
        let median = (differences[(differences.count - 1) / 2] / 2) + (differences[differences.count / 2] / 2)
        guard median > PriceSeriesCheck.allowedBps, let newest = pairs.last else { return .same }
        return .other(
            PriceSeriesMismatch(
                venue: quotes.venue, quote: quotes.quote, closeAt: newest.ledger.closeAt,
                venueClose: newest.venue.close, ledgerClose: newest.ledger.close, medianBps: median,
                barCount: pairs.count))
    }
}

/// A venue speaks of another series than the ledger's.
package struct PriceSeriesMismatch: Equatable, Sendable {
    package var venue: Venue
    package var quote: String
    /// Of the newest bar that both have.
    package var closeAt: Timestamp
    package var venueClose: Double
    package var ledgerClose: Double
    package var medianBps: Double
    package var barCount: Int

    package init(
        venue: Venue, quote: String, closeAt: Timestamp, venueClose: Double, ledgerClose: Double, medianBps: Double,
        barCount: Int
    ) {
        self.venue = venue
        self.quote = quote
        self.closeAt = closeAt
        self.venueClose = venueClose
        self.ledgerClose = ledgerClose
        self.medianBps = medianBps
        self.barCount = barCount
    }

    /// Both prices, and what to do.
    package var sentence: String {
        let apart = medianBps.magnitude < 1e12 ? DecimalText.fixed(medianBps, 0) + " bps" : "over a trillion bps"
        return "\(venue) says \(venueClose) \(quote) where the ledger holds \(ledgerClose) at \(closeAt) "
            + "(\(barCount) bars, \(apart) apart at the median): another instrument or another currency, and nothing "
            + "of it is stored; rename the symbol if files hold something else of that name, or put prices.quotes back"
    }
}

extension PriceIntake {
    /// What the ledger holds of a range, to compare venues with.
    package func seriesCheck(_ look: PriceLook, in range: OpeningRange) throws -> PriceSeriesCheck {
        // Twice as many as there are openings: bars of another length may lie between.
        let newest = try log.newestBars(look.symbol, range.through, Int(clamping: range.count * 2))
        return PriceSeriesCheck(held: newest.filter { $0.length == rules.barLength && range.contains($0.openAt) })
    }

    /// The newest openings of which the ledger holds bars of the length that is fetched; `nil` for too few.
    package func newestHeld(_ look: PriceLook) throws -> OpeningRange? {
        let length = rules.barLength
        let newest = try log.newestBars(look.symbol, look.now, Int(PriceSeriesCheck.newestOpenings) * 2)
            .filter { $0.length == length && $0.openAt == $0.openAt.floored(to: length) }
        guard let last = newest.last else { return nil }
        let range = OpeningRange(
            from: last.closeAt - length * PriceSeriesCheck.newestOpenings, through: last.closeAt, barLength: length)
        return newest.count { range.contains($0.openAt) } >= PriceSeriesCheck.barsNeeded ? range : nil
    }
}

extension VenueQuotes {
    /// The part of it that speaks of a range.
    package func clamped(to range: OpeningRange) -> VenueQuotes {
        var part = self
        part.bars = bars.filter { range.contains($0.openAt) }
        part.answered = answered.compactMap { $0.clamped(to: range) }
        return part
    }
}
