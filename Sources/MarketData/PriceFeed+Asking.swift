import Domain
import Operation

extension PriceFeed {
    /// A venue that lists the symbol.
    struct Offer: Sendable {
        var source: CandleSource
        var instrument: Instrument
    }

    /// What the venues' lists say of a symbol.
    struct Listing: Sendable {
        /// In the order of preference, those that trade it before those that do not.
        var offers: [Offer] = []
        var troubles: [(Venue, String)] = []
        var suggestions: [String] = []
        var candidates: [String] = []
        /// Listed only in a currency that the symbol is not priced in.
        var foreign: [String] = []
        /// Whether every venue's list could be read, but for those that refuse it.
        var isConclusive = true
        /// Venues whose list was read, whatever it says of the symbol.
        var answeredCount = 0
        /// Venues that refuse their list (to this country, to this address), which no patience changes: what they list
        /// nobody knows, and nothing waits for it.
        var refusedCount = 0

        /// Traded anywhere, it is traded.
        var state: InstrumentState {
            let states = offers.map(\.instrument.state)
            if states.contains(.trading) { return .trading }
            return states.contains(.halted) ? .halted : .delisted
        }

        var unknownText: String {
            if !candidates.isEmpty {
                return "can be " + candidates.joined(separator: " or ") + ": write it with its quote"
            }
            if !foreign.isEmpty { return "listed only as " + foreign.joined(separator: ", ") }
            let nearest = suggestions.isEmpty ? "" : "; the nearest: " + suggestions.joined(separator: ", ")
            return (refusedCount == 0 ? "no venue lists it" : "no venue that answers lists it") + nearest
        }
    }

    /// Asks every venue's list, all at the same time; the answers are taken in the order of preference.
    func listing(of symbol: Symbol) async -> Listing {
        let answers = await withTaskGroup(of: (Int, Result<Instrument, VenueFailure>).self) { group in
            for (index, source) in sources.enumerated() {
                group.addTask {
                    do throws(VenueFailure) {
                        return (index, .success(try await source.instrument(symbol)))
                    } catch {
                        return (index, .failure(error))
                    }
                }
            }
            var answers: [(Int, Result<Instrument, VenueFailure>)] = []
            for await answer in group { answers.append(answer) }
            return answers.sorted { $0.0 < $1.0 }
        }
        var listing = Listing()
        for (index, answer) in answers {
            switch answer {
            case .success(let instrument): add(instrument, of: sources[index], symbol, to: &listing)
            case .failure(let failure): add(failure, of: sources[index].venue, to: &listing)
            }
        }
        // Where all refuse, it is not they who are at fault.
        if listing.refusedCount == sources.count { listing.isConclusive = false }
        listing.offers = listing.offers.filter { $0.instrument.state == .trading }
            + listing.offers.filter { $0.instrument.state != .trading }
        return listing
    }

    private func add(_ instrument: Instrument, of source: CandleSource, _ symbol: Symbol, to listing: inout Listing) {
        listing.answeredCount += 1
        let family = PriceCrossCheck.family(instrument.quote)
        guard family == wantedFamily(of: symbol) else {
            let name = "\(instrument.base)/\(instrument.quote)"
            if !listing.foreign.contains(name) { listing.foreign.append(name) }
            return
        }
        listing.offers.append(Offer(source: source, instrument: instrument))
    }

    private func add(_ failure: VenueFailure, of venue: Venue, to listing: inout Listing) {
        switch failure {
        case .unknownSymbol(_, _, let suggestions):
            listing.answeredCount += 1
            for name in suggestions where !listing.suggestions.contains(name) && listing.suggestions.count < 5 {
                listing.suggestions.append(name)
            }
        case .ambiguousSymbol(_, _, let candidates):
            listing.answeredCount += 1
            for name in candidates where !listing.candidates.contains(name) { listing.candidates.append(name) }
        case .unsupportedBarLength: listing.troubles.append((venue, failure.description))
        case .refused:
            listing.refusedCount += 1
            listing.troubles.append((venue, failure.description))
        case .unreachable, .limited, .circuitOpen, .outOfReach, .cancelled:
            listing.isConclusive = false
            listing.troubles.append((venue, failure.description))
        }
    }

    /// The currency a symbol is priced in: its own quote where it names one, else the preferred one. A series of bars
    /// in two currencies would jump with every change of venue.
    private func wantedFamily(of symbol: Symbol) -> String {
        let parts = symbol.name.split(separator: "/")
        let quote = parts.count == 2 ? String(parts[1]) : intake.rules.quotes.first ?? "USD"
        return PriceCrossCheck.family(quote)
    }

