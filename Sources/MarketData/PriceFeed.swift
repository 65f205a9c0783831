package import Domain
package import Operation

/// Brings the ledger's prices up to now: what is missing is asked of the venues, in the order of the settings, a window
/// at a time, compared, and stored before the next is asked.
///
/// One symbol after the other, so that what is stored is stored in one order; the first two venues of a window (the one
/// that is preferred and the one it is checked by) are asked at the same time.
package struct PriceFeed: Sendable {
    /// In the order in which they are preferred.
    package var sources: [CandleSource]
    package var intake: PriceIntake
    /// The close of an older bar is no price.
    package var maximalStaleness: Span

    package init(sources: [CandleSource], intake: PriceIntake, maximalStaleness: Span) {
        self.sources = sources
        self.intake = intake
        self.maximalStaleness = maximalStaleness
    }

    /// What to fetch, where it is not simply what is missing.
    package struct Request: Equatable, Sendable {
        /// Only these; they need no signal.
        package var symbols: [Symbol]
        package var from: Timestamp?
        package var through: Timestamp?

        package init(symbols: [Symbol] = [], from: Timestamp? = nil, through: Timestamp? = nil) {
            self.symbols = symbols
            self.from = from
            self.through = through
        }
    }

    /// Openings answered so far, of this symbol and of all.
    package struct Progress: Equatable, Sendable {
        package var symbol: Symbol
        package var answered: Int64
        package var asked: Int64
        package var allAnswered: Int64
        package var allAsked: Int64
    }

    /// Fetches what is missing. Troubles with venues and symbols are told in the summary; thrown is what the ledger
    /// throws, and `CancellationError`. What was stored before either stays.
    package func run(
        _ request: Request = Request(), progress: @Sendable (Progress) -> Void = { _ in }
    ) async throws -> Summary {
        var summary = Summary(startedAt: intake.clock.now())
        let needs = try needs(request)
        // Where least is missing first: a long history does not keep the newest bars of all others waiting.
        let looks = try needs.compactMap { need in
            try intake.look(at: need, from: request.from, through: request.through)
        }.sorted { ($0.openingCount, $0.symbol) < ($1.openingCount, $1.symbol) }
        summary.symbolCount = looks.count
        summary.askedCount = looks.reduce(0) { $0 + $1.openingCount }
        var state = Progress(
            symbol: looks.first?.symbol ?? PriceFeed.noSymbol, answered: 0, asked: 0, allAnswered: 0,
            allAsked: summary.askedCount)
        for look in looks {
            try Task.checkCancellation()
            state.symbol = look.symbol
            state.answered = 0
            state.asked = look.openingCount
            try await follow(look, into: &summary, &state, progress)
        }
        try complete(&summary)
        return summary
    }

    private static var noSymbol: Symbol {
        guard let symbol = Symbol("NONE") else { preconditionFailure("Invariant: NONE is a symbol") }
        return symbol
    }

    private func needs(_ request: Request) throws -> [PriceNeed] {
        let all = PricePlan.needs(try intake.log.needs(), rules: intake.rules)
        guard !request.symbols.isEmpty else { return all }
        return Set(request.symbols).sorted().map { symbol in
            // Through now, even where its last signal closed long ago: somebody asks for it by name.
            PriceNeed(
                symbol: symbol, firstSignalAt: all.first { $0.symbol == symbol }?.firstSignalAt, lastCloseAt: nil)
        }
    }

    private func complete(_ summary: inout Summary) throws {
        let gaps = try intake.log.gaps(nil)
        summary.openGapCount = gaps.count
        summary.missingBarCount = gaps.reduce(0) { $0 + $1.range.count }
        let now = intake.clock.now()
        for watch in try intake.log.watches().sorted(by: { $0.symbol < $1.symbol }) {
            let newest = try intake.log.newestBar(watch.symbol, now)
            summary.standings.append(
                Summary.Standing(
                    symbol: watch.symbol, state: watch.state, venue: watch.venue, lastPrice: newest?.close,
                    newestCloseAt: newest?.closeAt))
        }
    }

    // MARK: One symbol

    private func follow(
        _ look: PriceLook, into summary: inout Summary, _ state: inout Progress,
        _ progress: @Sendable (Progress) -> Void
    ) async throws {
        guard !look.missing.isEmpty else { return try intake.finishQuiet(look) }
        let listing = await listing(of: look.symbol)
        if Task.isCancelled { throw CancellationError() }
        summary.add(listing.troubles)
        var look = look
        guard let first = listing.offers.first else {
            return try followUnlisted(look, listing, into: &summary, &state, progress)
        }
        look.take(listing.state)
        // A delisted symbol's end cuts what was announced.
        state.allAnswered += state.asked - look.openingCount
        summary.askedCount -= state.asked - look.openingCount
        state.asked = look.openingCount
        var answeredBy: Venue?
        var unanswered: [Timestamp] = []
        let windows = PriceWindow.windows(of: look.missing)
        var series = SeriesReading(offers: listing.offers)
        if let window = windows.first {
            series = try await compareSeries(look, window, listing.offers)
            if Task.isCancelled { throw CancellationError() }
            if let mismatch = series.mismatch { return refuse(look, mismatch, into: &summary, &state, progress) }
            summary.add(series.remarks)
        }
        for (index, window) in windows.enumerated() {
            let check = try intake.crossCheck(look, window)
            let quotes = await gather(
                look, window, series.offers, check, asked: index == 0 ? series.quotes : nil)
            if Task.isCancelled { throw CancellationError() }
            summary.add(quotes.flatMap { quote in quote.remarks.map { (quote.venue, $0) } })
            let stored = try intake.store(
                window, of: look, quotes: quotes, isConclusive: listing.isConclusive && quotes.allSatisfy(\.isWhole),
                remarks: listing.troubles.map(\.1),
                end: index == windows.count - 1
                    ? PriceIntake.LookEnd(venue: answeredBy, unanswered: unanswered) : nil)
            summary.add(stored)
            unanswered += stored.unanswered
            answeredBy = PriceIntake.answering(quotes) ?? answeredBy
            state.answered += window.openingCount
            state.allAnswered += window.openingCount
            progress(state)
        }
        // A delisted symbol may have nothing left to ask, and that is an answer.
        if windows.isEmpty { try intake.finish(look, venue: first.instrument.venue) }
    }

    /// The venues speak of something else than the ledger: nothing of it is stored, no gap and no look either.
    private func refuse(
        _ look: PriceLook, _ mismatch: PriceSeriesMismatch, into summary: inout Summary, _ state: inout Progress,
        _ progress: @Sendable (Progress) -> Void
    ) {
        state.answered = state.asked
        state.allAnswered += state.asked
        progress(state)
        summary.askedCount -= look.openingCount
        summary.refusedCount += 1
        summary.symbolTroubles.append(Summary.SymbolTrouble(symbol: look.symbol, text: mismatch.sentence))
    }

    /// No venue offers the symbol: it is gone, or comes from elsewhere, or is misspelled; or nobody could be asked.
    private func followUnlisted(
        _ look: PriceLook, _ listing: Listing, into summary: inout Summary, _ state: inout Progress,
        _ progress: @Sendable (Progress) -> Void
    ) throws {
        state.answered = state.asked
        state.allAnswered += state.asked
        progress(state)
        if !listing.isConclusive {
            // One that no venue ever listed and those that answer do not list is a misspelling until shown otherwise:
            // it does not make a run fail in which everything else is up to date.
            if look.watch == nil, listing.answeredCount > 0 {
                summary.askedCount -= look.openingCount
            } else {
                summary.unansweredCount += Int(clamping: look.openingCount)
            }
            summary.symbolTroubles.append(
                Summary.SymbolTrouble(
                    symbol: look.symbol, text: "no venue that answered lists it, others did not answer"))
            return
        }
        summary.askedCount -= look.openingCount
        // Listed under another name or in another currency, or perhaps where nobody tells us, it is not gone.
        let isGone = listing.foreign.isEmpty && listing.candidates.isEmpty && listing.refusedCount == 0
        if isGone, let watch = look.watch {
            var gone = look
            gone.take(.delisted)
            try intake.finish(gone, venue: watch.venue)
            return
        }
        guard look.newest == nil || look.watch != nil else {
            summary.elsewhereCount += 1
            return
        }
        summary.symbolTroubles.append(Summary.SymbolTrouble(symbol: look.symbol, text: listing.unknownText))
    }
}
