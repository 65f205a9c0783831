package import Domain
package import Operation

/// A price one could have had in mind at a moment.
package struct PriceQuote: Equatable, Sendable {
    package var symbol: Symbol
    package var price: Double
    /// When the bar closed whose close it is.
    package var closeAt: Timestamp
    /// `nil` where it is from the ledger.
    package var venue: Venue?

    package init(symbol: Symbol, price: Double, closeAt: Timestamp, venue: Venue?) {
        self.symbol = symbol
        self.price = price
        self.closeAt = closeAt
        self.venue = venue
    }
}

/// Why there is no price.
package enum PriceQuoteFailure: Error, Equatable, CustomStringConvertible {
    case unknownSymbol(Symbol, String)
    /// The last bar closed too long before.
    case stale(Symbol, closedAt: Timestamp, at: Timestamp)
    /// Neither the ledger nor a venue has a bar.
    case none(Symbol, at: Timestamp, String)
    case future(Symbol, at: Timestamp)

    package var description: String {
        switch self {
        case .unknownSymbol(let symbol, let detail): "\(symbol): \(detail)"
        case .stale(let symbol, let closedAt, let at):
            "\(symbol) has no price at \(at): its last bar closed at \(closedAt), too long before"
        case .none(let symbol, let at, let detail):
            "\(symbol) has no price at \(at)" + (detail.isEmpty ? "" : ": " + detail)
        case .future(let symbol, let at): "\(symbol) has no price at \(at): that time has not come"
        }
    }
}

extension PriceFeed {
    /// The price of a symbol as of a moment: the close of the last bar that had closed and was known, no older than
    /// `maximalStaleness`.
    ///
    /// From the ledger first; where it has none, from the first venue that has a candle closed at or before `time`. A
    /// ticker is never asked: it speaks of now, whatever the question. Nothing is stored.
    package func price(of symbol: Symbol, at time: Timestamp) async throws -> PriceQuote {
        let now = intake.clock.now()
        guard time <= now else { throw PriceQuoteFailure.future(symbol, at: time) }
        let lookup = PriceLookup(facts: intake.facts, maximalStaleness: maximalStaleness)
        if let bar = try lookup.bar(of: symbol, at: time) {
            return PriceQuote(symbol: symbol, price: bar.close, closeAt: bar.closeAt, venue: nil)
        }
        let length = intake.rules.barLength
        let through = time.floored(to: length)
        let from = (time - maximalStaleness).floored(to: length)
        guard from < through else { throw PriceQuoteFailure.none(symbol, at: time, "no bar can be fresh enough") }
        let range = OpeningRange(from: from, through: through, barLength: length)
        // What the ledger holds and does not count as a price is withdrawn: no venue's word brings it back.
        let counted = Set(try intake.log.newestBars(symbol, time, Int(clamping: range.count)).map(\.openAt))
        let withdrawn = Set(try intake.log.openings(symbol, range)).subtracting(counted)
        let listing = await listing(of: symbol)
        var troubles = listing.troubles.map(\.1)
        for offer in listing.offers {
            let quotes = await collect(offer, range, now: now)
            if Task.isCancelled { throw CancellationError() }
            troubles += quotes.remarks
            let fresh = quotes.bars.last { bar in
                time - bar.closeAt <= maximalStaleness && !withdrawn.contains(bar.openAt)
            }
            guard let bar = fresh else { continue }
            return PriceQuote(symbol: symbol, price: bar.close, closeAt: bar.closeAt, venue: offer.source.venue)
        }
        if let old = try intake.log.newestBar(symbol, time) {
            throw PriceQuoteFailure.stale(symbol, closedAt: old.closeAt, at: time)
        }
        if listing.offers.isEmpty, listing.isConclusive {
            throw PriceQuoteFailure.unknownSymbol(symbol, listing.unknownText)
        }
        throw PriceQuoteFailure.none(symbol, at: time, troubles.joined(separator: "; "))
    }

    // MARK: Comparing venues