    // MARK: One window

    /// What venues say of a window: first the preferred one and its check, then, one by one, others while something is
    /// missing or disputed.
    ///
    /// - Parameter asked: What the first ones said, where they were asked already.
    func gather(
        _ look: PriceLook, _ window: PriceWindow, _ offers: [Offer], _ check: PriceCrossCheck,
        asked: [VenueQuotes]? = nil
    ) async -> [VenueQuotes] {
        let openings = window.ranges.flatMap(\.openings)
        let together = offers.prefix(intake.rules.isCrossChecked ? 2 : 1)
        var quotes: [VenueQuotes]
        if let asked { quotes = asked } else { quotes = await collect(Array(together), window.hull, now: look.now) }
        for offer in offers.dropFirst(together.count) {
            let open = check.unsettled(look.symbol, openings, quotes)
            guard let first = open.first, let last = open.last, !Task.isCancelled else { break }
            let length = intake.rules.barLength
            let rest = OpeningRange(from: first, through: last + length, barLength: length)
            quotes.append(await collect(offer, rest, now: look.now))
        }
        return quotes
    }

    /// A window is at most so many pages of a venue; more are a venue that moves on by single bars.
    private static let pagesAtMost = 64

    /// Everything that one venue has in a range, page by page, until it fails.
    func collect(_ offer: Offer, _ range: OpeningRange, now: Timestamp) async -> VenueQuotes {
        let venue = offer.source.venue
        var quotes = VenueQuotes(venue: venue, quote: offer.instrument.quote, bars: [], answered: [])
        var position = range.from
        var refused = 0
        var pages = 0
        var isRefused = false
        while position < range.through {
            let rest = OpeningRange(from: position, through: range.through, barLength: range.barLength)
            pages += 1
            guard pages <= PriceFeed.pagesAtMost else {
                quotes.remarks.append("\(venue): still not at \(range.through) after \(pages - 1) pages")
                break
            }
            do throws(VenueFailure) {
                let page = try await offer.source.page(offer.instrument, rest)
                let through = min(page.answeredThrough.floored(to: range.barLength), range.through)
                guard through > position else {
                    // Too early to say: what closed a moment ago may still come.
                    quotes.notes.append("\(venue): nothing to tell yet from \(position) on")
                    break
                }
                let part = OpeningRange(from: position, through: through, barLength: range.barLength)
                let sound = PriceFeed.sound(page.bars, in: part, now: now)
                refused += page.bars.count - sound.count
                quotes.bars += sound
                quotes.answered.append(part)
                position = through
            } catch {
                guard case .outOfReach(_, let earliest) = error else {
                    quotes.remarks.append(error.description)
                    switch error {
                    // A no for good: gaps do not wait for its answer.
                    case .refused, .unsupportedBarLength: isRefused = true
                    default: break
                    }
                    break
                }
                // It will never have those: an answer, of a kind.
                let reach = (earliest + range.barLength - Span(milliseconds: 1)).floored(to: range.barLength)
                let through = min(max(reach, position + range.barLength), range.through)
                quotes.answered.append(OpeningRange(from: position, through: through, barLength: range.barLength))
                quotes.notes.append(error.description)
                position = through
            }
        }
        quotes.isWhole = isRefused || position == range.through
        if refused > 0 {
            quotes.remarks.append("\(venue): \(refused) bars refused: not asked for, not closed, or impossible")
        }
        return quotes
    }

    /// Bars that were asked for, closed, and possible; one an opening, ascending. A source promises as much; its venue
    /// does not.
    static func sound(_ bars: [Bar], in range: OpeningRange, now: Timestamp) -> [Bar] {
        var taken: Set<Timestamp> = []
        return bars.filter { bar in
            let prices = [bar.open, bar.high, bar.low, bar.close]
            guard range.contains(bar.openAt), bar.openAt == bar.openAt.floored(to: range.barLength),
                bar.closeAt == bar.openAt + range.barLength, bar.closeAt <= now,
                prices.allSatisfy({ $0.isFinite && $0 > 0 }), bar.low <= min(bar.open, bar.close),
                bar.high >= max(bar.open, bar.close), bar.volume.map({ $0.isFinite && $0 >= 0 }) ?? true
            else { return false }
            return taken.insert(bar.openAt).inserted
        }.sorted { $0.openAt < $1.openAt }
    }
}
