package import Domain

/// What one venue said about some openings.
package struct VenueQuotes: Equatable, Sendable {
    package var venue: Venue
    /// What the instrument is quoted in.
    package var quote: String
    /// Ascending, sound, closed.
    package var bars: [Bar]
    /// Where a bar that is not in `bars` is one the venue does not have.
    package var answered: [OpeningRange]
    /// Why the rest was not answered, or what was odd about the answer: trouble.
    package var remarks: [String]
    /// What explains an answer without being trouble.
    package var notes: [String]
    /// Whether everything asked for was answered.
    package var isWhole: Bool

    package init(
        venue: Venue, quote: String, bars: [Bar], answered: [OpeningRange], remarks: [String] = [],
        notes: [String] = [], isWhole: Bool = true
    ) {
        self.notes = notes
        self.isWhole = isWhole
        self.venue = venue
        self.quote = quote
        self.bars = bars
        self.answered = answered
        self.remarks = remarks
    }

    func bar(opening: Timestamp) -> Bar? {
        var low = 0
        var high = bars.count
        while low < high {
            let middle = (low + high) / 2
            if bars[middle].openAt < opening { low = middle + 1 } else { high = middle }
        }
        return low < bars.count && bars[low].openAt == opening ? bars[low] : nil
    }
}

/// A venue's bar.
package struct VenueBar: Equatable, Sendable {
    package var venue: Venue
    package var bar: Bar

    package init(venue: Venue, bar: Bar) {
        self.venue = venue
        self.bar = bar
    }
}

/// Two venues said different things of one bar.
package struct PriceDisagreement: Equatable, Sendable {
    package var symbol: Symbol
    package var openAt: Timestamp
    /// In the order of the settings.
    package var quotes: [VenueBar]
    /// The largest difference between the first of them and another, of opens and closes.
    package var differenceBps: Double
    package var allowedBps: Double
    /// Whose bar counts; `nil` where nobody agreed and the bar was withdrawn.
    package var counted: Venue?

    package init(
        symbol: Symbol, openAt: Timestamp, quotes: [VenueBar], differenceBps: Double, allowedBps: Double,
        counted: Venue?
    ) {
        self.symbol = symbol
        self.openAt = openAt
        self.quotes = quotes
        self.differenceBps = differenceBps
        self.allowedBps = allowedBps
        self.counted = counted
    }

    /// Who quoted what, what was allowed, what came of it.
    package var sentence: String {
        let said = quotes.map { "\($0.venue) opened at \($0.bar.open) and closed at \($0.bar.close)" }
        let end = counted.map { "\($0) is believed, a second venue agrees with it" } ?? "nobody agrees: withdrawn"
        return "\(symbol) \(openAt): \(said.joined(separator: ", ")); "
            + "\(PriceDisagreement.text(differenceBps)) bps apart, "
            + "\(PriceDisagreement.text(allowedBps)) allowed; \(end)"
    }

    private static func text(_ bps: Double) -> String {
        bps.magnitude < 1e12 ? DecimalText.fixed(bps, 1) : "over a trillion"
    }
}