    /// How far two venues lie apart on one symbol.
    package struct Comparison: Equatable, Sendable {
        package var symbol: Symbol
        package var first: Venue
        package var second: Venue
        /// Bars that both have.
        package var barCount = 0
        /// Of closes; `nil` without a bar.
        package var medianBps: Double?
        /// Of opens and closes.
        package var maximalBps: Double?
        /// Bars on which the two are further apart than allowed.
        package var disagreementCount = 0
        /// The first of them.
        package var firstDisagreement: PriceDisagreement?
    }

    package struct ComparisonReport: Equatable, Sendable {
        /// By symbol, then in the order of preference.
        package var comparisons: [Comparison] = []
        package var venueTroubles: [Summary.VenueTrouble] = []
        package var symbolTroubles: [Summary.SymbolTrouble] = []
    }

    /// Compares what all venues say now of the bars of a range, pair by pair. Stores nothing.
    package func compare(
        _ symbols: [Symbol], from: Timestamp, through: Timestamp,
        progress: @Sendable (_ symbol: Symbol, _ share: Double) -> Void = { _, _ in }
    ) async throws -> ComparisonReport {
        let now = intake.clock.now()
        let length = intake.rules.barLength
        let (first, last) = (from.floored(to: length), min(through, now).floored(to: length))
        var report = ComparisonReport()
        var summary = Summary(startedAt: now)
        guard first < last else { return report }
        let whole = OpeningRange(from: first, through: last, barLength: length)
        for (index, symbol) in symbols.enumerated() {
            progress(symbol, Double(index) / Double(symbols.count))
            let listing = await listing(of: symbol)
            summary.add(listing.troubles)
            var quotes: [VenueQuotes] = []
            for offer in listing.offers {
                var all = VenueQuotes(
                    venue: offer.source.venue, quote: offer.instrument.quote, bars: [], answered: [])
                for window in PriceWindow.windows(of: [whole]) {
                    let part = await collect(offer, window.hull, now: now)
                    if Task.isCancelled { throw CancellationError() }
                    all.bars += part.bars
                    all.answered += part.answered
                    summary.add(part.remarks.map { (offer.source.venue, $0) })
                    // A venue that fails is not asked for the rest.
                    guard part.isWhole else { break }
                }
                quotes.append(all)
            }
            if listing.offers.isEmpty {
                let text = listing.isConclusive ? listing.unknownText : "no venue that answered lists it"
                report.symbolTroubles.append(Summary.SymbolTrouble(symbol: symbol, text: text))
            }
            let earlier = try intake.log.newestBars(symbol, whole.from, PriceCrossCheck.barsBefore + 1)
            for (place, left) in quotes.enumerated() {
                for right in quotes.dropFirst(place + 1) {
                    report.comparisons.append(comparison(symbol, left, right, earlier: earlier))
                }
            }
        }
        report.venueTroubles = summary.venueTroubles
        return report
    }

    private func comparison(
        _ symbol: Symbol, _ left: VenueQuotes, _ right: VenueQuotes, earlier: [Bar]
    ) -> Comparison {
        var rules = intake.rules
        rules.isCrossChecked = true
        var comparison = Comparison(symbol: symbol, first: left.venue, second: right.venue)
        let others = Dictionary(uniqueKeysWithValues: right.bars.map { ($0.openAt, $0) })
        let both = left.bars.compactMap { bar in others[bar.openAt].map { (bar, $0) } }
        let closes = both.map { PriceCrossCheck.differenceBps($0.close, $1.close) }.sorted()
        comparison.barCount = both.count
        if !closes.isEmpty { comparison.medianBps = (closes[(closes.count - 1) / 2] + closes[closes.count / 2]) / 2 }
        comparison.maximalBps = both.map { PriceCrossCheck.differenceBps($0, $1) }.max()
        let openings = both.map(\.0.openAt)
        for verdict in PriceCrossCheck(rules: rules, earlier: earlier).verdicts(symbol, openings, [left, right]) {
            guard case .disputed(_, let disagreement) = verdict else { continue }
            comparison.disagreementCount += 1
            comparison.firstDisagreement = comparison.firstDisagreement ?? disagreement
        }
        return comparison
    }
}
