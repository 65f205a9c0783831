package import Domain
internal import Foundation

/// What is traded where.
package struct Listing: Equatable, Sendable {
    package var base: String
    package var quote: String
    /// `nil` for all venues.
    package var venue: Venue?
    package var state: InstrumentState
    /// No bars open before.
    package var since: Timestamp?
    /// No bars open at or after.
    package var until: Timestamp?

    package init(
        _ base: String, _ quote: String, venue: Venue? = nil, state: InstrumentState = .trading,
        since: Timestamp? = nil, until: Timestamp? = nil
    ) {
        self.base = base
        self.quote = quote
        self.venue = venue
        self.state = state
        self.since = since
        self.until = until
    }

    /// Six coins, each against three quotes, everywhere.
    package static let standard: [Listing] = ["BTC", "ETH", "SOL", "XRP", "ADA", "DOGE"].flatMap { base in
        ["USDT", "USD", "USDC"].map { Listing(base, $0) }
    }
}

/// How one venue differs from the others over some openings.
package struct Distortion: Equatable, Sendable {
    package enum Kind: Equatable, Sendable {
        case offBy(bps: Double)
        /// No such bars.
        case missing
    }

    package var kind: Kind
    package var venue: Venue
    package var base: String
    package var openings: Range<Timestamp>

    package init(_ kind: Kind, at venue: Venue, base: String, openings: Range<Timestamp>) {
        self.kind = kind
        self.venue = venue
        self.base = base
        self.openings = openings
    }
}

/// A price for every moment, from a seed: the same at all venues but for what is said otherwise.
///
/// The logarithm is a sum of noises over periods of 1, 2, 4, … minutes, each linear between seeded draws, of amplitude
/// as the root of its period: close to a Brownian path up to half a year, and any moment can be asked for directly.
struct SimulatedPrices: Sendable {
    var seed: UInt64
    /// Independent disagreement of each bar of each venue: uniform within plus and minus this.
    var disagreementBps = 0.0
    var distortions: [Distortion] = []

    private static let octaves = 18
    /// Chosen so that the standard deviation of an hour's return is near 60 bps.
    private static let minuteAmplitude = 0.000_35

    func price(of base: String, at time: Timestamp) -> Double {
        var root = SeededHash(seed)
        root.combine(base)
        var logarithm = 0.0
        for octave in 0..<Self.octaves {
            let period = Int64(60_000) << Int64(octave)
            let index = time.floored(to: Span(milliseconds: period)).milliseconds / period
            let fraction = Double(time.milliseconds - index * period) / Double(period)
            let left = draw(root, octave, index)
            let value = left + (draw(root, octave, index + 1) - left) * fraction
            logarithm += value * Self.minuteAmplitude * Double(1 << octave).squareRoot()
        }
        return basePrice(base) * exp(logarithm)
    }

    private func basePrice(_ base: String) -> Double {
        switch base {
        case "BTC": return 60_000
        case "ETH": return 3_000
        case "SOL": return 150
        default:
            var hash = SeededHash(seed)
            hash.combine(base)
            return 0.5 + 100 * hash.uniform
        }
    }

    /// Uniform with variance 1.
    private func draw(_ root: SeededHash, _ octave: Int, _ index: Int64) -> Double {
        var hash = root
        hash.combine(UInt64(octave))
        hash.combine(UInt64(bitPattern: index))
        return (2 * hash.uniform - 1) * 1.732_050_8
    }

    /// The bar at an opening as it stands at `now`; `nil` where there is none.
    func bar(_ listing: Listing, at venue: Venue, opening: Timestamp, length: Span, now: Timestamp) -> Bar? {
        guard opening < now, listing.since.map({ opening >= $0 }) ?? true,
            listing.until.map({ opening < $0 }) ?? true
        else { return nil }
        var factor = quoteFactor(listing.quote)
        for distortion in distortions
        where distortion.venue == venue && distortion.base == listing.base && distortion.openings.contains(opening) {
            switch distortion.kind {
            case .missing: return nil
            case .offBy(let bps): factor *= 1 + bps / 10_000
            }
        }
        var hash = SeededHash(seed)
        hash.combine(venue.rawValue + listing.base + listing.quote)
        hash.combine(UInt64(bitPattern: opening.milliseconds))
        factor *= 1 + (2 * hash.uniform - 1) * disagreementBps / 10_000
        let end = min(now, opening + length)
        let step = Double((end - opening).milliseconds) / 6
        let prices = (0...6).map { part in
            let at = Timestamp(milliseconds: opening.milliseconds + Int64(step * Double(part)))
            return rounded(price(of: listing.base, at: part == 6 ? end : at) * factor)
        }
        return Bar(
            openAt: opening, closeAt: opening + length, open: prices[0], high: prices.max() ?? prices[0],
            low: prices.min() ?? prices[0], close: prices[6], volume: volume(of: listing.base, opening))
    }

    /// The same at all venues, which no two real ones have: then it does not show which of them was asked.
    private func volume(of base: String, _ opening: Timestamp) -> Double {
        var hash = SeededHash(seed)
        hash.combine(base + " volume")
        hash.combine(UInt64(bitPattern: opening.milliseconds))
        return (hash.uniform * 1_000_000).rounded() / 1_000
    }

    private func quoteFactor(_ quote: String) -> Double {
        switch quote {
        case "EUR": 0.92
        case "GBP": 0.79
        default: 1
        }
    }

    /// To the venue's tick, so that the text of a price is the price.
    private func rounded(_ price: Double) -> Double {
        let ticks = price >= 1_000 ? 100.0 : price >= 1 ? 10_000.0 : 1_000_000.0
        return (price * ticks).rounded() / ticks
    }
}