/// Compares what venues say of the same bars, and decides which bar counts.
///
/// An exchange that prints a wrong price would otherwise fill a signal at it. Compared are closes and opens (opens are
/// the prices at which signals are filled), as
///
///     difference = |a - b| / min(a, b) * 10_000 bps
///     allowed    = max(floor, sigmas * sigma)
///
/// where `sigma` is the standard deviation of a bar's return, estimated robustly from up to 200 bars before: 1.4826
/// times the median magnitude of the returns between neighbors, which is the standard deviation where returns are
/// normal around zero, and is not moved by the one bar in question or by a few lies (Rousseeuw and Croux 1993,
/// "Alternatives to the Median Absolute Deviation", the factor of section 1). With fewer than 20 such returns the range
/// of the bar itself stands in: (high / low - 1) * 0.6006, Parkinson's estimate for one bar (Parkinson 1980,
/// 1 / sqrt(4 ln 2)), of the venue with the narrower bar, so that a venue cannot excuse itself by a wild one. Ours.
///
/// Two venues within the allowed difference agree, and the bar of the one that is preferred counts. Where they do not,
/// a third arbitrates: the first venue, in the order of the settings, with which another agrees is believed. Where
/// nobody agrees, or there is no third, the preferred venue's bar is withdrawn. Dollar, USDT and USDC are compared with
/// one another (the floor allows for what lies between them); other quotes are compared only with themselves.
package struct PriceCrossCheck: Sendable {
    private let rules: PriceRules
    /// Before the openings in question, oldest first.
    private let earlier: [Bar]

    package init(rules: PriceRules, earlier: [Bar]) {
        self.rules = rules
        self.earlier = earlier
    }

    package static let barsBefore = 200
    package static let returnsNeeded = 20
    /// Venues that are asked before a bar that only one of them has is taken from that one.
    package static let venuesForOne = 3

    package enum Verdict: Equatable, Sendable {
        /// No venue has a bar; `isAnswered` where at least one said so.
        case absent(isAnswered: Bool)
        /// One venue has a bar, nobody else.
        case single(VenueBar)
        /// Two agree, the first of which counts; those before it were outvoted.
        case agreed(VenueBar, with: Venue, PriceDisagreement?)
        case disputed(VenueBar, PriceDisagreement)
    }

    /// One verdict for each opening, in their order.
    ///
    /// - Parameters:
    ///   - openings: Ascending.
    ///   - quotes: In the order in which venues are preferred.
    /// - Complexity: O(openings * (venues^2 + bars before)) where all bars disagree; far less where they agree.
    package func verdicts(_ symbol: Symbol, _ openings: [Timestamp], _ quotes: [VenueQuotes]) -> [Verdict] {
        var reference = earlier.filter { $0.length == rules.barLength }.suffix(PriceCrossCheck.barsBefore)
        return openings.map { opening in
            let bars = quotes.compactMap { venue in
                venue.bar(opening: opening).map { (VenueBar(venue: venue.venue, bar: $0), venue.quote) }
            }
            let isAnswered = quotes.contains { $0.answered.contains { $0.contains(opening) } }
            let verdict = verdict(symbol, opening, bars, isAnswered: isAnswered, reference: reference)
            switch verdict {
            case .single(let quote), .agreed(let quote, _, _):
                reference.append(quote.bar)
                if reference.count > PriceCrossCheck.barsBefore { reference.removeFirst() }
            case .absent, .disputed: break
            }
            return verdict
        }
    }

    /// Openings about which another venue should be asked, if there is one.
    package func unsettled(_ symbol: Symbol, _ openings: [Timestamp], _ quotes: [VenueQuotes]) -> [Timestamp] {
        zip(openings, verdicts(symbol, openings, quotes)).compactMap { opening, verdict in
            switch verdict {
            case .absent: return opening
            case .single:
                guard rules.isCrossChecked else { return nil }
                let answers = quotes.count { $0.answered.contains { $0.contains(opening) } }
                return answers < PriceCrossCheck.venuesForOne ? opening : nil
            case .agreed: return nil
            case .disputed(_, let disagreement): return disagreement.quotes.count < 3 ? opening : nil
            }
        }
    }

    private func verdict(
        _ symbol: Symbol, _ opening: Timestamp, _ bars: [(quote: VenueBar, currency: String)], isAnswered: Bool,
        reference: ArraySlice<Bar>
    ) -> Verdict {
        guard let first = bars.first else { return .absent(isAnswered: isAnswered) }
        let peers = bars.filter { PriceCrossCheck.family($0.currency) == PriceCrossCheck.family(first.currency) }
            .map(\.quote)
        guard rules.isCrossChecked, peers.count > 1 else { return .single(first.quote) }
        let judged = peers.prefix(3)
        for (index, candidate) in judged.enumerated() {
            let agreeing = judged.dropFirst(index + 1).first { agree(candidate.bar, $0.bar, reference) }
            guard let agreeing else { continue }
            var disagreement: PriceDisagreement?
            if judged.contains(where: { !agree(candidate.bar, $0.bar, reference) }) {
                disagreement = describe(symbol, opening, Array(judged), counted: candidate.venue, reference)
            }
            return .agreed(candidate, with: agreeing.venue, disagreement)
        }
        return .disputed(first.quote, describe(symbol, opening, Array(judged), counted: nil, reference))
    }

    private func describe(
        _ symbol: Symbol, _ opening: Timestamp, _ quotes: [VenueBar], counted: Venue?, _ reference: ArraySlice<Bar>
    ) -> PriceDisagreement {
        let base = quotes.first { $0.venue == counted } ?? quotes[0]
        let far = quotes.max {
            PriceCrossCheck.differenceBps(base.bar, $0.bar) < PriceCrossCheck.differenceBps(base.bar, $1.bar)
        }
        let other = far ?? base
        return PriceDisagreement(
            symbol: symbol, openAt: opening, quotes: quotes,
            differenceBps: PriceCrossCheck.differenceBps(base.bar, other.bar),
            allowedBps: allowedBps(base.bar, other.bar, reference), counted: counted)
    }

    private func agree(_ left: Bar, _ right: Bar, _ reference: ArraySlice<Bar>) -> Bool {
        let difference = PriceCrossCheck.differenceBps(left, right)
        // The volatility is looked up only where it can matter.
        if difference <= rules.disagreementFloorBps { return true }
        return difference <= allowedBps(left, right, reference)
    }

    private func allowedBps(_ left: Bar, _ right: Bar, _ reference: ArraySlice<Bar>) -> Double {
        let returns = PriceCrossCheck.returnMagnitudes(reference)
        let sigma: Double
        if returns.count >= PriceCrossCheck.returnsNeeded {
            // The upper of two medians: of an even number, either is one.
            sigma = 1.4826 * returns.sorted()[returns.count / 2]
        } else {
            sigma = 0.6006 * min(left.high / left.low - 1, right.high / right.low - 1)
        }
        return max(rules.disagreementFloorBps, rules.disagreementSigmas * sigma * 10_000)
    }

    /// The larger difference of opens and closes, in bps of the smaller price: the same for both orders.
    package static func differenceBps(_ left: Bar, _ right: Bar) -> Double {
        max(differenceBps(left.open, right.open), differenceBps(left.close, right.close))
    }

    package static func differenceBps(_ left: Double, _ right: Double) -> Double {
        // Prices from 1e-308 to 1e308 are positive and finite, their ratio need not be.
        min((left - right).magnitude / min(left, right) * 10_000, Double.greatestFiniteMagnitude)
    }

    /// Magnitudes of the returns from close to close between neighbors, in no particular order.
    private static func returnMagnitudes(_ bars: ArraySlice<Bar>) -> [Double] {
        zip(bars, bars.dropFirst()).compactMap { previous, bar in
            guard bar.openAt == previous.closeAt else { return nil }
            let change = (bar.close / previous.close - 1).magnitude
            return change.isFinite ? change : nil
        }
    }

    /// Quotes that are compared with one another.
    package static func family(_ quote: String) -> String { Symbol.dollarQuotes.contains(quote) ? "USD" : quote }
}
