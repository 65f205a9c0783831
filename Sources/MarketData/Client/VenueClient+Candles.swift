internal import Domain
package import Operation

extension VenueClient {
    /// Where a reply comes cut short at its old end, how often the rest is asked for.
    private static let maximalParts = 4

    /// One page of a range, from its beginning: what the venue has of it, and how far that is all it has.
    ///
    /// Where nothing of the range is finished yet, nothing is asked and `answeredThrough` is its beginning: come again
    /// later.
    package func page(of instrument: Instrument, in range: OpeningRange) async throws(VenueFailure) -> CandlePage {
        guard interface.limits.barLengths.contains(range.barLength) else {
            throw .unsupportedBarLength(range.barLength, venue)
        }
        let now = clock.now()
        if let earliest = earliestReachable(range.barLength, now: now), range.from < earliest {
            throw .outOfReach(venue, earliest: earliest)
        }
        let finished = (now - settings.settlingTime).floored(to: range.barLength)
        let longest = range.from + range.barLength * Int64(interface.limits.candlesPerPage)
        let asked = OpeningRange(
            from: range.from, through: max(range.from, min(range.through, longest, finished)),
            barLength: range.barLength)
        guard !asked.isEmpty else { return CandlePage(bars: [], answeredThrough: range.from) }
        return try await answer(asked, of: instrument)
    }

    /// The oldest opening of those a venue keeps that keeps the newest N, the unfinished one among them.
    private func earliestReachable(_ barLength: Span, now: Timestamp) -> Timestamp? {
        interface.limits.reachableBars.map { now.floored(to: barLength) - barLength * Int64($0 - 1) }
    }

    private func answer(_ asked: OpeningRange, of instrument: Instrument) async throws(VenueFailure) -> CandlePage {
        var newer: CandlePage?
        var part = asked
        for _ in 0..<Self.maximalParts {
            let reading = try await read(part, of: instrument)
            // A venue that always gives its newest bars has none after the last of them; any other was asked for these.
            if reading.isBeside, interface.limits.reachableBars == nil { break }
            let page = joined(reading.page, newer)
            guard let head = reading.missingBefore else { return page }
            if interface.limits.reachableBars != nil { throw .outOfReach(venue, earliest: head) }
            guard head < part.through else { break }
            newer = page
            part = OpeningRange(from: asked.from, through: head, barLength: asked.barLength)
        }
        throw .unreachable(venue, "it answers with other candles than those asked for")
    }

    private func read(_ part: OpeningRange, of instrument: Instrument) async throws(VenueFailure) -> CandleReading {
        let request = interface.candleRequest(instrument, part.barLength, part.from, part.through)
        let reply = try await ask(request) { [interface] body throws(ReplyFailure) in
            try interface.candles(body, instrument, part.barLength)
        }
        return CandleReading(
            reply.answer, of: part, candlesPerPage: interface.limits.candlesPerPage, asOf: reply.asOf,
            isDated: reply.isDated, settings: settings)
    }

    /// The older part ends where the newer begins; where it is not answered to its end, the newer one must wait.
    private func joined(_ older: CandlePage, _ newer: CandlePage?) -> CandlePage {
        guard let newer, let first = newer.bars.first, older.answeredThrough == first.openAt else { return older }
        return CandlePage(bars: older.bars + newer.bars, answeredThrough: newer.answeredThrough)
    }
}

/// What a reply with candles says of the openings that were asked for. Pure.
struct CandleReading: Equatable, Sendable {
    var page: CandlePage
    /// The reply was as long as replies get and did not reach back to the beginning: openings before this are not
    /// answered at all. `page` holds what came after them.
    var missingBefore: Timestamp?

    /// The reply was as long as replies get, and all of it is older than what was asked for: it says nothing of that.
    var isBeside = false

    /// - Parameters:
    ///   - asOf: The latest time of which the reply can speak.
    ///   - isDated: Whether the venue said so, and not our clock alone.
    init(
        _ candles: [VenueCandle], of asked: OpeningRange, candlesPerPage: Int, asOf: Timestamp, isDated: Bool = true,
        settings: ClientSettings
    ) {
        let length = asked.barLength
        let cutoff = asOf - settings.settlingTime
        var through = min(asked.through, cutoff.floored(to: length))
        let isFull = candles.count >= candlesPerPage
        if isFull, let last = candles.last, last.bar.openAt >= asked.from {
            // Oldest first, and cut: what follows was not answered.
            through = min(through, last.bar.closeAt)
        }
        let newest = candles.last?.bar.openAt
        let open = candles.first { candle in
            guard candle.isConfirmed == false, candle.bar.openAt >= asked.from else { return false }
            // The newest bar of an instrument that trades no more looks unfinished for ever (Kraken's last row); by the
            // venue's own clock it closed long ago.
            let isOver = isDated && candle.bar.closeAt <= asOf - settings.publicationLag
            return !(isOver && candle.bar.openAt == newest)
        }
        if let open {
            // By the clock it is finished; the venue, whose trades they are, says that it is not.
            through = min(through, open.bar.openAt)
        }
        let bars = candles.lazy.map(\.bar).filter {
            $0.openAt >= asked.from && $0.openAt < through && $0.closeAt <= cutoff
        }
        let found = Array(bars)
        // Missing at the end and only just closed: it may still come.
        let recent = (asOf - settings.publicationLag).floored(to: length)
        through = min(through, max(found.last?.closeAt ?? asked.from, recent))
        page = CandlePage(bars: found, answeredThrough: max(asked.from, through))
        isBeside = isFull && candles.last.map { $0.bar.openAt < asked.from } ?? false
        if isFull, let first = candles.first?.bar.openAt, first > asked.from { missingBefore = first }
    }
}
