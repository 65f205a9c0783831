import Domain
import Operation

extension PriceFeed {
    /// The venues that speak of the ledger's series, as far as that could be told; or why none does.
    struct SeriesReading: Sendable {
        var offers: [Offer]
        /// For the first window, where that was asked already: each venue's answer, in the order of `offers`.
        var quotes: [VenueQuotes]?
        var remarks: [(Venue, String)] = []
        /// All that could be compared speak of something else.
        var mismatch: PriceSeriesMismatch?
    }

    /// Compares what venues say of bars that the ledger holds with those bars, before anything of a look is stored.
    ///
    /// The held bars right before the first window, and inside it, come with its own request. Where there are too few
    /// of them the newest are asked for by themselves. Where one venue speaks of the ledger's series and another of
    /// something else, the other is left out.
    func compareSeries(_ look: PriceLook, _ window: PriceWindow, _ offers: [Offer]) async throws -> SeriesReading {
        let hull = window.hull
        let before = hull.barLength * PriceSeriesCheck.openingsBefore
        let near = OpeningRange(from: hull.from - before, through: hull.through, barLength: hull.barLength)
        var check = try intake.seriesCheck(look, in: near)
        let isNear = check.isPossible
        var range = near
        if !isNear {
            guard let newest = try intake.newestHeld(look) else { return SeriesReading(offers: offers) }
            range = newest
            check = try intake.seriesCheck(look, in: newest)
        }
        let together = Array(offers.prefix(intake.rules.isCrossChecked ? 2 : 1))
        let quotes = await collect(together, range, now: look.now)
        var reading = SeriesReading(offers: [])
        var kept: [VenueQuotes] = []
        var isSame = false
        for (offer, quote) in zip(together, quotes) {
            switch check.verdict(on: quote) {
            case .other(let mismatch):
                reading.mismatch = reading.mismatch ?? mismatch
                reading.remarks.append((quote.venue, mismatch.sentence))
                continue
            case .same: isSame = true
            case .unknown: break
            }
            reading.offers.append(offer)
            kept.append(quote.clamped(to: hull))
        }
        if reading.mismatch != nil, !isSame { return reading }
        reading.mismatch = nil
        reading.offers += offers.dropFirst(together.count)
        // A venue that was left out leaves its place to the next: then the window is asked anew.
        if isNear, kept.count == together.count { reading.quotes = kept }
        return reading
    }

    /// What venues say of one range, all asked at the same time, in their order.
    func collect(_ offers: [Offer], _ range: OpeningRange, now: Timestamp) async -> [VenueQuotes] {
        await withTaskGroup(of: (Int, VenueQuotes).self) { group in
            for (index, offer) in offers.enumerated() {
                group.addTask { (index, await collect(offer, range, now: now)) }
            }
            var answers: [(Int, VenueQuotes)] = []
            for await answer in group { answers.append(answer) }
            return answers.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }
}
